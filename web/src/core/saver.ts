// Automatic saving. Every edit goes to the journal at once and to the server a moment later, with the version that it was made
// on (If-Match). If someone else saved in between, edits of different cells are merged here, and an edit of the same cell waits for
// a person to settle it. No edit is dropped on any path: the journal keeps it until the server has confirmed it.
import { ApiError, messageOf } from '../api/client'
import type { Journal } from './journal'
import { keepBoth, merge, type Conflict } from './merge'
import { sameDocument, type Document } from './notebook'

export type SaveState =
  | { kind: 'saved' }
  | { kind: 'waiting' } // edited, and about to be sent
  | { kind: 'saving' }
  | { kind: 'offline'; message: string } // will be tried again by itself
  | { kind: 'refused'; message: string } // the server will not take it; the next edit tries again
  | { kind: 'conflict'; conflicts: Conflict[] }

export interface Version {
  version: number
  doc: Document
}

export interface Remote {
  load(): Promise<Version>
  /** Saves over the version that was read; fails with status 412 when it is no longer the newest. */
  save(doc: Document, version: number): Promise<Version>
}

export interface Timer {
  set(run: () => void, ms: number): void
  clear(): void
}

const saveAfter = 500
const retryAfter = [1_000, 2_000, 5_000, 10_000, 30_000]

export class Saver {
  state: SaveState = { kind: 'saved' }
  private base: Version
  private current: Document
  private theirs?: Version // set while there is a conflict
  private failures = 0
  private busy?: Promise<void>
  private closed = false

  constructor(
    private readonly remote: Remote,
    private readonly journal: Journal,
    start: Version,
    private readonly on: { document(doc: Document): void; state(state: SaveState): void; saved?(version: number): void },
    private readonly timer: Timer = windowTimer(),
  ) {
    this.base = start
    this.current = start.doc
  }

  get version(): number {
    return this.base.version
  }

  /** Takes the document as it is after an edit. */
  edit(doc: Document): void {
    if (doc === this.current) return
    this.current = doc
    this.note()
    if (this.state.kind === 'conflict') return // sent once it is settled
    if (this.isClean()) return this.clean()
    if (!this.busy) this.set({ kind: 'waiting' })
    this.timer.set(() => void this.flush(), saveAfter)
  }

  /** Saves now whatever is not saved yet. */
  async flush(): Promise<void> {
    this.timer.clear()
    if (this.busy) await this.busy
    if (this.closed || this.state.kind === 'conflict' || this.isClean()) return
    this.busy = this.send().finally(() => (this.busy = undefined))
    await this.busy
    const { kind } = this.state as SaveState
    if (kind === 'waiting') await this.flush() // edited, or merged, meanwhile
  }

  /** Looks whether someone else has saved, and takes it in. */
  async refresh(): Promise<void> {
    if (this.busy || this.state.kind === 'conflict') return
    try {
      const theirs = await this.remote.load()
      if (this.busy || this.closed || theirs.version <= this.base.version) return
      this.takeIn(theirs)
      if (!this.isClean()) await this.flush() // which waits while there is a conflict
    } catch {
      // The next save tells.
    }
  }

  /** Replays edits that an earlier page could not save. */
  recover(entries: { base: Document; doc: Document }[]): void {
    for (const entry of entries) {
      const result = merge(entry.base, entry.doc, this.current)
      this.show(result.conflicts.length ? keepBoth(result) : result.merged)
    }
    if (!this.isClean()) {
      this.note()
      void this.flush()
    }
  }

  /** Ends a conflict: their text for the cells in conflict, or both, mine as a copy. Other edits of mine stay in any case. */
  async settle(choice: 'theirs' | 'both'): Promise<void> {
    if (!this.theirs) return
    const result = merge(this.base.doc, this.current, this.theirs.doc)
    this.base = this.theirs
    this.theirs = undefined
    this.show(choice === 'both' ? keepBoth(result) : result.merged)
    this.note()
    if (this.isClean()) return this.clean()
    this.set({ kind: 'waiting' })
    await this.flush()
  }

  close(): void {
    this.timer.clear()
    void this.flush().finally(() => (this.closed = true))
  }

  private async send(): Promise<void> {
    const sent = this.current
    this.set({ kind: 'saving' })
    try {
      const saved = await this.remote.save(sent, this.base.version)
      this.base = { version: saved.version, doc: sent }
      this.failures = 0
      this.on.saved?.(saved.version)
      if (this.isClean()) this.clean()
      else {
        this.note()
        this.set({ kind: 'waiting' })
      }
    } catch (error) {
      await this.failed(error)
    }
  }

  private async failed(error: unknown): Promise<void> {
    if (error instanceof ApiError && error.status === 412) {
      try {
        this.takeIn(await this.remote.load())
        if (this.state.kind !== 'conflict') this.isClean() ? this.clean() : this.set({ kind: 'waiting' })
        return
      } catch (again) {
        error = again
      }
    }
    if (error instanceof ApiError && !error.isTemporary) {
      return this.set({ kind: 'refused', message: messageOf(error) })
    }
    this.set({ kind: 'offline', message: messageOf(error) })
    const wait = retryAfter[Math.min(this.failures++, retryAfter.length - 1)]
    this.timer.set(() => void this.flush(), wait)
  }

  /** Merges a newer version of the server into what is here. */
  private takeIn(theirs: Version): void {
    const result = merge(this.base.doc, this.current, theirs.doc)
    if (result.conflicts.length > 0) {
      this.theirs = theirs
      return this.set({ kind: 'conflict', conflicts: result.conflicts })
    }
    this.base = theirs
    this.show(result.merged)
    this.note()
  }

  private show(doc: Document): void {
    if (sameDocument(doc, this.current)) return
    this.current = doc
    this.on.document(doc)
  }

  private note(): void {
    if (this.isClean()) this.journal.clear()
    else this.journal.write({ base: this.base.doc, version: this.base.version, doc: this.current })
  }

  private clean(): void {
    this.timer.clear()
    this.journal.clear()
    this.set({ kind: 'saved' })
  }

  private isClean(): boolean {
    return sameDocument(this.current, this.base.doc)
  }

  private set(state: SaveState): void {
    this.state = state
    this.on.state(state)
  }
}

function windowTimer(): Timer {
  let id = 0
  return {
    set(run, ms) {
      window.clearTimeout(id)
      id = window.setTimeout(run, ms)
    },
    clear: () => window.clearTimeout(id),
  }
}
