// The language server as one open notebook knows it: its query cells are kept the same there as here, and cells ask it in offsets of
// their text. Nothing here knows about React or the editor.
import type { Diagnostic } from '../api/types'
import type { Document } from '../core/notebook'
import { Store } from '../core/store'
import { LanguageConnection } from './connection'
import * as lsp from './protocol'

/** A replacement in one cell. */
export interface Change {
  from: number
  to: number
  insert: string
}

/** Replacements by cell. */
export type Edits = ReadonlyMap<string, Change[]>

/** The replacements of a fix; one that names no cell is in the given one. */
export function editsOfFix(fix: Fix, cell: string): Edits {
  const byCell = new Map<string, Change[]>()
  for (const { cell_id: id = cell, range, text } of fix.edits) byCell.set(id, [...(byCell.get(id) ?? []), { from: range.start, to: range.end, insert: text }])
  return byCell
}

export type Fix = NonNullable<Diagnostic['fixes']>[number]

/** Where a definition is: in a cell, or on a page of its own. */
export type Target = { kind: 'cell'; cell: string; from: number; to: number } | { kind: 'dataset'; name: string } | { kind: 'package'; scope: string; name: string }

export interface Suggestion extends Change {
  item: lsp.CompletionItem
  more: Change[]
}

/** What the page does for the language: change several cells at once, and go to a place. */
export interface Host {
  apply(edits: Edits): void
  open(target: Target): void
}

/** What the editor of one cell asks. All offsets are in the text that the cell has now. */
export interface CellLanguage {
  isLive(): boolean
  complete(at: number, typed: string | undefined, signal: AbortSignal): Promise<Suggestion[]>
  hover(at: number): Promise<{ markdown: string; from: number; to: number } | null>
  signature(at: number): Promise<lsp.SignatureHelp | null>
  define(at: number): Promise<Target | null>
  startRename(at: number): Promise<{ from: number; to: number; name: string } | null>
  rename(at: number, name: string): Promise<Edits>
  apply(edits: Edits): void
  open(target: Target): void
}

/** How long findings of an older text wait for newer ones, in milliseconds. */
const patience = 600

interface Opened {
  text: string
  version: number
  language: string
}

export class NotebookLanguage {
  readonly findings = new Store<ReadonlyMap<string, Diagnostic[]>>(new Map())
  readonly connection: LanguageConnection
  host: Host = { apply: () => {}, open: () => {} }
  private readonly opened = new Map<string, Opened>()
  private readonly cells = new Map<string, CellLanguage>()
  /** Findings of a text that has changed since: newer ones are on their way, unless they would be the same. */
  private readonly late = new Map<string, ReturnType<typeof setTimeout>>()
  private order = ''
  private readonly unsubscribe: () => void

