// The frame that every page shares: a heading with actions, and what is shown instead of content.
import { CircleAlert } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { ApiError, messageOf } from '../api/client'
import { Button } from './button'

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · DreamQL` : 'DreamQL'
  }, [title])
}

export function PageFrame({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useTitle(title)
  return (
    <div className="mx-auto w-full max-w-5xl px-4 py-6 sm:px-8 sm:py-9">
      <header className="mb-6 flex flex-wrap items-end gap-x-4 gap-y-3">
        <div className="min-w-64 flex-1">
          <h1 className="truncate text-2xl font-semibold tracking-tight">{title}</h1>
          {lead && <div className="mt-1 text-sm text-muted">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

export function Empty({ icon, title, children, actions }: { icon: ReactNode; title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex flex-col items-center rounded-xl border border-dashed border-line-strong px-6 py-12 text-center">
      <div className="mb-3 flex size-11 items-center justify-center rounded-full bg-accent-soft text-accent">{icon}</div>
      <h2 className="font-semibold">{title}</h2>
      <div className="mt-1 max-w-md text-sm text-muted">{children}</div>
      {actions && <div className="mt-4 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg border border-danger/40 bg-danger-soft p-4 text-sm">
      <CircleAlert size={18} className="mt-px shrink-0 text-danger" />
      <div className="min-w-0 flex-1">
        <p className="break-words">{messageOf(error)}</p>
        {error instanceof ApiError && error.problem.instance && <p className="mt-1 text-xs text-muted">Request {error.problem.instance}</p>}
      </div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  )
}

export function Loading({ label = 'Loading' }: { label?: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-3 py-2">
      {['w-2/3', 'w-full', 'w-5/6'].map((width) => (
        <div key={width} className={`h-4 animate-pulse rounded bg-hover ${width}`} />
      ))}
    </div>
  )
}

const badgeTones = {
  plain: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  danger: 'bg-danger-soft text-danger',
}

export function Badge({ tone = 'plain', children, title }: { tone?: keyof typeof badgeTones; children: ReactNode; title?: string }) {
  return (
    <span title={title} className={`inline-flex items-center rounded px-1.5 py-0.5 text-xs font-medium whitespace-nowrap ${badgeTones[tone]}`}>
      {children}
    </span>
  )
}

const kindTones = { expression: 'accent', wasm: 'ok', python: 'warn', 'python-native': 'warn' } as const
const kindNames = { expression: 'Expression', wasm: 'WASM', python: 'Python', 'python-native': 'Python, native' } as const

/** How a function is written and so how it runs. */
export function KindBadge({ kind }: { kind: string }) {
  const known = kind as keyof typeof kindTones
  return <Badge tone={kindTones[known] ?? 'plain'}>{kindNames[known] ?? kind}</Badge>
}
