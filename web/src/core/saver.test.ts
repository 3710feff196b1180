import { beforeEach, describe, expect, it } from 'vitest'
import { ApiError } from '../api/client'
import { adoptEntries, openJournal } from './journal'
import { editCell, retitle, type Document } from './notebook'
import { Saver, type SaveState, type Version } from './saver'

const cell = (id: string, source = id) => ({ id, kind: 'query' as const, source })
const start: Document = { title: 'T', cells: [cell('a'), cell('b')] }

/** A server that keeps one notebook and checks versions, as the real one does. */
class FakeServer {
  stored: Version = { version: 1, doc: start }
  online = true
  saves = 0

  load = async (): Promise<Version> => {
    if (!this.online) throw new ApiError(0, {})
    return this.stored
  }

  save = async (doc: Document, version: number): Promise<Version> => {
    if (!this.online) throw new ApiError(0, {})
    if (version !== this.stored.version) throw new ApiError(412, { code: 'version_conflict' })
    this.saves++
    return (this.stored = { version: version + 1, doc })
  }
}

function open(server: FakeServer, page: string) {
  let due: (() => void) | undefined
  const tab = {
    doc: server.stored.doc,
    states: [] as SaveState['kind'][],
    tick: () => due?.(),
    edit(change: (doc: Document) => Document) {
      tab.doc = change(tab.doc)
      tab.saver.edit(tab.doc)
    },
    saver: new Saver(
      server,
      openJournal('n1', localStorage, page),
      server.stored,
      { document: (doc) => (tab.doc = doc), state: (state) => tab.states.push(state.kind) },
      { set: (run) => (due = run), clear: () => (due = undefined) },
    ),
  }
  return tab
}

const journalKeys = () => Object.keys(localStorage).filter((key) => key.startsWith('dreamql.journal.'))

describe('Saver', () => {
  beforeEach(() => localStorage.clear())

  it('journals an edit at once, saves it, and then forgets the journal', async () => {
    const server = new FakeServer()
    const tab = open(server, 'p1')
    tab.edit((doc) => editCell(doc, 'a', { source: 'new' }))
    expect(journalKeys()).toHaveLength(1)
    expect(server.saves).toBe(0)
    await tab.saver.flush()
    expect(server.stored.doc.cells[0].source).toBe('new')
    expect(tab.states).toEqual(['waiting', 'saving', 'saved'])
    expect(journalKeys()).toHaveLength(0)
  })

  it('keeps edits through an outage and sends them when the server is back', async () => {
    const server = new FakeServer()
    const tab = open(server, 'p1')
    server.online = false
    tab.edit((doc) => retitle(doc, 'Offline'))
    await tab.saver.flush()
    expect(tab.saver.state.kind).toBe('offline')
    expect(journalKeys()).toHaveLength(1)
    server.online = true
    await tab.saver.flush()
    expect(server.stored.doc.title).toBe('Offline')
    expect(tab.saver.state.kind).toBe('saved')
  })

  it('merges edits of different cells in two tabs', async () => {
    const server = new FakeServer()
    const [one, two] = [open(server, 'p1'), open(server, 'p2')]
    one.edit((doc) => editCell(doc, 'a', { source: 'one' }))
    await one.saver.flush()
    two.edit((doc) => editCell(doc, 'b', { source: 'two' }))
    await two.saver.flush()
    expect(server.stored.doc.cells.map((c) => c.source)).toEqual(['one', 'two'])
    expect(two.doc.cells[0].source).toBe('one')
    await one.saver.refresh()
    expect(one.doc.cells[1].source).toBe('two')
  })

  it('never overwrites the same cell: it stops, and keeps both when asked to', async () => {
    const server = new FakeServer()
    const [one, two] = [open(server, 'p1'), open(server, 'p2')]
    one.edit((doc) => editCell(doc, 'a', { source: 'one' }))
    await one.saver.flush()
    two.edit((doc) => editCell(doc, 'a', { source: 'two' }))
    await two.saver.flush()
    expect(two.saver.state).toMatchObject({ kind: 'conflict', conflicts: [{ id: 'a', what: 'edited in both' }] })
    expect(server.stored.doc.cells[0].source).toBe('one')
    two.edit((doc) => editCell(doc, 'b', { source: 'also mine' }))
    await two.saver.flush()
    expect(server.stored.version).toBe(2) // nothing is sent before it is settled
    await two.saver.settle('both')
    expect(server.stored.doc.cells.map((c) => c.source)).toEqual(['one', 'two', 'also mine'])
    expect(two.saver.state.kind).toBe('saved')
  })

  it('takes theirs when asked to, without losing other edits', async () => {
    const server = new FakeServer()
    const [one, two] = [open(server, 'p1'), open(server, 'p2')]
    one.edit((doc) => editCell(doc, 'a', { source: 'one' }))
    await one.saver.flush()
    two.edit((doc) => editCell(editCell(doc, 'a', { source: 'two' }), 'b', { source: 'mine' }))
    await two.saver.flush()
    await two.saver.settle('theirs')
    expect(server.stored.doc.cells.map((c) => c.source)).toEqual(['one', 'mine'])
  })

  it('saves again what was typed while a save was on its way', async () => {
    const server = new FakeServer()
    const tab = open(server, 'p1')
    tab.edit((doc) => editCell(doc, 'a', { source: '1' }))
    const saving = tab.saver.flush()
    tab.edit((doc) => editCell(doc, 'a', { source: '12' }))
    await saving
    await tab.saver.flush()
    expect(server.stored.doc.cells[0].source).toBe('12')
    expect(tab.saver.state.kind).toBe('saved')
  })

  it('recovers edits of a page that died, but not of one that lives', async () => {
    const server = new FakeServer()
    const [dead, alive] = [open(server, 'dead'), open(server, 'alive')]
    dead.edit((doc) => editCell(doc, 'a', { source: 'lost?' }))
    alive.edit((doc) => editCell(doc, 'b', { source: 'being typed' }))
    const entries = await adoptEntries('n1', localStorage, 'p3', async (page) => page === 'alive')
    const tab = open(server, 'p3')
    tab.saver.recover(entries)
    await tab.saver.flush()
    expect(server.stored.doc.cells.map((c) => c.source)).toEqual(['lost?', 'b'])
    expect(journalKeys()).toEqual(['dreamql.journal.n1.alive'])
  })

  it('says so when the server refuses, and tries again after the next edit', async () => {
    const server = new FakeServer()
    const tab = open(server, 'p1')
    const save = server.save
    server.save = async () => {
      throw new ApiError(413, { detail: 'The notebook is larger than 16 MB.' })
    }
    tab.edit((doc) => editCell(doc, 'a', { source: 'x' }))
    await tab.saver.flush()
    expect(tab.saver.state).toEqual({ kind: 'refused', message: 'The notebook is larger than 16 MB.' })
    server.save = save
    tab.edit((doc) => editCell(doc, 'a', { source: 'xy' }))
    await tab.saver.flush()
    expect(server.stored.doc.cells[0].source).toBe('xy')
  })
})
