// A query: its source with live findings, what it is doing, and its result.
import { useMemo, useRef } from 'react'
import { Editor } from '../editor/editor'
import type { CellProps } from './all'
import { underlinedOf } from './findings'
import { cellKeys } from './keys'
import { isActive, isStale, shown } from './machine'
import { Errors } from './result/errors'
import { ResultPanel } from './result/panel'
import { RunButton } from './run_button'
import { Status } from './status'

export function QueryCell({ cell, number, run, staleBecause, diagnostics, knowledge, server, editing, on }: CellProps) {
  const latest = useRef(on)
  latest.current = on
  const keys = useMemo(() => cellKeys(() => latest.current), [])
  const active = isActive(run)
  const stale = isStale(run, cell)
  const visible = shown(run)
  const isDefinition = visible?.result?.columns.length === 0
  // What the run found is underlined until the text changes; then only what the checker finds now.
  const underlined = useMemo(() => underlinedOf(cell, run, stale, diagnostics), [run, stale, diagnostics, cell])
  return (
    <div className={`card overflow-hidden transition-colors focus-within:border-line-strong ${active ? 'border-accent/60' : ''}`}>
      <div className="flex items-start">
        <RunButton active={active} on={on} />
        <div className="min-w-0 flex-1">
          <Editor
            value={cell.source}
            label={`Source of query cell ${number}`}
            language="dreamql"
            placeholder="flights -> filter delay > 60 -> { @origin, n: count() }"
            diagnostics={underlined}
            knowledge={knowledge}
            server={server}
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
      {run && run.phase !== 'idle' && (
        <div className="border-t border-line">
          <Status run={run} stale={stale} because={staleBecause} />
          {run.phase === 'failed' && <Errors diagnostics={run.diagnostics} cell={cell.id} onJump={on.jump} />}
        </div>
      )}
      {visible?.result && isDefinition && <p className="border-t border-line px-3 py-1.5 text-xs text-muted">It defines names that the cells below can use, and has no rows of its own.</p>}
      {visible?.result && !isDefinition && (
        <div className={`border-t border-line ${active && visible !== run && visible.runId !== run?.runId ? 'opacity-60' : ''}`}>
          <ResultPanel cell={cell} number={number} run={visible} onView={on.view} />
        </div>
      )}
    </div>
  )
}
