// What a cell is doing, as a pure state machine. The server tells by runs and their events; events can arrive late, twice or from an
// older run, so a cell takes news only of the newest run that it knows of. Whether a result is stale is not stored: it follows
// from the text that was run and the text that is there now.
import { digest } from '../core/digest'
import type { Cell, CellState, Diagnostic, NotebookResults, Plan, ResultInfo, Run, RunCell, RunEvent, Stats } from '../api/types'

export type Phase = 'idle' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'skipped'

/** The newest run of one cell. */
export interface CellRun {
  phase: Phase
  /** Missing between the click and the server's answer. */
  runId?: string
  /** When the run was asked for, as a number that grows: newer runs win. */
  order: number
  /** The text that was run. */
  source: string
  done: number
  total: number
  startedAt?: number
  finishedAt?: number
  diagnostics: Diagnostic[]
  result?: ResultInfo
  stats?: Stats
  plan?: Plan
  /** The run before, whose rows stay visible until this one has its own. */
  before?: CellRun
}

export type Runs = Readonly<Record<string, CellRun>>

const phases: Record<CellState, Phase> = {
  queued: 'queued',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
}

const rank: Record<Phase, number> = { idle: 0, queued: 1, running: 2, done: 3, failed: 3, cancelled: 3, skipped: 3 }

export const isActive = (run?: CellRun): boolean => run?.phase === 'queued' || run?.phase === 'running'

/** A person asked for these cells to run; the server has not answered yet. */
export function requested(runs: Runs, cells: Cell[], order: number): Runs {
  return patch(
    runs,
    cells.map((cell) => [cell.id, { ...fresh(order, cell.source), phase: 'queued', before: shown(runs[cell.id]) }]),
  )
}

/** The server did not take the run: the cells say why. */
export function refused(runs: Runs, cells: string[], order: number, diagnostic: Diagnostic): Runs {
  return patch(
    runs,
    cells.flatMap((id) => {
      const run = runs[id]
      if (!run || run.order !== order || run.runId) return []
      return [[id, { ...run, phase: 'failed' as const, diagnostics: [diagnostic] }]]
    }),
  )
}

/** The server's view of a whole run: the answer that accepted it, a poll, or the start of a page. */
export function withRun(runs: Runs, run: Run, order = orderOf(run)): Runs {
  return run.cells.reduce((all, cell) => withCell(all, run.id, cell, order), runs)
}

/** What a page that is opened finds: the newest run of every cell, and runs that still go on. */
export function withResults(runs: Runs, results: NotebookResults): Runs {
  let next = runs
  for (const cell of results.cells) {
    if (cell.run_id) next = withCell(next, cell.run_id, cell, Date.parse(cell.started_at ?? cell.finished_at ?? '') || 0)
  }
  for (const run of results.active_runs) next = withRun(next, run)
  return next
}

export function withEvent(runs: Runs, event: RunEvent, order: number): Runs {
  if (event.cell) return withCell(runs, event.run_id, event.cell, order)
  if (event.type !== 'run.state' || !event.state) return runs
  // A run that has ended leaves no cell waiting, even if a cell's own event was lost.
  const end = event.state === 'cancelled' ? 'cancelled' : event.state === 'failed' ? 'skipped' : undefined
  if (!end) return runs
  const waiting = Object.entries(runs).filter(([, run]) => run.runId === event.run_id && isActive(run))
  return patch(runs, waiting.map(([id, run]) => [id, { ...run, phase: end, finishedAt: Date.parse(event.at) }]))
}

/** Whether the cell's text has changed since its result was made. */
export function isStale(run: CellRun | undefined, cell: Cell): boolean {
  return run !== undefined && (run.phase === 'done' || run.phase === 'failed') && run.source.trim() !== cell.source.trim()
}

/** The cells whose definitions it used that have other texts now; those that are gone are among them. */
export function changedUses(run: CellRun | undefined, cells: Cell[]): string[] {
  if (run?.phase !== 'done' && run?.phase !== 'failed') return []
  return (run.stats?.uses ?? []).flatMap(({ cell_id, digest: was }) => {
    const now = cells.find((cell) => cell.id === cell_id)
    return now && digest(now.source) === was ? [] : [cell_id]
  })
}

/** Why a result is stale although its own text is what was run, for a person; undefined if it is not. */
export function staleBecause(run: CellRun | undefined, cells: Cell[]): string | undefined {
  const changed = changedUses(run, cells)
  if (changed.length === 0) return undefined
  const numbers = changed.map((id) => cells.findIndex((cell) => cell.id === id) + 1)
  if (numbers.includes(0)) return 'A cell that it uses was deleted since this run'
  return numbers.length === 1 ? `Cell ${numbers[0]}, which it uses, changed since this run` : `Cells ${numbers.join(', ')}, which it uses, changed since this run`
}

/** The run whose rows are to be shown: the newest that has any. */
export function shown(run: CellRun | undefined): CellRun | undefined {
  if (!run) return undefined
  if (run.result && run.runId) return withoutPast(run)
  return isActive(run) || run.phase === 'cancelled' ? run.before : undefined
}

/** Milliseconds that the cell has run, so far or in all. */
export function elapsed(run: CellRun, now: number): number | undefined {
  if (run.phase === 'done' && run.stats?.total_ms !== undefined) return run.stats.total_ms
  if (!run.startedAt) return undefined
  return Math.max(0, (run.finishedAt ?? (isActive(run) ? now : run.startedAt)) - run.startedAt)
}

function withCell(runs: Runs, runId: string, cell: RunCell, order: number): Runs {
  const known = runs[cell.cell_id]
  const isSame = known !== undefined && (known.runId === runId || (known.runId === undefined && known.order === order))
  if (known && !isSame && order < known.order) return runs
  const phase = phases[cell.state]
  if (known && isSame && rank[phase] < rank[known.phase]) return runs // a late event
  const from: CellRun = isSame ? known : { ...fresh(order, ''), before: shown(known) }
  const result = cell.result ?? from.result
  return patch(runs, [
    [
      cell.cell_id,
      {
        ...from,
        phase,
        runId,
        source: cell.source ?? from.source,
        done: Math.max(from.done, cell.progress?.tasks_done ?? 0),
        total: Math.max(from.total, cell.progress?.tasks_total ?? 0),
        startedAt: time(cell.started_at) ?? from.startedAt,
        finishedAt: time(cell.finished_at) ?? from.finishedAt,
        diagnostics: cell.diagnostics ?? from.diagnostics,
        result,
        stats: cell.stats ?? from.stats,
        plan: cell.plan ?? from.plan,
        before: result ? undefined : from.before,
      },
    ],
  ])
}

const fresh = (order: number, source: string): CellRun => ({ phase: 'idle', order, source, done: 0, total: 0, diagnostics: [] })
const withoutPast = (run: CellRun): CellRun => (run.before ? { ...run, before: undefined } : run)
const orderOf = (run: Run): number => Date.parse(run.created_at) || 0
const time = (iso?: string): number | undefined => (iso ? Date.parse(iso) : undefined)

function patch(runs: Runs, changes: [string, CellRun][]): Runs {
  return changes.length ? { ...runs, ...Object.fromEntries(changes) } : runs
}
