// Where a grid of any length is scrolled to. Browsers cap the height of an element at some 33 million pixels, and three
// million rows are 84 million, so the scrollbar is a scaled picture of the true offset. The offset itself is exact: the
// wheel and the keyboard move it by pixels and rows, and only dragging the scrollbar goes through the scale.

export const maxHeight = 8_000_000

export interface Extent {
  rows: number
  rowHeight: number
  /** Height of the part that shows rows, in pixels. */
  viewport: number
}

/** The greatest offset: the last row then ends at the lower edge. */
export const maxOffset = ({ rows, rowHeight, viewport }: Extent): number => Math.max(0, rows * rowHeight - viewport)

/** Height to give to the element that makes the scrollbar. */
export const trackHeight = ({ rows, rowHeight }: Extent): number => Math.min(rows * rowHeight, maxHeight)

const maxScrollTop = (extent: Extent): number => Math.max(0, trackHeight(extent) - extent.viewport)

export function clampOffset(offset: number, extent: Extent): number {
  return Math.min(Math.max(0, offset), maxOffset(extent))
}

export function scrollTopOf(offset: number, extent: Extent): number {
  const max = maxOffset(extent)
  return max === 0 ? 0 : (clampOffset(offset, extent) / max) * maxScrollTop(extent)
}

export function offsetOf(scrollTop: number, extent: Extent): number {
  const max = maxScrollTop(extent)
  return max === 0 ? 0 : clampOffset((scrollTop / max) * maxOffset(extent), extent)
}

/** The rows to draw, [first, last). */
export function visibleRows(offset: number, extent: Extent): { first: number; last: number } {
  const first = Math.floor(offset / extent.rowHeight)
  const last = Math.min(extent.rows, Math.ceil((offset + extent.viewport) / extent.rowHeight))
  return { first: Math.min(first, extent.rows), last }
}

/** The offset nearest to this one that shows the whole row. */
export function reveal(row: number, offset: number, extent: Extent): number {
  const top = row * extent.rowHeight
  const bottom = top + extent.rowHeight
  if (top < offset) return clampOffset(top, extent)
  if (bottom > offset + extent.viewport) return clampOffset(bottom - extent.viewport, extent)
  return offset
}
