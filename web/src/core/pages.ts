// A cache of result pages: fetches what is looked at, keeps the most recent, and drops requests that nobody waits for.
// A result has up to millions of rows; this is all of it that the browser holds.
import type { Row } from '../api/types'

export type FetchPage = (offset: number, limit: number, signal: AbortSignal) => Promise<Row[]>

interface Pending {
  abort: AbortController
}

export class PageCache {
  readonly pageSize: number
  private readonly fetchPage: FetchPage
  private readonly capacity: number
  private readonly changed: () => void
  private readonly pages = new Map<number, Row[]>() // in order of use: the oldest first
  private readonly pending = new Map<number, Pending>()
  private readonly failed = new Map<number, Error>()

  constructor(fetchPage: FetchPage, changed: () => void, { pageSize = 200, capacity = 100 } = {}) {
    this.fetchPage = fetchPage
    this.changed = changed
    this.pageSize = pageSize
    this.capacity = capacity
  }

  /** The row, if it is here. */
  row(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / this.pageSize))?.[index % this.pageSize]
  }

  errorAt(index: number): Error | undefined {
    return this.failed.get(Math.floor(index / this.pageSize))
  }

  /** Says which rows are looked at, [from, to): fetches what is missing and gives up what is no longer wanted. */
  want(from: number, to: number): void {
    const first = Math.floor(Math.max(0, from) / this.pageSize)
    const last = Math.floor(Math.max(0, to - 1) / this.pageSize)
    for (const [page, { abort }] of this.pending) {
      if (page >= first && page <= last) continue
      abort.abort()
      this.pending.delete(page)
    }
    for (let page = first; page <= last; page++) {
      const rows = this.pages.get(page)
      if (rows) {
        this.pages.delete(page) // and again at the end: it was used
        this.pages.set(page, rows)
      } else if (!this.pending.has(page) && !this.failed.has(page)) {
        void this.load(page)
      }
    }
  }

  /** The rows [from, to), fetched as needed; for copying. */
  async read(from: number, to: number, signal: AbortSignal): Promise<Row[]> {
    const rows: Row[] = []
    for (let index = from; index < to; index++) {
      const row = this.row(index)
      if (!row) return this.fetchPage(from, to - from, signal)
      rows.push(row)
    }
    return rows
  }

  retry(): void {
    this.failed.clear()
    this.changed()
  }

  close(): void {
    for (const { abort } of this.pending.values()) abort.abort()
    this.pending.clear()
  }

  private async load(page: number): Promise<void> {
    const request = { abort: new AbortController() }
    this.pending.set(page, request)
    try {
      const rows = await this.fetchPage(page * this.pageSize, this.pageSize, request.abort.signal)
      if (request.abort.signal.aborted) return
      this.pages.set(page, rows)
      this.evict()
    } catch (error) {
      if (request.abort.signal.aborted) return
      this.failed.set(page, error instanceof Error ? error : new Error(String(error)))
    } finally {
      if (this.pending.get(page) === request) this.pending.delete(page)
    }
    this.changed()
  }

  private evict(): void {
    for (const page of this.pages.keys()) {
      if (this.pages.size <= this.capacity) return
      this.pages.delete(page)
    }
  }
}
