// A grid over a result of any length. It draws the rows and columns in view, fetches their pages, and keeps an exact offset of its
// own, because the browser's scrollbar cannot be as tall as millions of rows (core/scroll.ts).
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import type { Column, Row } from '../../api/types'
import { cellText, count, isNumeric, plural, readableFloat, readableTime } from '../../core/format'
import { PageCache, type FetchPage } from '../../core/pages'
import { clampOffset, maxOffset, offsetOf, reveal, scrollTopOf, trackHeight, visibleRows, type Extent } from '../../core/scroll'
import { copyText } from '../../ui/code'
import { toast, toastError } from '../../ui/toast'
import { initialWidth, minWidth, toTsv, totalWidth, visibleColumns } from './columns'
import { moveSelection, rectangle, type Selection } from './selection'

const rowHeight = 28
const headerHeight = 44
const maxRowsShown = 14
const copyLimit = 10_000

interface Props {
  label: string
  columns: Column[]
  rows: number
  fetchPage: FetchPage
}

export function Grid({ label, columns, rows, fetchPage }: Props) {
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  const cache = useMemo(() => new PageCache(fetchPage, redraw), [fetchPage])
  useEffect(() => () => cache.close(), [cache])

  const [box, setBox] = useState({ width: 800, height: 0 })
  const shownRows = Math.min(Math.max(rows, 1), maxRowsShown)
  const extent: Extent = useMemo(() => ({ rows, rowHeight, viewport: Math.max(rowHeight, box.height - headerHeight) }), [rows, box.height])
  const [offset, setOffset] = useState(0)
  const [scrollLeft, setScrollLeft] = useState(0)
  const [selection, setSelection] = useState<Selection>({ anchor: { row: 0, col: 0 }, active: { row: 0, col: 0 } })
  const [focused, setFocused] = useState(false)

  // Widths are guessed once from the first page, and then belong to the person.
  const [resized, setResized] = useState<Record<number, number>>({})
  const hasSample = cache.row(0) !== undefined
  const guessed = useMemo(() => {
    const sample = Array.from({ length: Math.min(50, rows) }, (_, i) => cache.row(i)).filter((row): row is Row => row !== undefined)
    return columns.map((column) => initialWidth(column, sample))
  }, [columns, hasSample])
  const widths = guessed.map((width, i) => resized[i] ?? width)
  const gutter = Math.max(44, count(rows).length * 7.5 + 20)
  const columnsWidth = totalWidth(widths)
  const width = gutter + columnsWidth

  const { first, last } = visibleRows(offset, extent)
  const columnsInView = visibleColumns(widths, scrollLeft, box.width - gutter)

  useEffect(() => {
    // Pages that only flash by while the scrollbar is dragged are not worth a request.
    const timer = setTimeout(() => cache.want(Math.max(0, first - 20), Math.min(rows, last + 40)), hasSample ? 40 : 0)
    return () => clearTimeout(timer)
  }, [cache, first, last, rows, hasSample])

  useLayoutEffect(() => {
    const element = scroller.current!
    const measure = () => setBox({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  // The scrollbar follows the offset; a scroll event that only echoes this is ignored.
  const expected = useRef(0)
  const moveTo = useCallback(
    (next: number) => {
      const clamped = clampOffset(next, extent)
      const element = scroller.current!
      element.scrollTop = scrollTopOf(clamped, extent)
      expected.current = element.scrollTop
      setOffset(clamped)
    },
    [extent],
  )
  const onScroll = () => {
    const element = scroller.current!
    setScrollLeft(element.scrollLeft)
    if (Math.abs(element.scrollTop - expected.current) < 1) return
    expected.current = element.scrollTop
    setOffset(offsetOf(element.scrollTop, extent))
  }

  // The wheel moves by pixels, not by the scale of the scrollbar. At either end it scrolls the page.
  const wheel = useRef<(event: WheelEvent) => void>(() => {})
  wheel.current = (event) => {
    if (event.ctrlKey || event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return
    const unit = event.deltaMode === 1 ? rowHeight : event.deltaMode === 2 ? extent.viewport : 1
    const next = clampOffset(offset + event.deltaY * unit, extent)
    if (next === offset) return
    event.preventDefault()
    moveTo(next)
  }
  useEffect(() => {
    const element = scroller.current!
    const listener = (event: WheelEvent) => wheel.current(event)
    element.addEventListener('wheel', listener, { passive: false })
    return () => element.removeEventListener('wheel', listener)
  }, [])

  const select = (next: Selection) => {
    setSelection(next)
    moveTo(reveal(next.active.row, offset, extent))
    const left = totalWidth(widths.slice(0, next.active.col))
    const element = scroller.current!
    const room = box.width - gutter
    if (left < element.scrollLeft) element.scrollLeft = left
    else if (left + widths[next.active.col] > element.scrollLeft + room) element.scrollLeft = left + widths[next.active.col] - room
  }

  const copy = async () => {
    const area = rectangle(selection)
    const rowCount = Math.min(area.bottom - area.top + 1, copyLimit)
    const chosen = columns.slice(area.left, area.right + 1)
    const found = await cache.read(area.top, area.top + rowCount, new AbortController().signal)
    const isOne = rowCount === 1 && chosen.length === 1
    await copyText(isOne ? cellText(found[0]?.[chosen[0].name]) : toTsv(chosen, found))
    if (!isOne) toast(`Copied ${plural(rowCount, 'row')}.${area.bottom - area.top >= copyLimit ? ' The rest is in the download.' : ''}`)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const ctrl = event.ctrlKey || event.metaKey
    if (ctrl && event.key.toLowerCase() === 'c' && !window.getSelection()?.toString()) {
      event.preventDefault()
      copy().catch(toastError)
      return
    }
    if (ctrl && event.key.toLowerCase() === 'a') {
      event.preventDefault()
      setSelection({ anchor: { row: 0, col: 0 }, active: { row: rows - 1, col: columns.length - 1 } })
      return
    }
    if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      event.preventDefault() // it would go back a page
      event.stopPropagation()
      const { col } = selection.active
      setResized((all) => ({ ...all, [col]: Math.max(minWidth, widths[col] + (event.key === 'ArrowRight' ? 16 : -16)) }))
      return
    }
    if (event.altKey) return
    const size = { rows, cols: columns.length, page: Math.max(1, Math.floor(extent.viewport / rowHeight) - 1) }
    const next = moveSelection(selection, { key: event.key, ctrl, shift: event.shiftKey }, size)
    if (!next) return
    event.preventDefault()
    event.stopPropagation()
    select(next)
  }

  const area = rectangle(selection)
  const cellId = (row: number, col: number) => `${id}-${row}-${col}`
  const failure = cache.errorAt(first) ?? cache.errorAt(last - 1)
  const height = Math.min(headerHeight + shownRows * rowHeight + (columnsWidth + gutter > box.width ? 12 : 0) + 1, 480)

  return (
    <div className="relative">
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows + 1}
        aria-colcount={columns.length}
        aria-multiselectable
        aria-activedescendant={focused && selection.active.row >= first && selection.active.row < last ? cellId(selection.active.row, selection.active.col) : undefined}
        className="relative overflow-auto overscroll-x-contain bg-panel text-[0.82rem] focus-visible:outline-offset-[-2px]"
        style={{ height }}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      >
        <div role="presentation" style={{ height: trackHeight(extent) + headerHeight, width }}>
          <div role="presentation" className="sticky top-0 left-0 overflow-hidden" style={{ width: box.width || '100%', height: box.height }}>
            <div role="rowgroup">
              <div role="row" aria-rowindex={1} className="absolute inset-x-0 top-0 z-10 border-b border-line-strong bg-page" style={{ height: headerHeight }}>
                {columnsInView.map(({ index, left, width: columnWidth }) => (
                  <HeaderCell
                    key={index}
                    column={columns[index]}
                    index={index}
                    left={gutter + left - scrollLeft}
                    width={columnWidth}
                    resize={(next) => setResized((all) => ({ ...all, [index]: next }))}
                  />
                ))}
                <div role="presentation" className="absolute top-0 left-0 z-10 flex h-full items-end justify-end border-r border-line bg-page px-2 pb-1 text-2xs text-muted" style={{ width: gutter }}>
                  #
                </div>
              </div>
            </div>
            <div role="rowgroup">
              {Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i).map((row) => {
                const data = cache.row(row)
                return (
                  <div
                    key={row}
                    role="row"
                    aria-rowindex={row + 2}
                    className="absolute inset-x-0 border-b border-line"
                    style={{ top: headerHeight + row * rowHeight - offset, height: rowHeight }}
                  >
                    {columnsInView.map(({ index, left, width: columnWidth }) => {
                      const isSelected = row >= area.top && row <= area.bottom && index >= area.left && index <= area.right
                      const isActive = focused && row === selection.active.row && index === selection.active.col
                      return (
                        <div
                          key={index}
                          id={cellId(row, index)}
                          role="gridcell"
                          aria-busy={data ? undefined : true}
                          aria-colindex={index + 1}
                          aria-selected={focused && isSelected}
                          className={`absolute top-0 h-full truncate px-3 leading-[27px] ${isNumeric(columns[index].type) ? 'text-right tabular-nums' : ''} ${focused && isSelected ? 'bg-accent-soft' : ''} ${isActive ? 'outline-2 -outline-offset-2 outline-accent' : ''}`}
                          style={{ left: gutter + left - scrollLeft, width: columnWidth }}
                          title={titleOf(data?.[columns[index].name])}
                          onPointerDown={(event) => {
                            const active = { row, col: index }
                            setSelection({ anchor: event.shiftKey ? selection.anchor : active, active })
                          }}
                        >
                          {data ? <Value value={data[columns[index].name]} type={columns[index].type} /> : <span className="inline-block h-2 w-1/2 animate-pulse rounded bg-hover" />}
                        </div>
                      )
                    })}
                    <div role="rowheader" className="absolute top-0 left-0 h-full border-r border-line bg-page px-2 text-right text-2xs leading-[27px] text-muted tabular-nums" style={{ width: gutter }}>
                      {count(row + 1)}
                    </div>
                  </div>
                )
              })}
            </div>
          </div>
        </div>
      </div>
      {failure && (
        <div role="alert" className="absolute inset-x-4 bottom-4 flex items-center gap-3 rounded-md border border-danger/40 bg-danger-soft px-3 py-2 text-sm">
          <span className="flex-1">{failure.message}</span>
          <button type="button" className="font-semibold text-danger underline" onClick={() => cache.retry()}>
            Try again
          </button>
        </div>
      )}
      {maxOffset(extent) > 0 && (
        <p className="border-t border-line bg-page px-3 py-1 text-2xs text-muted tabular-nums" aria-live="off">
          Rows {count(first + 1)} to {count(Math.max(first + 1, Math.floor((offset + extent.viewport + 1) / rowHeight)))} of {count(rows)}
        </p>
      )}
    </div>
  )
}

function titleOf(value: unknown): string | undefined {
  const text = cellText(value)
  return text.length > 24 || (typeof value === 'number' && !Number.isInteger(value)) ? text.slice(0, 2_000) : undefined
}

function Value({ value, type }: { value: unknown; type: string }) {
  if (value === null || value === undefined) return <span className="text-muted italic">none</span>
  if (typeof value === 'boolean') return <span className="text-accent">{String(value)}</span>
  if (typeof value === 'number') return readableFloat(value)
  if (typeof value === 'string' && type.startsWith('timestamp')) return readableTime(value)
  return cellText(value).slice(0, 500)
}

interface HeaderProps {
  column: Column
  index: number
  left: number
  width: number
  resize(width: number): void
}

function HeaderCell({ column, index, left, width, resize }: HeaderProps) {
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault()
    event.stopPropagation()
    const handle = event.currentTarget
    const start = event.clientX
    handle.setPointerCapture(event.pointerId)
    handle.onpointermove = (move) => resize(Math.max(minWidth, width + move.clientX - start))
    handle.onpointerup = () => (handle.onpointermove = handle.onpointerup = null)
  }
  return (
    <div
      role="columnheader"
      aria-colindex={index + 1}
      className={`absolute top-0 flex h-full flex-col justify-center border-r border-line px-3 leading-tight ${isNumeric(column.type) ? 'text-right' : ''}`}
      style={{ left, width }}
      title={`${column.name}: ${column.type}`}
    >
      <span className="truncate font-semibold">{column.name}</span>
      <span className="truncate text-2xs text-muted">{column.type}</span>
      <div
        role="presentation"
        className="absolute top-0 -right-1 z-10 h-full w-2 cursor-col-resize touch-none hover:bg-accent/40"
        onPointerDown={drag}
      />
    </div>
  )
}
