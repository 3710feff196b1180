// The runs of one open notebook: starts them, follows their events, and finds them again when the page is opened later. What an
// event means is decided in machine.ts.
import { ApiError, api, idempotencyKey, messageOf, take } from '../api/client'
import { followRun, isFinal } from '../api/events'
import { forgetDatasets } from '../api/queries'
import type { Cell, Run } from '../api/types'
import { Store } from '../core/store'
import { isActive, refused, requested, withEvent, withResults, withRun, type Runs } from './machine'

export type Connection = 'idle' | 'live' | 'lost'

export class RunStore {
  readonly runs = new Store<Runs>({})
  readonly connection = new Store<Connection>('idle')
  private readonly following = new Map<string, () => void>()
  private readonly lost = new Set<string>()
  private closed = false

  constructor(private readonly notebook: string) {}

  /** Takes in what the server knows: last results, and runs that still go on. */
  async load(): Promise<void> {
    const results = await take(api.GET('/api/v1/notebooks/{notebook}/results', { params: { path: { notebook: this.notebook } } }))
    if (this.closed) return
    this.runs.set(withResults(this.runs.get(), results))
    for (const run of results.active_runs) this.follow(run.id, Date.parse(run.created_at) || 0)
  }

  /** Runs these cells, in the text that `save` has brought to the server. */
  async start(cells: Cell[], save: () => Promise<string | undefined>): Promise<void> {
    if (cells.length === 0) return
    const order = Date.now()
    void this.replace(cells).catch(() => {}) // it then ends by itself, unseen
    const ids = cells.map((cell) => cell.id)
    this.runs.set(requested(this.runs.get(), cells, order))
    const fail = (message: string, error?: unknown) => {
      const found = error instanceof ApiError ? error.problem.diagnostics?.[0] : undefined
      this.runs.set(refused(this.runs.get(), ids, order, found ?? { code: 'not-started', severity: 'error', message }))
    }
    try {
      const unsaved = await save()
      if (unsaved) return fail(unsaved)
      const run = await take(
        api.POST('/api/v1/notebooks/{notebook}/runs', {
          params: { path: { notebook: this.notebook }, header: { 'Idempotency-Key': idempotencyKey() } },
          body: { cells: ids },
        }),
      )
      this.accept(run, order)
    } catch (error) {
      fail(messageOf(error), error)
    }
  }

  /** Cancels the runs that these cells are waiting for; without cells, all. */
  async cancel(cells?: string[]): Promise<void> {
    const waiting = Object.entries(this.runs.get()).filter(([id, run]) => isActive(run) && (!cells || cells.includes(id)))
    const ids = new Set(waiting.flatMap(([, run]) => run.runId ?? []))
    await Promise.all(
      Array.from(ids, async (run) => {
        this.accept(await take(api.POST('/api/v1/runs/{run}/cancel', { params: { path: { run } } })))
      }),
    )
  }

  /** Stops older runs that these cells make needless, all of whose cells are run again. */
  private async replace(cells: Cell[]): Promise<void> {
    const again = new Set(cells.map((cell) => cell.id))
    const byRun = Map.groupBy(Object.entries(this.runs.get()), ([, run]) => run.runId)
    const needless = [...byRun].filter(([, entries]) => entries.some(([, run]) => isActive(run)) && entries.every(([id]) => again.has(id)))
    await Promise.all(needless.map(([run]) => run && take(api.POST('/api/v1/runs/{run}/cancel', { params: { path: { run } } }))))
  }

  close(): void {
    this.closed = true
    for (const stop of this.following.values()) stop()
    this.following.clear()
  }

  private accept(run: Run, order = Date.parse(run.created_at) || 0): void {
    if (this.closed) return
    this.runs.set(withRun(this.runs.get(), run, order))
    if (!isFinal(run.state)) this.follow(run.id, order)
  }

  private follow(id: string, order: number): void {
    if (this.following.has(id) || this.closed) return
    this.following.set(id, () => {}) // taken, before the first event can come
    const stop = followRun(id, {
      event: (event) => this.runs.set(withEvent(this.runs.get(), event, order)),
      snapshot: (run) => this.runs.set(withRun(this.runs.get(), run, order)),
      ended: () => void this.ended(id, order),
      connection: (ok) => {
        if (ok) this.lost.delete(id)
        else this.lost.add(id)
        this.report()
      },
    })
    this.following.set(id, stop)
    this.report()
  }

  private async ended(id: string, order: number): Promise<void> {
    this.following.get(id)?.()
    this.following.delete(id)
    this.lost.delete(id)
    this.report()
    try {
      // Events are brief; the run itself has everything, such as statistics and the plan.
      const run = await take(api.GET('/api/v1/runs/{run}', { params: { path: { run: id } } }))
      if (!this.closed) this.runs.set(withRun(this.runs.get(), run, order))
      if (run.cells.some((cell) => cell.state === 'succeeded' && cell.source?.includes('save'))) forgetDatasets()
    } catch {
      // What the events told is there; the rest comes when the page is opened again.
    }
  }

  private report(): void {
    this.connection.set(this.lost.size > 0 ? 'lost' : this.following.size > 0 ? 'live' : 'idle')
  }
}
