import { describe, expect, it } from 'vitest'
import { chartSpec, choose } from './chart_spec'

const columns = [{ name: 'origin', type: 'string' }, { name: 'n', type: 'int' }, { name: 'mean.delay', type: 'float?' }, { name: 'day', type: 'date' }]
const colours = { ink: '#000', muted: '#555', line: '#ddd', accent: '#54c' }
const encoding = (...args: Parameters<typeof chartSpec>) => chartSpec(...args).encoding as any

describe('a chart', () => {
  it('starts with a label across and a number up', () => {
    expect(choose(undefined, columns)).toEqual({ as: 'bar', x: 'origin', y: 'n', color: undefined })
    expect(choose({ as: 'scatter' }, columns)).toMatchObject({ x: 'n', y: 'mean.delay' })
  })

  it('keeps what was chosen, as long as the columns are there', () => {
    expect(choose({ as: 'line', x: 'day', y: 'n', color: 'origin' }, columns)).toEqual({ as: 'line', x: 'day', y: 'n', color: 'origin' })
    expect(choose({ as: 'line', x: 'gone', color: 'gone' }, columns)).toEqual({ as: 'line', x: 'origin', y: 'n', color: undefined })
  })

  it('measures by the type of the column', () => {
    expect(encoding({ as: 'line', x: 'day', y: 'mean.delay' }, columns, [], colours)).toMatchObject({
      x: { field: 'day', type: 'temporal' },
      y: { field: 'mean\\.delay', title: 'mean.delay', type: 'quantitative' },
    })
  })

  it('groups many numbers into ranges below bars, and leaves few as they are', () => {
    const rows = (n: number) => Array.from({ length: n }, (_, i) => ({ n: i }))
    expect(encoding({ as: 'bar', x: 'n', y: 'mean.delay' }, columns, rows(10), colours).x.type).toBe('ordinal')
    expect(encoding({ as: 'bar', x: 'n', y: 'mean.delay' }, columns, rows(500), colours).x.bin).toBeTruthy()
  })

  it('counts rows where there is no number', () => {
    expect(encoding({ as: 'bar', x: 'day', y: 'origin' }, columns, [], colours).y).toMatchObject({ aggregate: 'count' })
  })
})
