import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { editCell, insertCell, moveCell, newCell, removeCell, type Document } from '../core/notebook'
import { Store } from '../core/store'
import { LanguageError } from './connection'
import { NotebookLanguage, editsOfFix } from './language'
import { offsetAt, positionAt } from './protocol'

interface Message {
  id?: number
  method?: string
  params?: any
  result?: unknown
  error?: unknown
}

/** The other end of a WebSocket: it keeps what it is sent and says what a test tells it to. */
class Socket {
  readyState: number = WebSocket.CONNECTING
  onopen?: () => void
  onclose?: () => void
  onmessage?: (event: { data: string }) => void
  readonly sent: Message[] = []

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Message)
  }
  close(): void {
    this.readyState = WebSocket.CLOSED
    this.onclose?.()
  }
  say(message: Message): void {
    this.onmessage?.({ data: JSON.stringify({ jsonrpc: '2.0', ...message }) })
  }
  last(method: string): Message {
    const found = this.sent.findLast((message) => message.method === method)
    if (!found) throw new Error(`${method} was not sent`)
    return found
  }
  async start(): Promise<void> {
    this.readyState = WebSocket.OPEN
    this.onopen?.()
    await settled()
    this.say({ id: this.last('initialize').id, result: { capabilities: {} } })
    await settled()
  }
}

const settled = () => vi.advanceTimersByTimeAsync(0)
const base = 'dreamql:/notebooks/n1'
const range = (line: number, from: number, to: number) => ({ start: { line, character: from }, end: { line, character: to } })

let sockets: Socket[]
let doc: Store<Document>
let language: NotebookLanguage
const socket = () => sockets.at(-1)!

beforeEach(() => {
  vi.useFakeTimers()
  sockets = []
  doc = new Store<Document>({
    title: 'T',
    cells: [
      { id: 'a', kind: 'query', source: 'late = 60' },
      { id: 't', kind: 'text', source: '# Words' },
      { id: 'b', kind: 'query', source: 'flights\n-> filter delay > late' },
    ],
  })
  language = new NotebookLanguage('n1', doc, 'ws://here', () => {
    sockets.push(new Socket())
    return socket() as unknown as WebSocket
  })
})
afterEach(() => {
  language.close()
  vi.useRealTimers()
})

