// The marketplace: search and browse packages of functions.
import { useQuery } from '@tanstack/react-query'
import { Package, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { packagesQuery } from '../api/queries'
import type { PackageSummary } from '../api/types'
import { ago } from '../core/format'
import { linkTo, paths } from '../core/router'
import { Empty, Failure, KindBadge, Loading, PageFrame } from '../ui/page'

export function PackagesPage() {
  const [text, setText] = useState('')
  const q = useSettled(text.trim(), 200)
  const list = useQuery(packagesQuery(q))
  return (
    <PageFrame title="Packages" lead="Functions to import into a notebook. They run next to the data.">
      <div className="relative mb-5">
        <Search size={16} className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
        <input
          type="search"
          aria-label="Search packages"
          placeholder="Search by name, description or function"
          className="field h-10 w-full pl-9"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {list.isPending && <Loading label="Loading packages" />}
      {list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
      <p role="status" className="sr-only">
        {list.data ? `${list.data.length} packages` : ''}
      </p>
      {list.data?.length === 0 && (
        <Empty icon={<Package size={20} />} title={q ? 'Nothing found' : 'No packages yet'}>
          {q ? (
            <>No package has “{q}” in its name, description or functions. Try a shorter word.</>
          ) : (
            <>
              Make one with <code className="font-mono">dreamql package init</code>, and publish it with <code className="font-mono">dreamql publish</code>.
            </>
          )}
        </Empty>
      )}
      {list.data && (
        <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          {list.data.map((p) => (
            <Card key={`${p.scope}/${p.name}`} package={p} />
          ))}
        </ul>
      )}
    </PageFrame>
  )
}

function Card({ package: p }: { package: PackageSummary }) {
  const functions = p.functions ?? []
  return (
    <li className="card relative flex flex-col p-4 transition-colors hover:border-line-strong">
      <div className="flex items-baseline gap-2">
        <h2 className="min-w-0 truncate font-semibold">
          <a {...linkTo(paths.package(p.scope, p.name))} className="after:absolute after:inset-0">
            <span className="font-normal text-muted">{p.scope}/</span>
            {p.name}
          </a>
        </h2>
        <span className="ml-auto font-mono text-xs text-muted">{p.version}</span>
      </div>
      <p className="mt-1 line-clamp-3 flex-1 text-sm text-muted">{p.description}</p>
      {functions.length > 0 && (
        <p className="mt-3 truncate font-mono text-xs" title={functions.join(', ')}>
          {functions.join(', ')}
        </p>
      )}
      <div className="mt-2.5 flex items-center gap-1.5">
        {(p.kinds ?? []).map((kind) => (
          <KindBadge key={kind} kind={kind} />
        ))}
        {p.published_at && <span className="ml-auto text-xs text-muted">{ago(p.published_at)}</span>}
      </div>
    </li>
  )
}

function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}
