// One line on what a cell is doing: state, tasks, time, rows, and the workers that it ran on.
import { CircleAlert, CircleCheck, CircleSlash, Clock, LoaderCircle } from 'lucide-react'
import { useEffect, useState } from 'react'
import { count, duration, plural } from '../core/format'
import { elapsed, isActive, type CellRun } from './machine'

/** because: what else has changed since the run, as words. */
export function Status({ run, stale, because }: { run: CellRun; stale: boolean; because?: string }) {
  const now = useNow(isActive(run))
  const ms = elapsed(run, now)
  const workers = new Set(run.stats?.tasks?.map((task) => task.worker)).size
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5 text-xs text-muted tabular-nums" data-phase={run.phase}>
      <span className="inline-flex items-center gap-1.5" role="status">
        <Icon run={run} />
        <span className={run.phase === 'failed' ? 'font-medium text-danger' : 'font-medium text-ink'}>{words(run)}</span>
      </span>
      {run.phase === 'running' && run.total > 0 && (
        <span className="inline-flex items-center gap-2">
          <span role="progressbar" aria-label="Tasks done" aria-valuemin={0} aria-valuemax={run.total} aria-valuenow={run.done} className="h-1 w-24 overflow-hidden rounded bg-hover">
            <span className="block h-full bg-accent transition-[width]" style={{ width: `${(run.done / run.total) * 100}%` }} />
          </span>
          {run.done} of {plural(run.total, 'task')}
        </span>
      )}
      {ms !== undefined && run.phase !== 'queued' && !(run.phase === 'failed' && ms < 0.005) && <span>{duration(ms)}</span>}
      {run.phase === 'done' && run.stats && <span>{count(run.stats.rows_read)} rows read</span>}
      {run.phase === 'done' && workers > 0 && (
        <span title={[...new Set(run.stats?.tasks?.map((task) => task.worker))].join(', ')}>
          {plural(run.stats!.tasks!.length, 'task')} on {plural(workers, 'worker')}
        </span>
      )}
      {(stale || because) && <span className="rounded bg-warn-soft px-1.5 py-0.5 font-medium text-warn">{stale ? 'Changed since this run' : because}</span>}
    </div>
  )
}

function Icon({ run }: { run: CellRun }) {
  switch (run.phase) {
    case 'queued':
      return <Clock size={14} />
    case 'running':
      return <LoaderCircle size={14} className="animate-spin text-accent" />
    case 'done':
      return <CircleCheck size={14} className="text-ok" />
    case 'failed':
      return <CircleAlert size={14} className="text-danger" />
    default:
      return <CircleSlash size={14} />
  }
}

function words(run: CellRun): string {
  switch (run.phase) {
    case 'queued':
      return run.runId ? 'Queued' : 'Starting'
    case 'running':
      return 'Running'
    case 'done':
      return 'Done'
    case 'failed':
      return 'Failed'
    case 'cancelled':
      return 'Cancelled'
    case 'skipped':
      return 'Not run: a cell before it failed'
    default:
      return ''
  }
}

/** The time, ticking while something runs. */
function useNow(active: boolean): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!active) return
    const timer = setInterval(() => setNow(Date.now()), 100)
    return () => clearInterval(timer)
  }, [active])
  return now
}
