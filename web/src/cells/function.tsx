// A function cell: its source in one of three languages, what it defines, and its publication.
import { CircleAlert, LoaderCircle, Package } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import type { Cell } from '../api/types'
import { Editor } from '../editor/editor'
import type { CellFunctions } from '../functions/store'
import { PublishDialog } from '../functions/publish'
import { Button } from '../ui/button'
import type { CellProps } from './all'
import { underlinedOf } from './findings'
import { cellKeys } from './keys'
import { isActive, isStale } from './machine'
import { Errors } from './result/errors'
import { RunButton } from './run_button'
import { Status } from './status'

export type CellLanguageName = NonNullable<Cell['language']>

export const languages: { name: CellLanguageName; title: string; hint: string }[] = [
  { name: 'dreamql', title: 'DreamQL', hint: '// Half of it.\nhalf = (x: float) => x / 2' },
  { name: 'python', title: 'Python', hint: 'def with_tax(price: float, rate: float) -> float:\n    """The price with tax."""\n    return price * (1 + rate)' },
  { name: 'assemblyscript', title: 'AssemblyScript', hint: '/** The price with tax. */\nexport function with_tax(price: f64, rate: f64): f64 {\n  return price * (1 + rate);\n}' },
]

export function FunctionCell({ cell, number, run, staleBecause, diagnostics, knowledge, server, functions, editing, on }: CellProps) {
  const latest = useRef(on)
  latest.current = on
  const keys = useMemo(() => cellKeys(() => latest.current), [])
  const [publishing, setPublishing] = useState(false)
  const active = isActive(run)
  const stale = isStale(run, cell)
  const language = languages.find((l) => l.name === cell.language) ?? languages[0]
  const current = functions?.source === cell.source && functions.language === language.name ? functions : undefined
  const found = useMemo(
    () => underlinedOf(cell, run, stale, [...diagnostics, ...(current?.diagnostics ?? [])]),
    [cell, run, stale, diagnostics, current],
  )
  return (
    <div className={`card overflow-hidden transition-colors focus-within:border-line-strong ${active ? 'border-accent/60' : ''}`}>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-2 py-1">
        <span className="eyebrow" id={`language-${cell.id}`}>
          Function in
        </span>
        <select
          className="field h-7 py-0 text-xs"
          aria-label={`Language of function cell ${number}`}
          value={language.name}
          onChange={(event) => on.language(event.target.value as CellLanguageName)}
        >
          {languages.map((l) => (
            <option key={l.name} value={l.name}>
              {l.title}
            </option>
          ))}
        </select>
        <span className="ml-auto">
          <Button tone="ghost" icon={<Package size={14} />} disabled={!functions?.functions.length} onClick={() => setPublishing(true)}>
            Publish
          </Button>
        </span>
      </div>
      <div className="flex items-start">
        <RunButton active={active} on={on} />
        <div className="min-w-0 flex-1">
          <Editor
            key={language.name}
            value={cell.source}
            label={`Source of function cell ${number}, in ${language.title}`}
            language={language.name}
            placeholder={language.hint}
            diagnostics={found}
            knowledge={knowledge}
            server={language.name === 'dreamql' ? server : undefined}
            onStep={on.step}
            onFix={on.fix}
            autoFocus={editing}
            onChange={on.source}
            keys={keys}
            onReady={on.editor}
          />
        </div>
      </div>
      {active && <div className="running-bar h-0.5" aria-hidden />}
      <Defined of={current} empty={!cell.source.trim()} on={on} cell={cell.id} />
      {run && run.phase !== 'idle' && (
        <div className="border-t border-line">
          <Status run={run} stale={stale} because={staleBecause} />
          {run.phase === 'failed' && <Errors diagnostics={run.diagnostics} cell={cell.id} onJump={on.jump} />}
        </div>
      )}
      {publishing && functions && <PublishDialog cell={cell} functions={functions.functions} notebook={on.notebook} onClose={() => setPublishing(false)} onReplace={on.replace} />}
    </div>
  )
}

/** The signatures, or why there are none yet. */
function Defined({ of, empty, cell, on }: { of?: CellFunctions; empty: boolean; cell: string; on: CellProps['on'] }) {
  if (empty) return <p className="border-t border-line px-3 py-1.5 text-xs text-muted">Write a function with types; every cell can call it then, as if it were built in.</p>
  if (!of) return null
  const failed = of.state === 'failed' ? of.diagnostics.filter((d) => d.severity === 'error') : []
  return (
    <div className="border-t border-line">
      {failed.length > 0 && <Errors diagnostics={failed} cell={cell} onJump={on.jump} />}
      {of.functions.length > 0 && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-1.5 text-xs text-muted">
          <ul aria-label="Defined functions" className="flex min-w-0 flex-wrap gap-x-4 gap-y-1">
            {of.functions.map((f) => (
              <li key={f.name} className="font-mono text-[0.78rem] break-words" title={f.doc}>
                <span className="font-semibold text-ink">{f.name}</span>
                {f.signature}
              </li>
            ))}
          </ul>
          <span role="status" className="inline-flex items-center gap-1.5">
            {of.state === 'compiling' && (
              <>
                <LoaderCircle size={13} className="animate-spin text-accent" /> Compiling
              </>
            )}
            {of.state === 'ready' && 'Compiled'}
            {of.state === 'failed' && (
              <span className="inline-flex items-center gap-1.5 font-medium text-danger">
                <CircleAlert size={13} /> Not compiled
              </span>
            )}
          </span>
        </div>
      )}
    </div>
  )
}