  constructor(
    private readonly notebook: string,
    private readonly doc: Store<Document>,
    url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/language`,
    connect?: (url: string) => WebSocket,
  ) {
    const on = {
      initialize: () => {
        this.opened.clear()
        this.order = JSON.stringify(this.ids())
        return { cells: [{ notebook: this.base, order: this.ids() }] }
      },
      ready: () => this.sync(),
      notified: (method: string, params: unknown) => {
        if (method === 'textDocument/publishDiagnostics') void this.found(params as lsp.PublishedDiagnostics)
      },
    }
    this.connection = new LanguageConnection(url, on, connect)
    this.unsubscribe = doc.subscribe(() => this.sync())
  }

  close(): void {
    this.unsubscribe()
    this.late.forEach((timer) => clearTimeout(timer))
    this.connection.close()
  }

  /** The language of one cell; the same object every time. */
  of(cell: string): CellLanguage {
    let found = this.cells.get(cell)
    if (!found) this.cells.set(cell, (found = this.make(cell)))
    return found
  }

  private get base(): string {
    return `dreamql:/notebooks/${encodeURIComponent(this.notebook)}`
  }

  private uri(cell: string): string {
    return `${this.base}/cells/${encodeURIComponent(cell)}`
  }

  /** The cells that are code: queries and functions. */
  private queries(): Document['cells'] {
    return this.doc.get().cells.filter((cell) => cell.kind !== 'text')
  }

  private ids(): string[] {
    return this.queries().map((cell) => cell.id)
  }

  /** Tells the server what changed here since it was told last. */
  private sync(): void {
    if (this.connection.state.get() !== 'live') return
    const cells = this.queries()
    for (const { id, source, language = 'dreamql' } of cells) {
      const known = this.opened.get(id)
      const uri = this.uri(id)
      if (!known || known.language !== language) {
        const version = (known?.version ?? 0) + 1
        this.opened.set(id, { text: source, version, language })
        this.connection.notify('textDocument/didOpen', { textDocument: { uri, languageId: language, version, text: source } })
      } else if (known.text !== source) {
        known.text = source
        known.version++
        this.connection.notify('textDocument/didChange', { textDocument: { uri, version: known.version }, contentChanges: [{ text: source }] })
      }
    }
    const left = new Set(cells.map((cell) => cell.id))
    for (const id of [...this.opened.keys()].filter((each) => !left.has(each))) {
      this.opened.delete(id)
      this.cells.delete(id)
      this.connection.notify('textDocument/didClose', { textDocument: { uri: this.uri(id) } })
      clearTimeout(this.late.get(id))
      this.publish(id, [])
    }
    const order = JSON.stringify(this.ids())
    if (order !== this.order) {
      this.order = order
      this.connection.notify('dreamql/cells', { notebook: this.base, order: this.ids() })
    }
  }

  private async found(published: lsp.PublishedDiagnostics): Promise<void> {
    const { uri, version, diagnostics } = published
    const cell = this.cellOf(uri)
    const known = cell !== undefined && this.opened.get(cell)
    if (!known) return
    clearTimeout(this.late.get(cell))
    const wait = () => this.late.set(cell, setTimeout(() => void this.found({ uri, diagnostics }), patience))
    if (version !== undefined && version !== known.version) return void wait()
    const { text } = known
    const findings = diagnostics.map((found) => findingOf(found, text, cell))
    const fixes = findings.length > 0 ? await this.fixes(cell, diagnostics) : []
    if (this.opened.get(cell)?.text !== text) return void wait()
    this.publish(cell, findings.map((finding, i) => ({ ...finding, fixes: fixes[i] })))
  }

  private publish(cell: string, findings: Diagnostic[]): void {
    const before = this.findings.get()
    if (findings.length === 0 && !before.has(cell)) return
    const next = new Map(before)
    if (findings.length > 0) next.set(cell, findings)
    else next.delete(cell)
    this.findings.set(next)
  }

  /** The fixes of each diagnostic. A server that cannot say leaves the findings as they are. */
  private fixes(cell: string, diagnostics: lsp.ServerDiagnostic[]): Promise<Fix[][]> {
    return Promise.all(
      diagnostics.slice(0, 20).map(async (diagnostic) => {
        const params = { textDocument: { uri: this.uri(cell) }, range: diagnostic.range, context: { diagnostics: [diagnostic], only: ['quickfix'] } }
        const actions = await this.connection.request<lsp.CodeAction[] | null>('textDocument/codeAction', params).catch(() => null)
        const own = (actions ?? []).filter((action) => action.edit && (!action.diagnostics || action.diagnostics.some((of) => of.code === diagnostic.code && samePosition(of.range.start, diagnostic.range.start))))
        return own.map((action) => ({ title: action.title, edits: this.fixOf(action.edit!) }))
      }),
    )
  }

  private cellOf(uri: string): string | undefined {
    const start = `${this.base}/cells/`
    if (!uri.startsWith(start)) return undefined
    const cell = decodeURIComponent(uri.slice(start.length))
    return this.opened.has(cell) ? cell : undefined
  }

  private fixOf(edit: lsp.WorkspaceEdit): Fix['edits'] {
    return this.inCells(edit).flatMap(([cell, changes]) => changes.map((change) => ({ cell_id: cell, range: rangeOf(change.range, this.text(cell)), text: change.newText })))
  }

  private editsOf(edit: lsp.WorkspaceEdit): Edits {
    const byCell = new Map<string, Change[]>()
    for (const [cell, changes] of this.inCells(edit)) byCell.set(cell, [...(byCell.get(cell) ?? []), ...changes.map((change) => changeOf(change, this.text(cell)))])
    return byCell
  }

  private inCells(edit: lsp.WorkspaceEdit): [string, lsp.TextEdit[]][] {
    const byUri = [...Object.entries(edit.changes ?? {}), ...(edit.documentChanges ?? []).map((change) => [change.textDocument.uri, change.edits] as const)]
    return byUri.flatMap(([uri, changes]) => {
      const cell = this.cellOf(uri)
      return cell === undefined ? [] : [[cell, changes] as [string, lsp.TextEdit[]]]
    })
  }

  private text(cell: string): string {
    return this.opened.get(cell)?.text ?? ''
  }

  private make(cell: string): CellLanguage {
    const at = (offset: number) => ({ textDocument: { uri: this.uri(cell) }, position: lsp.positionAt(this.text(cell), offset) })
    const span = (range: lsp.Range) => ({ from: lsp.offsetAt(this.text(cell), range.start), to: lsp.offsetAt(this.text(cell), range.end) })
    const ask = <T>(method: string, params: unknown, signal?: AbortSignal) => this.connection.request<T>(`textDocument/${method}`, params, signal)
    return {
      isLive: () => this.connection.state.get() === 'live' && this.opened.has(cell),
      complete: async (offset, typed, signal) => {
        const context = typed ? { triggerKind: 2, triggerCharacter: typed } : { triggerKind: 1 }
        const answer = await ask<lsp.CompletionAnswer>('completion', { ...at(offset), context }, signal)
        const items = Array.isArray(answer) ? answer : (answer?.items ?? [])
        return items.map((item) => ({
          item,
          ...(item.textEdit ? changeOf(item.textEdit, this.text(cell)) : { from: offset, to: offset, insert: item.insertText ?? item.label }),
          more: (item.additionalTextEdits ?? []).map((edit) => changeOf(edit, this.text(cell))),
        }))
      },
      hover: async (offset) => {
        const answer = await ask<lsp.Hover | null>('hover', at(offset))
        const markdown = lsp.markdownOf(answer?.contents)
        return answer && markdown ? { markdown, ...(answer.range ? span(answer.range) : { from: offset, to: offset }) } : null
      },
      signature: (offset) => ask<lsp.SignatureHelp | null>('signatureHelp', at(offset)),
      define: async (offset) => {
        const answer = await ask<lsp.DefinitionAnswer>('definition', at(offset))
        const first = Array.isArray(answer) ? answer[0] : answer
        if (!first) return null
        return 'targetUri' in first ? this.target(first.targetUri, first.targetSelectionRange) : this.target(first.uri, first.range)
      },
      startRename: async (offset) => {
        const answer = await ask<lsp.PrepareRenameAnswer>('prepareRename', at(offset))
        if (!answer) return null
        const place = span('range' in answer ? answer.range : answer)
        return { ...place, name: 'placeholder' in answer ? answer.placeholder : this.text(cell).slice(place.from, place.to) }
      },
      rename: async (offset, name) => this.editsOf((await ask<lsp.WorkspaceEdit | null>('rename', { ...at(offset), newName: name })) ?? {}),
      apply: (edits) => this.host.apply(edits),
      open: (target) => this.host.open(target),
    }
  }

  private target(uri: string, range: lsp.Range): Target | null {
    const cell = this.cellOf(uri)
    if (cell !== undefined) return { kind: 'cell', cell, from: lsp.offsetAt(this.text(cell), range.start), to: lsp.offsetAt(this.text(cell), range.end) }
    const [, kind, path] = /^dreamql:\/(datasets|packages)\/([^#]+)/.exec(uri) ?? []
    const parts = (path ?? '').split('/').map(decodeURIComponent)
    if (kind === 'datasets') return { kind: 'dataset', name: parts[0] }
    if (kind === 'packages' && parts.length === 2) return { kind: 'package', scope: parts[0], name: parts[1].replace(/@.*$/, '') }
    return null
  }
}

const samePosition = (a: lsp.Position, b: lsp.Position): boolean => a.line === b.line && a.character === b.character

function changeOf(edit: lsp.TextEdit, text: string): Change {
  return { from: lsp.offsetAt(text, edit.range.start), to: lsp.offsetAt(text, edit.range.end), insert: edit.newText }
}

/** The first line of a message says what is wrong, the rest how to mend it. */
function findingOf(found: lsp.ServerDiagnostic, text: string, cell: string): Diagnostic {
  const [message, ...help] = found.message.split('\n')
  return {
    code: String(found.code ?? ''),
    severity: found.severity === undefined || found.severity === 1 ? 'error' : 'warning',
    message,
    help: help.join('\n') || undefined,
    cell_id: cell,
    range: rangeOf(found.range, text),
  }
}

function rangeOf({ start, end }: lsp.Range, text: string): NonNullable<Diagnostic['range']> {
  return {
    start: lsp.offsetAt(text, start),
    end: lsp.offsetAt(text, end),
    line: start.line + 1,
    column: start.character + 1,
    end_line: end.line + 1,
    end_column: end.character + 1,
  }
}
