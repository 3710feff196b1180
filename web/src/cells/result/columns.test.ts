import { describe, expect, it } from 'vitest'
import { initialWidth, toTsv, totalWidth, visibleColumns } from './columns'

describe('columns', () => {
  it('start as wide as what they hold, within reason', () => {
    const narrow = initialWidth({ name: 'n', type: 'int' }, [{ n: 1 }])
    const wide = initialWidth({ name: 'n', type: 'string' }, [{ n: 'x'.repeat(30) }])
    expect(narrow).toBeLessThan(wide)
    expect(initialWidth({ name: 'n', type: 'string' }, [{ n: 'x'.repeat(3000) }])).toBe(420)
  })

  it('are drawn only where they are in view', () => {
    const widths = Array.from({ length: 300 }, () => 100)
    expect(visibleColumns(widths, 1_050, 200).map((c) => c.index)).toEqual([10, 11, 12])
    expect(visibleColumns(widths, 1_050, 200)[0].left).toBe(1000)
    expect(totalWidth(widths)).toBe(30_000)
  })

  it('are copied as a spreadsheet takes them', () => {
    const columns = [{ name: 'a', type: 'string' }, { name: 'b', type: 'int?' }]
    expect(toTsv(columns, [{ a: 'x\ty', b: null }, { a: 'z', b: 3 }])).toBe('a\tb\nx y\t\nz\t3')
  })
})