describe('the language server of a notebook', () => {
  it('is told the query cells and their order, and then every change', async () => {
    await socket().start()
    expect(socket().last('initialize').params.initializationOptions).toEqual({ cells: [{ notebook: base, order: ['a', 'b'] }] })
    const opened = socket().sent.filter((message) => message.method === 'textDocument/didOpen')
    expect(opened.map((message) => message.params.textDocument.uri)).toEqual([`${base}/cells/a`, `${base}/cells/b`])

    doc.set(editCell(doc.get(), 'a', { source: 'late = 90' }))
    expect(socket().last('textDocument/didChange').params).toEqual({ textDocument: { uri: `${base}/cells/a`, version: 2 }, contentChanges: [{ text: 'late = 90' }] })
    const sent = socket().sent.length
    doc.set(editCell(doc.get(), 't', { source: 'more words' }))
    expect(socket().sent.length).toBe(sent)

    doc.set(moveCell(doc.get(), 'b', -2))
    expect(socket().last('dreamql/cells').params).toEqual({ notebook: base, order: ['b', 'a'] })
    doc.set(removeCell(doc.get(), 'a'))
    expect(socket().last('textDocument/didClose').params.textDocument.uri).toBe(`${base}/cells/a`)
    const cell = newCell('query', 'x')
    doc.set(insertCell(doc.get(), cell, 0))
    expect(socket().last('textDocument/didOpen').params.textDocument.text).toBe('x')
  })

  it('finds what is wrong, with its fixes, at the offsets of the text', async () => {
    await socket().start()
    const found = { range: range(1, 10, 15), severity: 1, code: 'DQL2002', message: 'there is no column\ndid you mean `delay`?' }
    socket().say({ method: 'textDocument/publishDiagnostics', params: { uri: `${base}/cells/b`, version: 1, diagnostics: [found] } })
    await settled()
    const asked = socket().last('textDocument/codeAction')
    socket().say({ id: asked.id, result: [{ title: 'write delay', edit: { changes: { [`${base}/cells/b`]: [{ range: range(1, 10, 15), newText: 'delay' }] } } }] })
    await settled()
    const [finding] = language.findings.get().get('b')!
    expect(finding).toMatchObject({ code: 'DQL2002', severity: 'error', message: 'there is no column', help: 'did you mean `delay`?', range: { start: 18, end: 23, line: 2, column: 11 } })
    expect([...editsOfFix(finding.fixes![0], 'b')]).toEqual([['b', [{ from: 18, to: 23, insert: 'delay' }]]])
    socket().say({ method: 'textDocument/publishDiagnostics', params: { uri: `${base}/cells/b`, version: 1, diagnostics: [] } })
    expect(language.findings.get().has('b')).toBe(false)
  })

  it('keeps back findings of an older text until newer ones come, or do not', async () => {
    await socket().start()
    doc.set(editCell(doc.get(), 'a', { source: 'late = ' }))
    const say = (version: number, message: string) =>
      socket().say({ method: 'textDocument/publishDiagnostics', params: { uri: `${base}/cells/a`, version, diagnostics: [{ range: range(0, 0, 1), message }] } })
    const answer = async () => {
      await settled()
      socket().say({ id: socket().last('textDocument/codeAction').id, result: null })
      await settled()
    }
    say(1, 'old')
    await settled()
    expect(language.findings.get().has('a')).toBe(false)
    say(2, 'new')
    await answer()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(language.findings.get().get('a')!.map((finding) => finding.message)).toEqual(['new'])
    say(1, 'still so')
    await vi.advanceTimersByTimeAsync(5_000)
    await answer()
    expect(language.findings.get().get('a')!.map((finding) => finding.message)).toEqual(['still so'])
  })

  it('answers in offsets: completion, definition, rename', async () => {
    await socket().start()
    const cell = language.of('b')
    const completed = cell.complete(10, '>', new AbortController().signal)
    const asked = socket().last('textDocument/completion')
    expect(asked.params).toMatchObject({ position: { line: 1, character: 2 }, context: { triggerKind: 2, triggerCharacter: '>' } })
    socket().say({ id: asked.id, result: { items: [{ label: 'filter', textEdit: { range: range(1, 2, 2), newText: 'filter' } }] } })
    expect(await completed).toMatchObject([{ from: 10, to: 10, insert: 'filter' }])

    const defined = cell.define(28)
    socket().say({ id: socket().last('textDocument/definition').id, result: [{ uri: `${base}/cells/a`, range: range(0, 0, 4) }] })
    expect(await defined).toEqual({ kind: 'cell', cell: 'a', from: 0, to: 4 })
    const packaged = cell.define(28)
    socket().say({ id: socket().last('textDocument/definition').id, result: { uri: 'dreamql:/packages/std/geo@1.0.2#haversine', range: range(0, 0, 0) } })
    expect(await packaged).toEqual({ kind: 'package', scope: 'std', name: 'geo' })

    const renamed = cell.rename(28, 'limit')
    const changes = { [`${base}/cells/a`]: [{ range: range(0, 0, 4), newText: 'limit' }], [`${base}/cells/b`]: [{ range: range(1, 18, 22), newText: 'limit' }], 'dreamql:/notebooks/other/cells/x': [] }
    socket().say({ id: socket().last('textDocument/rename').id, result: { changes } })
    expect([...(await renamed)]).toEqual([
      ['a', [{ from: 0, to: 4, insert: 'limit' }]],
      ['b', [{ from: 26, to: 30, insert: 'limit' }]],
    ])
  })

  it('withdraws a question, and tells of a refusal', async () => {
    await socket().start()
    const abort = new AbortController()
    const asked = language.of('a').complete(0, undefined, abort.signal)
    abort.abort()
    const { id } = socket().last('textDocument/completion')
    expect(socket().last('$/cancelRequest').params).toEqual({ id })
    socket().say({ id, error: { code: -32800, message: 'cancelled' } })
    await expect(asked).rejects.toThrow(LanguageError)
  })

  it('connects again, later each time, and opens everything anew', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    expect(language.connection.state.get()).toBe('connecting')
    await socket().start()
    const waiting = language.of('a').hover(0)
    socket().close()
    await expect(waiting).rejects.toThrow('lost')
    expect(language.connection.state.get()).toBe('down')
    await expect(language.of('a').hover(0)).rejects.toThrow('not connected')
    for (const pause of [1_000, 2_000, 4_000]) {
      const before = sockets.length
      await vi.advanceTimersByTimeAsync(pause - 1)
      expect(sockets.length).toBe(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(sockets.length).toBe(before + 1)
      socket().close()
    }
    await vi.advanceTimersByTimeAsync(8_000)
    doc.set(editCell(doc.get(), 'a', { source: 'while away' }))
    await socket().start()
    expect(language.connection.state.get()).toBe('live')
    expect(socket().sent.find((message) => message.method === 'textDocument/didOpen')!.params.textDocument).toMatchObject({ version: 1, text: 'while away' })
  })

  it('survives what is no message', async () => {
    await socket().start()
    socket().onmessage?.({ data: '{' })
    socket().say({ id: 999, result: 1 })
    socket().say({ id: 7, method: 'workspace/configuration' })
    expect(socket().sent.at(-1)).toMatchObject({ id: 7, error: { code: -32601 } })
    expect(language.connection.state.get()).toBe('live')
  })
})

describe('positions', () => {
  it('are offsets and back', () => {
    const text = 'ab\ncdé😀f\n'
    for (const offset of [0, 2, 3, 6, 8, 9, 10]) expect(offsetAt(text, positionAt(text, offset))).toBe(offset)
    expect(offsetAt(text, { line: 0, character: 9 })).toBe(2)
    expect(offsetAt(text, { line: 9, character: 9 })).toBe(10)
  })
})
