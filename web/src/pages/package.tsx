// One package: what it does, its functions with examples, its versions, and the way into a notebook.
import { useQuery } from '@tanstack/react-query'
import { NotebookPen } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { ApiError } from '../api/client'
import { packageQuery, packageVersionQuery } from '../api/queries'
import type { FunctionDoc, PackageVersion } from '../api/types'
import { ago, bytes } from '../core/format'
import { renderMarkdown } from '../core/markdown'
import { Button } from '../ui/button'
import { Code, CopyButton } from '../ui/code'
import { Badge, Failure, KindBadge, Loading, PageFrame } from '../ui/page'
import { InsertImport } from './insert_import'
import { NotFound } from './not_found'

export function PackagePage({ scope, name }: { scope: string; name: string }) {
  const found = useQuery(packageQuery(scope, name))
  const [chosen, setChosen] = useState<string>()
  const [inserting, setInserting] = useState(false)
  const latest = found.data?.latest
  const other = useQuery({ ...packageVersionQuery(scope, name, chosen ?? ''), enabled: chosen !== undefined && chosen !== latest?.version })
  if (found.error instanceof ApiError && found.error.status === 404) return <NotFound what="package" />
  const version = chosen === undefined || chosen === latest?.version ? latest : other.data
  return (
    <PageFrame
      title={`${scope}/${name}`}
      lead={latest?.description}
      actions={
        version && (
          <Button tone="primary" icon={<NotebookPen size={15} />} onClick={() => setInserting(true)}>
            Insert import into notebook…
          </Button>
        )
      }
    >
      {found.isPending && <Loading label="Loading the package" />}
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {other.isError && chosen && <Failure error={other.error} />}
      {version && found.data && (
        <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_15rem]">
          <div className="min-w-0 space-y-8">
            <section aria-labelledby="import" className="card flex items-center gap-2 py-1.5 pr-1.5 pl-4">
              <h2 id="import" className="sr-only">
                Import
              </h2>
              <Code source={importLine(version)} className="min-w-0 flex-1" />
              <CopyButton text={importLine(version)} label="Copy the import" />
            </section>
            <section aria-labelledby="functions">
              <h2 id="functions" className="eyebrow mb-2">
                Functions
              </h2>
              <div className="space-y-3">
                {version.functions.map((f) => (
                  <FunctionCard key={f.name} function={f} />
                ))}
              </div>
            </section>
            {version.readme && (
              <section aria-labelledby="readme">
                <h2 id="readme" className="eyebrow mb-2">
                  Readme
                </h2>
                <Readme text={version.readme} />
              </section>
            )}
          </div>
          <aside className="space-y-6 text-sm" aria-label="About this package">
            <About version={version} />
            <section aria-labelledby="versions">
              <h2 id="versions" className="eyebrow mb-1">
                Versions
              </h2>
              <ul>
                {found.data.versions.map((v) => (
                  <li key={v.version}>
                    <button
                      type="button"
                      aria-current={v.version === version.version}
                      onClick={() => setChosen(v.version)}
                      className={`flex w-full items-center gap-2 rounded-md px-2 py-1 text-left hover:bg-hover ${v.version === version.version ? 'bg-accent-soft font-medium text-accent' : ''}`}
                    >
                      <span className="font-mono">{v.version}</span>
                      {v.yanked && <Badge tone="warn">yanked</Badge>}
                      <span className="ml-auto text-xs text-muted">{ago(v.published_at)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          </aside>
        </div>
      )}
      {version && <InsertImport open={inserting} onClose={() => setInserting(false)} version={version} />}
    </PageFrame>
  )
}

/** The import as the server words it, else the newest compatible version with every function. */
export function importLine(version: PackageVersion, functions = version.functions.map((f) => f.name)): string {
  const range = version.version.split('.').slice(0, 2).join('.')
  return `import ${version.scope}/${version.name}@^${range} (${functions.join(', ')})`
}

function Readme({ text }: { text: string }) {
  const html = useMemo(() => renderMarkdown(text), [text])
  return <div className="prose card px-5 py-4" dangerouslySetInnerHTML={{ __html: html }} />
}

function FunctionCard({ function: f }: { function: FunctionDoc }) {
  return (
    <article className="card p-4" aria-label={f.name}>
      <div className="flex flex-wrap items-start gap-2">
        <Code source={f.signature} className="min-w-0 flex-1 font-medium" />
        <span className="flex gap-1.5">
          {f.shape !== 'scalar' && <Badge>{f.shape}</Badge>}
          <KindBadge kind={f.kind} />
        </span>
      </div>
      {f.doc && <p className="mt-2 text-sm whitespace-pre-line">{f.doc}</p>}
      {f.examples && f.examples.length > 0 && (
        <dl className="mt-3 space-y-1 rounded-md bg-page px-3 py-2">
          {f.examples.map((example, i) => (
            <div key={i} className="flex flex-wrap items-baseline gap-x-3">
              <dt>
                <Code source={example.call} />
              </dt>
              <dd className="text-muted">
                <span aria-hidden>= </span>
                <Code source={example.result} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {f.ns_per_row !== undefined && f.ns_per_row > 0 && <p className="mt-2 text-xs text-muted">{f.ns_per_row.toFixed(f.ns_per_row < 10 ? 1 : 0)} ns a row{f.tier ? ` (${f.tier})` : ''}, measured when it was published</p>}
    </article>
  )
}

function About({ version }: { version: PackageVersion }) {
  const digest = version.digest.replace(/^sha256:/, '')
  const isLink = /^https?:\/\//.test(version.repository ?? '')
  return (
    <dl className="space-y-3">
      <Fact name="Version">
        <span className="font-mono">{version.version}</span> {version.yanked && <Badge tone="warn">yanked</Badge>}
      </Fact>
      <Fact name="Published">
        {ago(version.published_at)}
        {version.published_by ? ` by ${version.published_by}` : ''}
      </Fact>
      {version.license && <Fact name="Licence">{version.license}</Fact>}
      {version.size !== undefined && <Fact name="Size">{bytes(version.size)}</Fact>}
      {version.repository && (
        <Fact name="Source">
          {isLink ? (
            <a href={version.repository} target="_blank" rel="noopener noreferrer" className="break-all text-accent underline underline-offset-2">
              {version.repository.replace(/^https?:\/\//, '')}
            </a>
          ) : (
            version.repository
          )}
        </Fact>
      )}
      <Fact name="SHA-256">
        <span className="flex items-center gap-1">
          <span className="min-w-0 truncate font-mono text-xs" title={digest}>
            {digest}
          </span>
          <CopyButton text={digest} label="Copy the digest" />
        </span>
      </Fact>
      {version.checks && version.checks.length > 0 && (
        <Fact name="Checks at publishing">
          <details>
            <summary className="cursor-pointer">
              {version.checks.filter((check) => check.ok).length} of {version.checks.length} passed
            </summary>
            <ul className="mt-1 space-y-0.5">
              {version.checks.map((check) => (
                <li key={check.name} className="flex gap-1.5">
                  <span aria-hidden className={check.ok ? 'text-ok' : 'text-danger'}>
                    {check.ok ? '✓' : '✗'}
                  </span>
                  <span title={check.message} className="min-w-0 break-words">
                    {check.name}
                    {!check.ok && <span className="sr-only"> failed</span>}
                  </span>
                </li>
              ))}
            </ul>
          </details>
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="mt-px">{children}</dd>
    </div>
  )
}
