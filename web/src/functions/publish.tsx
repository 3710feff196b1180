// Makes a package of a function cell: what it is called, what its functions do, and the checks that every package passes.
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, Plus, Trash } from 'lucide-react'
import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react'
import { api, idempotencyKey, messageOf, take } from '../api/client'
import { accountQuery, packagesQuery, queryClient } from '../api/queries'
import type { Cell, CellPackage, CellPackageResult, FunctionDoc } from '../api/types'
import { linkTo, paths } from '../core/router'
import { Button, IconButton } from '../ui/button'
import { Code } from '../ui/code'
import { Dialog } from '../ui/dialog'
import { Message } from '../ui/message'
import { afterwards, emptyDraft, requestOf, type Draft, type DraftFunction } from './draft'

const remembered = 'dreamql.scope'

interface Props {
  cell: Cell
  functions: FunctionDoc[]
  notebook: string
  onClose(): void
  onReplace(line: string): void
}

export function PublishDialog({ cell, functions, notebook, onClose, onReplace }: Props) {
  const account = useQuery(accountQuery).data
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(functions, localStorage.getItem(remembered) ?? ''))
  const [versioned, setVersioned] = useState(false)
  const [busy, setBusy] = useState<'check' | 'publish'>()
  const [failure, setFailure] = useState<string>()
  const [result, setResult] = useState<CellPackageResult>()
  const outcome = useRef<HTMLDivElement>(null)
  const own = account?.name.toLowerCase().replace(/[^a-z0-9_]/g, '_')
  const scope = draft.scope ?? own ?? ''
  const same = useQuery({ ...packagesQuery(draft.name), enabled: draft.name.length > 1 }).data?.find((p) => p.scope === scope && p.name === draft.name)
  useEffect(() => {
    if (!versioned) setDraft((d) => ({ ...d, version: same ? afterwards(same.version) : '0.1.0' }))
  }, [same, versioned])

  const change = (part: Partial<Draft>) => {
    setDraft((d) => ({ ...d, ...part }))
    setResult(undefined)
    setFailure(undefined)
  }
  const changeFunction = (at: number, part: Partial<DraftFunction>) => change({ functions: draft.functions.map((f, i) => (i === at ? { ...f, ...part } : f)) })
  const send = async (kind: 'check' | 'publish') => {
    setBusy(kind)
    setFailure(undefined)
    try {
      const body: CellPackage = { ...requestOf({ ...draft, scope }, cell), notebook, check_only: kind === 'check' }
      const answer = await take(api.POST('/api/v1/packages/of-cell', { params: { header: { 'Idempotency-Key': idempotencyKey() } }, body }))
      setResult(answer)
      if (answer.version) {
        localStorage.setItem(remembered, scope)
        void queryClient.invalidateQueries({ queryKey: ['packages'] })
      }
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(undefined)
      queueMicrotask(() => outcome.current?.focus())
    }
  }
  const problemOf = (field?: string) => result?.problems.filter((p) => (p.field ?? '') === (field ?? '')).map((p) => p.message)
  const known = useMemo(() => new Set(['scope', 'name', 'version', 'description', 'license', ...draft.functions.map((f) => `functions.${f.name}`)]), [draft.functions])
  const others = result?.problems.filter((p) => !known.has(p.field ?? '')) ?? []
  const checkOf = (call: string) => result?.checks.find((c) => c.name === call.trim())

  if (result?.version) {
    const { scope, name, version, import: line } = result.version
    return (
      <Dialog open onClose={onClose} title={`${scope}/${name} ${version} is published`} description="Everyone who can use this server can import it now.">
        <div className="space-y-4" ref={outcome} tabIndex={-1}>
          <p className="text-sm">
            <a {...linkTo(paths.package(scope, name))} className="font-medium text-accent underline underline-offset-2">
              Its page
            </a>{' '}
            shows the documentation, the examples and the checks that it passed. In place of the function, this cell could import it:
          </p>
          <div className="rounded-md border border-line bg-page px-3 py-2">
            <Code source={line ?? ''} />
          </div>
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Keep the function</Button>
            <Button
              tone="primary"
              onClick={() => {
                onReplace(line ?? '')
                onClose()
              }}
            >
              Replace it by the import
            </Button>
          </div>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog wide open onClose={onClose} title="Publish as a package" description="A version never changes once it is published. Its examples are run first, and must give what they say.">
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault()
          void send('publish')
        }}
      >
        <div className="grid gap-3 sm:grid-cols-3">
          <Field label="Scope" problems={problemOf('scope')} hint="Yours, or a new one.">
            {(props) => <input {...props} value={scope} onChange={(e) => change({ scope: e.target.value })} autoComplete="off" spellCheck={false} />}
          </Field>
          <Field label="Name" problems={problemOf('name')} hint="Small letters, digits and _.">
            {(props) => <input {...props} value={draft.name} onChange={(e) => change({ name: e.target.value })} autoComplete="off" spellCheck={false} />}
          </Field>
          <Field label="Version" problems={problemOf('version')} hint={same ? `${same.version} is the newest.` : 'The first.'}>
            {(props) => (
              <input
                {...props}
                value={draft.version}
                onChange={(e) => {
                  setVersioned(true)
                  change({ version: e.target.value })
                }}
                autoComplete="off"
                spellCheck={false}
              />
            )}
          </Field>
        </div>
        <div className="grid gap-3 sm:grid-cols-[1fr_12rem]">
          <Field label="Description" problems={problemOf('description')} hint="What the package is for, in one sentence.">
            {(props) => <input {...props} value={draft.description} onChange={(e) => change({ description: e.target.value })} />}
          </Field>
          <Field label="License" problems={problemOf('license')} hint="Its SPDX name.">
            {(props) => <input {...props} value={draft.license} onChange={(e) => change({ license: e.target.value })} autoComplete="off" />}
          </Field>
        </div>
        {draft.functions.map((f, i) => (
          <FunctionFields
            key={f.name}
            of={f}
            typed={(cell.language ?? 'dreamql') === 'dreamql'}
            problems={problemOf(`functions.${f.name}`)}
            checkOf={checkOf}
            onChange={(part) => changeFunction(i, part)}
          />
        ))}
        <div ref={outcome} tabIndex={-1} aria-live="polite" className="space-y-2 text-sm">
          {failure && <Alert text={failure} />}
          {others.map((p, i) => (
            <Alert key={i} text={p.message} />
          ))}
          {result && result.problems.length > 0 && others.length === 0 && <Alert text="Nothing was published: see what is marked above." />}
          {result && result.problems.length === 0 && <Checked result={result} />}
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={busy !== undefined} onClick={() => void send('check')}>
            {busy === 'check' ? 'Checking…' : 'Run the checks'}
          </Button>
          <Button type="submit" tone="primary" disabled={busy !== undefined}>
            {busy === 'publish' ? 'Publishing…' : 'Publish'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function FunctionFields({ of: f, typed, problems, checkOf, onChange }: {
  of: DraftFunction
  typed: boolean
  problems?: string[]
  checkOf(call: string): CellPackageResult['checks'][number] | undefined
  onChange(part: Partial<DraftFunction>): void
}) {
  const at = useId()
  const example = (i: number, part: Partial<DraftFunction['examples'][number]>) => onChange({ examples: f.examples.map((e, j) => (i === j ? { ...e, ...part } : e)) })
  return (
    <fieldset className="space-y-3 rounded-lg border border-line p-3" aria-describedby={problems?.length ? `${at}-problems` : undefined}>
      <legend className="px-1 font-mono text-sm">
        <span className="font-semibold">{f.name}</span>
        {!typed && f.signature}
      </legend>
      {problems && problems.length > 0 && (
        <ul id={`${at}-problems`} className="space-y-1 text-sm text-danger">
          {problems.map((p) => (
            <li key={p}>
              <Message text={p} />
            </li>
          ))}
        </ul>
      )}
      {typed && (
        <Field label={`Signature of ${f.name}`} hint="Its types, as in (x: float) => float.">
          {(props) => <input {...props} className={`${props.className} font-mono`} value={f.signature} onChange={(e) => onChange({ signature: e.target.value })} spellCheck={false} />}
        </Field>
      )}
      <Field label={`Documentation of ${f.name}`} hint="What it returns, for whom the name says too little.">
        {(props) => <textarea {...props} rows={2} value={f.doc} onChange={(e) => onChange({ doc: e.target.value })} />}
      </Field>
      <div>
        <div className="mb-1 flex items-center justify-between">
          <h3 className="text-sm font-medium">Examples</h3>
          <Button tone="ghost" icon={<Plus size={14} />} onClick={() => onChange({ examples: [...f.examples, { call: `${f.name}()`, result: '' }] })}>
            Add an example
          </Button>
        </div>
        {f.examples.length === 0 && <p className="text-sm text-muted">None yet. One call with its result documents the function and tests it.</p>}
        <ul className="space-y-2">
          {f.examples.map((e, i) => {
            const check = checkOf(e.call)
            return (
              <li key={i}>
                <div className="flex items-center gap-2">
                  <input className="field min-w-0 flex-1 font-mono text-xs" aria-label={`Call of example ${i + 1} of ${f.name}`} value={e.call} onChange={(ev) => example(i, { call: ev.target.value })} spellCheck={false} />
                  <span className="text-sm text-muted" aria-hidden>
                    is
                  </span>
                  <input className="field w-36 font-mono text-xs" aria-label={`Result of example ${i + 1} of ${f.name}`} value={e.result} onChange={(ev) => example(i, { result: ev.target.value })} spellCheck={false} />
                  {check?.ok && <CircleCheck size={16} className="text-ok" aria-label="It holds" role="img" />}
                  {check && !check.ok && <CircleAlert size={16} className="text-danger" aria-label="It does not hold" role="img" />}
                  <IconButton label={`Remove example ${i + 1} of ${f.name}`} onClick={() => onChange({ examples: f.examples.filter((_, j) => j !== i) })}>
                    <Trash size={14} />
                  </IconButton>
                </div>
                {check && !check.ok && <p className="mt-1 text-sm whitespace-pre-wrap text-danger first-letter:uppercase">{check.message}</p>}
              </li>
            )
          })}
        </ul>
      </div>
    </fieldset>
  )
}

interface Control {
  id: string
  className: string
  'aria-invalid': boolean
  'aria-describedby': string
}

function Field({ label, hint, problems = [], children }: { label: string; hint: string; problems?: string[]; children(props: Control): ReactNode }) {
  const id = useId()
  return (
    <div className="text-sm">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, className: `field mt-1 block w-full ${problems.length ? 'border-danger' : ''}`, 'aria-invalid': problems.length > 0, 'aria-describedby': `${id}-hint` })}
      <p id={`${id}-hint`} className={`mt-1 text-xs ${problems.length ? 'text-danger' : 'text-muted'}`}>
        {problems.length ? problems.join(' ') : hint}
      </p>
    </div>
  )
}

function Checked({ result }: { result: CellPackageResult }) {
  const failed = result.checks.filter((c) => !c.ok).length
  if (failed > 0) return <Alert text={`${failed} of ${result.checks.length} examples do not hold; mend them, or the function.`} />
  return (
    <p className="flex items-center gap-2 text-ok">
      <CircleCheck size={16} /> {result.checks.length === 1 ? 'The example holds.' : `All ${result.checks.length} examples hold.`}
    </p>
  )
}

function Alert({ text }: { text: string }) {
  return (
    <p role="alert" className="flex gap-2 rounded-md bg-danger-soft px-3 py-2">
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-danger" />
      <span className="min-w-0 break-words whitespace-pre-wrap">
        <Message text={text} />
      </span>
    </p>
  )
}
