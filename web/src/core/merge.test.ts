import { describe, expect, it } from 'vitest'
import { keepBoth, merge } from './merge'
import { editCell, insertCell, moveCell, removeCell, retitle, type Document } from './notebook'

const cell = (id: string, source = id) => ({ id, kind: 'query' as const, source })
const base: Document = { title: 'T', cells: [cell('a'), cell('b'), cell('c')] }
const texts = (d: Document) => d.cells.map((c) => c.source)
const ids = (d: Document) => d.cells.map((c) => c.id).join('')

describe('merge', () => {
  it('joins edits of different cells', () => {
    const { merged, conflicts } = merge(base, editCell(base, 'a', { source: 'mine' }), editCell(base, 'c', { source: 'theirs' }))
    expect(texts(merged)).toEqual(['mine', 'b', 'theirs'])
    expect(conflicts).toEqual([])
  })

  it('does not call equal edits a conflict', () => {
    const both = editCell(base, 'a', { source: 'same' })
    expect(merge(base, both, both).conflicts).toEqual([])
  })

  it('reports a cell that was edited in two ways, and loses neither', () => {
    const result = merge(base, editCell(base, 'b', { source: 'mine' }), editCell(base, 'b', { source: 'theirs' }))
    expect(result.conflicts).toMatchObject([{ id: 'b', what: 'edited in both', mine: { source: 'mine' }, theirs: { source: 'theirs' } }])
    expect(texts(result.merged)).toEqual(['a', 'theirs', 'c'])
    const both = keepBoth(result)
    expect(texts(both)).toEqual(['a', 'theirs', 'mine', 'c'])
    expect(new Set(both.cells.map((c) => c.id)).size).toBe(4)
  })

  it('reports an edit of a cell that the other side deleted', () => {
    const mineEdited = merge(base, editCell(base, 'b', { source: 'mine' }), removeCell(base, 'b'))
    expect(mineEdited.conflicts).toMatchObject([{ what: 'edited here, deleted there' }])
    expect(texts(keepBoth(mineEdited))).toEqual(['a', 'c', 'mine'])
    const theyEdited = merge(base, removeCell(base, 'b'), editCell(base, 'b', { source: 'theirs' }))
    expect(theyEdited.conflicts).toMatchObject([{ what: 'deleted here, edited there' }])
    expect(texts(theyEdited.merged)).toEqual(['a', 'theirs', 'c'])
  })

  it('lets a deletion stand when the other side did not touch the cell', () => {
    expect(ids(merge(base, removeCell(base, 'b'), base).merged)).toBe('ac')
    expect(ids(merge(base, base, removeCell(base, 'b')).merged)).toBe('ac')
  })

  it('keeps insertions and moves of both sides', () => {
    const mine = insertCell(base, cell('m'), 1)
    const theirs = insertCell(base, cell('t'), 3)
    expect(ids(merge(base, mine, theirs).merged)).toBe('ambct')
    expect(ids(merge(base, moveCell(base, 'c', -2), base).merged)).toBe('cab')
    expect(ids(merge(base, mine, moveCell(base, 'c', -2)).merged)).toBe('camb')
  })

  it('merges titles', () => {
    expect(merge(base, retitle(base, 'Mine'), base).merged.title).toBe('Mine')
    expect(merge(base, base, retitle(base, 'Theirs')).merged.title).toBe('Theirs')
    expect(merge(base, retitle(base, 'Mine'), retitle(base, 'Theirs')).conflicts).toMatchObject([{ id: 'title' }])
  })
})
