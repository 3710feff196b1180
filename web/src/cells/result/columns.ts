// Widths of the columns of a grid, and which of them are in view.
import type { Column, Row } from '../../api/types'
import { cellText } from '../../core/format'

const charWidth = 7.6
const padding = 26
export const minWidth = 56
const maxWidth = 420

/** A first width: as wide as the name, the type and what the first rows hold, within reason. */
export function initialWidth(column: Column, sample: Row[]): number {
  const longest = sample.reduce((length, row) => Math.max(length, cellText(row[column.name]).length), 0)
  const chars = Math.max(column.name.length + 1, column.type.length, longest)
  return Math.round(Math.min(maxWidth, Math.max(72, chars * charWidth + padding)))
}

export interface Placed {
  index: number
  left: number
  width: number
}

/** The columns that show between these offsets. */
export function visibleColumns(widths: number[], scrollLeft: number, viewport: number): Placed[] {
  const placed: Placed[] = []
  let left = 0
  for (let index = 0; index < widths.length; index++) {
    const width = widths[index]
    if (left + width > scrollLeft && left < scrollLeft + viewport) placed.push({ index, left, width })
    left += width
  }
  return placed
}

export const totalWidth = (widths: number[]): number => widths.reduce((sum, width) => sum + width, 0)

/** Rows and columns as tab-separated text with a heading, as spreadsheets take it. */
export function toTsv(columns: Column[], rows: Row[]): string {
  const clean = (text: string) => text.replace(/[\t\r\n]+/g, ' ')
  const lines = rows.map((row) => columns.map((column) => clean(cellText(row[column.name]))).join('\t'))
  return [columns.map((column) => clean(column.name)).join('\t'), ...lines].join('\n')
}
