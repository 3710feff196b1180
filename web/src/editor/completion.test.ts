import { describe, expect, it } from 'vitest'
import { completionsFor, type Knowledge } from './completion'

const known: Knowledge = {
  functions: [
    { name: 'filter', kind: 'stage', doc: 'Keeps rows.', signatures: ['filter(table, bool)'] },
    { name: 'count', kind: 'aggregate', doc: 'Counts.', signatures: ['count() => int'] },
  ],
  datasets: [
    { name: 'flights', version: 1, rows: 3_000_000, bytes: 1, updated_at: '', columns: [{ name: 'delay', type: 'int' }, { name: 'air time', type: 'float' }] },
    { name: 'movies', version: 1, rows: 3, bytes: 1, updated_at: '', columns: [{ name: 'title', type: 'string' }] },
  ],
  packages: [{ scope: 'std', name: 'geo', version: '1.0.2', description: 'Places', functions: ['haversine', 'geohash'] }],
  cells: ['import std/geo@^1.0 (haversine as dist)\nparam day: date = d\'2001-01-01\''],
  columns: [],
}

const labels = (text: string) => completionsFor(text, text, known)?.options.map((o) => o.label) ?? null

describe('completion', () => {
  it('offers stages after an arrow', () => expect(labels('flights -> ')?.[0]).toBe('filter'))

  it('offers columns of the dataset in the cell, quoted where needed, and of no other', () => {
    const found = labels('flights -> filter d')
    expect(found).toContain('delay')
    expect(found).toContain('`air time`')
    expect(found).not.toContain('title')
  })

  it('offers names that other cells import, parameters after $, and packages after import', () => {
    expect(labels('flights -> derive { x: di')).toContain('dist')
    expect(labels('flights -> filter $')).toEqual(['day'])
    expect(labels('import st')).toEqual(['std/geo'])
    expect(labels('import std/geo@^1.0 (ha')).toEqual(['haversine', 'geohash'])
  })

  it('is quiet in strings and comments', () => {
    expect(labels("flights -> filter origin == 'f")).toBeNull()
    expect(labels('// fl')).toBeNull()
  })
})
