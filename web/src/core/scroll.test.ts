import { describe, expect, it } from 'vitest'
import { maxHeight, maxOffset, offsetOf, reveal, scrollTopOf, trackHeight, visibleRows } from './scroll'

const small = { rows: 100, rowHeight: 28, viewport: 280 }
const huge = { rows: 3_000_000, rowHeight: 28, viewport: 280 }

describe('scrolling', () => {
  it('is exact where everything fits', () => {
    expect(trackHeight(small)).toBe(2800)
    expect(offsetOf(500, small)).toBeCloseTo(500)
    expect(scrollTopOf(500, small)).toBeCloseTo(500)
  })

  it('stays below the height that browsers allow', () => {
    expect(trackHeight(huge)).toBe(maxHeight)
  })

  it('reaches the first and the last row of three million', () => {
    expect(visibleRows(offsetOf(0, huge), huge)).toEqual({ first: 0, last: 10 })
    const bottom = trackHeight(huge) - huge.viewport
    expect(visibleRows(offsetOf(bottom, huge), huge)).toEqual({ first: 2_999_990, last: 3_000_000 })
    expect(offsetOf(bottom + 1000, huge)).toBe(maxOffset(huge))
  })

  it('comes back to the same offset through the scrollbar', () => {
    for (const offset of [0, 1, 28, 41_999_999, maxOffset(huge)]) {
      expect(offsetOf(scrollTopOf(offset, huge), huge)).toBeCloseTo(offset, 3)
    }
  })

  it('moves no further than needed to show a row', () => {
    expect(reveal(5, 0, huge)).toBe(0)
    expect(reveal(10, 0, huge)).toBe(28)
    expect(reveal(3, 280, huge)).toBe(84)
    expect(reveal(2_999_999, 0, huge)).toBe(maxOffset(huge))
  })

  it('copes with fewer rows than fit', () => {
    const few = { rows: 2, rowHeight: 28, viewport: 280 }
    expect(visibleRows(offsetOf(0, few), few)).toEqual({ first: 0, last: 2 })
    expect(maxOffset(few)).toBe(0)
  })
})
