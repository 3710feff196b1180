// One open notebook: its document, how far it is saved, and its runs. Components read the stores and call the methods; nothing
// here knows about React.
import { api, idempotencyKey, take } from '../api/client'
import { notebooksQuery, queryClient } from '../api/queries'
import type { Notebook } from '../api/types'
import { RunStore } from '../cells/run_store'
import { isActive } from '../cells/machine'
import { adoptEntries, openJournal } from '../core/journal'
import { documentOf, type Document } from '../core/notebook'
import { Saver, type SaveState, type Version } from '../core/saver'
import { Store } from '../core/store'
import { FunctionStore } from '../functions/store'
import { NotebookLanguage } from '../language/language'

/** Browsers let a page that is left finish requests of 64 KiB together. */
const keepaliveLimit = 20_000

const versionOf = (notebook: Notebook): Version => ({ version: notebook.version, doc: documentOf(notebook) })

export async function loadNotebook(id: string): Promise<Version> {
  return versionOf(await take(api.GET('/api/v1/notebooks/{notebook}', { params: { path: { notebook: id } } })))
}

export class NotebookSession {
  readonly doc: Store<Document>
  readonly save = new Store<SaveState>({ kind: 'saved' })
  readonly runs: RunStore
  readonly language: NotebookLanguage
  readonly functions: FunctionStore
  private readonly saver: Saver
  private readonly others = 'BroadcastChannel' in window ? new BroadcastChannel('dreamql.saved') : undefined

  constructor(
    readonly id: string,
    start: Version,
    journalFailed: () => void = () => {},
  ) {
    this.doc = new Store(start.doc)
    this.runs = new RunStore(id)
    this.language = new NotebookLanguage(id, this.doc)
    this.functions = new FunctionStore(id, this.doc)
    const remote = {
      load: () => loadNotebook(id),
      save: async (doc: Document, version: number) =>
        versionOf(
          await take(
            api.PUT('/api/v1/notebooks/{notebook}', {
              params: { path: { notebook: id }, header: { 'If-Match': `"${version}"` } },
              body: doc,
              keepalive: JSON.stringify(doc).length < keepaliveLimit, // so that leaving the page does not cut it off
            }),
          ),
        ),
    }
    this.saver = new Saver(remote, openJournal(id, localStorage, undefined, journalFailed), start, {
      document: (doc) => this.doc.set(doc),
      state: (state) => this.save.set(state),
      saved: (version) => {
        this.others?.postMessage({ id, version })
        this.listed(version)
      },
    })
  }

  /** Recovers what an earlier page left, takes in results, and starts to look at what others do. */
  async begin(): Promise<void> {
    document.addEventListener('visibilitychange', this.visibility)
    window.addEventListener('online', this.online)
    window.addEventListener('beforeunload', this.leaving)
    this.others?.addEventListener('message', this.heard)
    this.saver.recover(await adoptEntries(this.id))
    await this.runs.load()
  }

  end(): void {
    document.removeEventListener('visibilitychange', this.visibility)
    window.removeEventListener('online', this.online)
    window.removeEventListener('beforeunload', this.leaving)
    this.others?.close()
    this.saver.close()
    this.runs.close()
    this.language.close()
    this.functions.close()
  }

  change(edit: (doc: Document) => Document): void {
    const next = edit(this.doc.get())
    if (next === this.doc.get()) return
    this.doc.set(next)
    this.saver.edit(next)
  }

  flush(): Promise<void> {
    return this.saver.flush()
  }

  settle(choice: 'theirs' | 'both'): Promise<void> {
    return this.saver.settle(choice)
  }

  /** Runs query and function cells that have text. */
  run(ids?: string[]): Promise<void> {
    const cells = this.doc.get().cells.filter((cell) => cell.kind !== 'text' && cell.source.trim() && (!ids || ids.includes(cell.id)))
    return this.runs.start(cells, () => this.saveForRun())
  }

  get isBusy(): boolean {
    return Object.values(this.runs.runs.get()).some(isActive)
  }

  /** The lists beside the page show the title as it is now. */
  private listed(version: number): void {
    const { title, cells } = this.doc.get()
    queryClient.setQueryData(notebooksQuery.queryKey, (list) =>
      list?.map((n) => (n.id === this.id ? { ...n, title, version, cells: cells.length } : n)),
    )
  }

  /** Saves, and says what is in the way of running the text that is on the screen. */
  private async saveForRun(): Promise<string | undefined> {
    await Promise.all([this.saver.flush(), this.functions.ready()])
    const state = this.saver.state
    if (state.kind === 'offline' || state.kind === 'refused') return `Not run, because the notebook could not be saved: ${state.message}`
    if (state.kind === 'conflict') return 'Not run, because this notebook was changed in another tab. Settle that first.'
    return undefined
  }

  private readonly visibility = () => void (document.visibilityState === 'visible' ? this.saver.refresh() : this.saver.flush())
  private readonly online = () => void this.saver.flush()
  private readonly leaving = () => void this.saver.flush()
  private readonly heard = (message: MessageEvent<{ id: string; version: number }>) => {
    if (message.data.id === this.id && message.data.version > this.saver.version) void this.saver.refresh()
  }
}

export async function createNotebook(title: string, cells: Document['cells']): Promise<Notebook> {
  return take(
    api.POST('/api/v1/notebooks', {
      params: { header: { 'Idempotency-Key': idempotencyKey() } },
      body: { title, cells },
    }),
  )
}
