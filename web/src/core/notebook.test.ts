import { describe, expect, it } from 'vitest'
import { editCell, insertCell, insertImport, moveCell, removeCell, retitle, sameDocument, type Document } from './notebook'

const cell = (id: string, source = id) => ({ id, kind: 'query' as const, source })
const doc: Document = { title: 'Trip', cells: [cell('a'), cell('b'), cell('c')] }
const ids = (d: Document) => d.cells.map((c) => c.id).join('')

describe('document', () => {
  it('inserts, moves and removes cells without touching the original', () => {
    expect(ids(insertCell(doc, cell('x'), 1))).toBe('axbc')
    expect(ids(insertCell(doc, cell('x'), 99))).toBe('abcx')
    expect(ids(moveCell(doc, 'a', 1))).toBe('bac')
    expect(ids(moveCell(doc, 'c', -5))).toBe('cab')
    expect(ids(removeCell(doc, 'b'))).toBe('ac')
    expect(ids(doc)).toBe('abc')
  })

  it('is the same value when nothing changes, so that nothing is saved', () => {
    expect(moveCell(doc, 'a', -1)).toBe(doc)
    expect(editCell(doc, 'a', { source: 'a' })).toBe(doc)
    expect(retitle(doc, '  ')).toBe(doc)
  })

  it('compares the views of cells', () => {
    const charted = editCell(doc, 'a', { view: { as: 'bar', x: 'origin' } })
    expect(sameDocument(doc, charted)).toBe(false)
    expect(sameDocument(doc, editCell(doc, 'a', { view: { as: 'table' } }))).toBe(true)
  })
})

describe('insertImport', () => {
  const line = 'import std/geo@^1.0 (haversine)'

  it('makes a first query cell, after leading text', () => {
    const tour: Document = { title: 't', cells: [{ id: 't', kind: 'text', source: '# Hello' }, cell('q', 'flights')] }
    const next = insertImport(tour, line)
    expect(next.cells.map((c) => c.source)).toEqual(['# Hello', line, 'flights'])
  })

  it('adds to a cell of imports, once', () => {
    const once = insertImport({ title: 't', cells: [cell('i', 'import std/text@^1.0 (slugify)')] }, line)
    expect(once.cells).toHaveLength(1)
    expect(once.cells[0].source).toBe(`import std/text@^1.0 (slugify)\n${line}`)
    expect(insertImport(once, line)).toBe(once)
  })

  it('works in an empty notebook', () => {
    expect(insertImport({ title: 't', cells: [] }, line).cells[0].source).toBe(line)
  })
})
