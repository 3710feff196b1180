import { describe, expect, it } from 'vitest'
import { moveSelection, rectangle } from './selection'

const at = (row: number, col: number) => ({ anchor: { row, col }, active: { row, col } })
const size = { rows: 3_000_000, cols: 5, page: 10 }
const press = (key: string, more = {}) => ({ key, ctrl: false, shift: false, ...more })

describe('the selection of a grid', () => {
  it('moves by cells, screens, and to every end', () => {
    expect(moveSelection(at(5, 2), press('ArrowUp'), size)).toEqual(at(4, 2))
    expect(moveSelection(at(5, 2), press('PageDown'), size)).toEqual(at(15, 2))
    expect(moveSelection(at(5, 2), press('End'), size)).toEqual(at(5, 4))
    expect(moveSelection(at(5, 2), press('End', { ctrl: true }), size)).toEqual(at(2_999_999, 4))
    expect(moveSelection(at(5, 2), press('Home', { ctrl: true }), size)).toEqual(at(0, 0))
  })

  it('stops at the edges', () => {
    expect(moveSelection(at(3, 0), press('PageUp'), size)).toEqual(at(0, 0))
    expect(moveSelection(at(2_999_999, 4), press('ArrowDown'), size)).toEqual(at(2_999_999, 4))
  })

  it('grows with shift', () => {
    const grown = moveSelection(at(5, 2), press('ArrowDown', { shift: true }), size)!
    expect(rectangle(grown)).toEqual({ top: 5, bottom: 6, left: 2, right: 2 })
  })

  it('leaves other keys alone', () => expect(moveSelection(at(0, 0), press('x'), size)).toBeUndefined())
})
