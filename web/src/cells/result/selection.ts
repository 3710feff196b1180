// The selected rectangle of a grid, moved by keys; pure.
export interface Position {
  row: number
  col: number
}

export interface Selection {
  /** Where the selection began, and where it ends: the active cell. */
  anchor: Position
  active: Position
}

export interface Size {
  rows: number
  cols: number
  /** Rows that PageUp and PageDown move by. */
  page: number
}

export interface Key {
  key: string
  ctrl: boolean
  shift: boolean
}

/** The selection after a key, or undefined if the key does not move it. */
export function moveSelection(selection: Selection, { key, ctrl, shift }: Key, size: Size): Selection | undefined {
  const { row, col } = selection.active
  const last = { row: size.rows - 1, col: size.cols - 1 }
  const target = ((): Position | undefined => {
    switch (key) {
      case 'ArrowUp':
        return { row: ctrl ? 0 : row - 1, col }
      case 'ArrowDown':
        return { row: ctrl ? last.row : row + 1, col }
      case 'ArrowLeft':
        return { row, col: ctrl ? 0 : col - 1 }
      case 'ArrowRight':
        return { row, col: ctrl ? last.col : col + 1 }
      case 'PageUp':
        return { row: row - size.page, col }
      case 'PageDown':
        return { row: row + size.page, col }
      case 'Home':
        return ctrl ? { row: 0, col: 0 } : { row, col: 0 }
      case 'End':
        return ctrl ? last : { row, col: last.col }
      default:
        return undefined
    }
  })()
  if (!target) return undefined
  const active = { row: clamp(target.row, last.row), col: clamp(target.col, last.col) }
  return { anchor: shift ? selection.anchor : active, active }
}

const clamp = (n: number, max: number) => Math.min(Math.max(0, n), Math.max(0, max))

export interface Rectangle {
  top: number
  bottom: number
  left: number
  right: number
}

export function rectangle({ anchor, active }: Selection): Rectangle {
  return {
    top: Math.min(anchor.row, active.row),
    bottom: Math.max(anchor.row, active.row),
    left: Math.min(anchor.col, active.col),
    right: Math.max(anchor.col, active.col),
  }
}
