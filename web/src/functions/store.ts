// What the function cells of one open notebook define, as the server reads them, and for AssemblyScript the way to a module that the
// server keeps. Nothing here knows about React.
import { api, messageOf, take } from '../api/client'
import type { Cell, Diagnostic, FunctionDoc } from '../api/types'
import { Store } from '../core/store'
import type { Document } from '../core/notebook'
import { Compiler } from './compiler'

/** What is known of one cell; of the text it had then. */
export interface CellFunctions {
  source: string
  language: string
  functions: FunctionDoc[]
  /** Of the compiler, in AssemblyScript. */
  diagnostics: Diagnostic[]
  state: 'read' | 'compiling' | 'ready' | 'failed'
}

const after = 500

export class FunctionStore {
  readonly cells = new Store<ReadonlyMap<string, CellFunctions>>(new Map())
  private readonly compiler = new Compiler()
  private readonly work = new Map<string, { text: string; done: Promise<void> }>()
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>()
  private modules: Promise<Set<string>> | undefined
  private readonly unsubscribe: () => void
  private closed = false

  constructor(
    private readonly notebook: string,
    private readonly doc: Store<Document>,
  ) {
    this.unsubscribe = doc.subscribe(() => this.changed())
    this.changed(0)
  }

  close(): void {
    this.closed = true
    this.unsubscribe()
    this.timers.forEach((timer) => clearTimeout(timer))
    this.compiler.close()
  }

  /** Ends when every function cell has been read as it stands, and compiled where that is needed. */
  async ready(): Promise<void> {
    await Promise.all(functionCells(this.doc.get()).map((cell) => this.look(cell)))
  }

  private changed(wait = after): void {
    const cells = functionCells(this.doc.get())
    for (const cell of cells) {
      if (this.work.get(cell.id)?.text === textOf(cell)) continue
      clearTimeout(this.timers.get(cell.id))
      this.timers.set(cell.id, setTimeout(() => void this.look(cell), wait))
    }
    const ids = new Set(cells.map((cell) => cell.id))
    const gone = [...this.cells.get().keys()].filter((id) => !ids.has(id))
    if (gone.length === 0) return
    for (const id of gone) {
      this.work.delete(id)
      clearTimeout(this.timers.get(id))
    }
    this.cells.set(new Map([...this.cells.get()].filter(([id]) => ids.has(id))))
  }

  private look(cell: Cell): Promise<void> {
    clearTimeout(this.timers.get(cell.id))
    const text = textOf(cell)
    const known = this.work.get(cell.id)
    if (known?.text === text) return known.done
    const done = this.read(cell, text).catch(() => {
      // The server cannot be reached: the next look tries again.
      if (this.work.get(cell.id)?.text === text) this.work.delete(cell.id)
    })
    this.work.set(cell.id, { text, done })
    return done
  }

  private async read(cell: Cell, text: string): Promise<void> {
    const { source, language } = cell
    const set = (more: Omit<CellFunctions, 'source' | 'language'>) => {
      if (this.closed || this.work.get(cell.id)?.text !== text) return
      this.cells.set(new Map(this.cells.get()).set(cell.id, { source, language: language ?? 'dreamql', ...more }))
    }
    if (!source.trim()) return set({ functions: [], diagnostics: [], state: 'read' })
    const { functions, build, diagnostics: found } = await take(api.POST('/api/v1/functions', { body: { source, language } }))
    if (!build || found.some((d) => d.severity === 'error')) return set({ functions, diagnostics: [], state: 'read' })
    if ((await this.kept()).has(build.digest)) return set({ functions, diagnostics: [], state: 'ready' })
    set({ functions, diagnostics: [], state: 'compiling' })
    const { module, messages } = await this.compiler.compile(build.source)
    const diagnostics = messages.map((m) => diagnosticOf(m, source, cell.id))
    if (!module) return set({ functions, diagnostics, state: 'failed' })
    try {
      await take(
        api.PUT('/api/v1/notebooks/{notebook}/modules/{source}', {
          params: { path: { notebook: this.notebook, source: build.digest } },
          body: module as unknown as string,
          bodySerializer: (body) => body as unknown as BodyInit,
          headers: { 'Content-Type': 'application/wasm' },
        }),
      )
    } catch (error) {
      set({ functions, diagnostics: [...diagnostics, { code: 'not-kept', severity: 'error', message: messageOf(error), cell_id: cell.id }], state: 'failed' })
      throw error
    }
    ;(await this.kept()).add(build.digest)
    set({ functions, diagnostics, state: 'ready' })
  }

  /** The digests of what the server has modules for. */
  private kept(): Promise<Set<string>> {
    this.modules ??= take(api.GET('/api/v1/notebooks/{notebook}/modules', { params: { path: { notebook: this.notebook } } })).then(
      (list) => new Set(list.items.map((item) => item.source)),
      (error: unknown) => {
        this.modules = undefined
        throw error
      },
    )
    return this.modules
  }
}

const functionCells = (doc: Document): Cell[] => doc.cells.filter((cell) => cell.kind === 'function')
const textOf = (cell: Cell): string => `${cell.language ?? 'dreamql'}\n${cell.source}`

/** What the compiler says, as the notebook shows findings; places behind the author's text are of what was added to it. */
export function diagnosticOf(m: { error: boolean; text: string; start?: number; end?: number }, source: string, cell: string): Diagnostic {
  const inside = m.start !== undefined && m.end !== undefined && m.end <= source.length
  return {
    code: 'asc',
    severity: m.error ? 'error' : 'warning',
    message: m.text,
    cell_id: cell,
    range: inside ? rangeAt(source, m.start!, m.end!) : undefined,
  }
}

function rangeAt(source: string, start: number, end: number): NonNullable<Diagnostic['range']> {
  const at = (offset: number) => {
    const before = source.slice(0, offset).split('\n')
    return { line: before.length, column: before.at(-1)!.length + 1 }
  }
  const [from, to] = [at(start), at(end)]
  return { start, end, line: from.line, column: from.column, end_line: to.line, end_column: to.column }
}
