// A result as a chart. The choice of columns is saved with the cell; the rows are the first few thousand, and it says so.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { messageOf } from '../../api/client'
import type { Column, View } from '../../api/types'
import { count } from '../../core/format'
import { useIsDark } from '../../core/theme'
import { Failure, Loading } from '../../ui/page'
import { chartRows, chartSpec, choose, type ChartChoice, type ChartKind } from './chart_spec'
import { fetchRows } from './fetch'

interface Props {
  run: string
  cell: string
  columns: Column[]
  rows: number
  view?: View
  onView(view: View): void
}

const kinds: ChartKind[] = ['bar', 'line', 'scatter']

export function Chart({ run, cell, columns, rows, view, onView }: Props) {
  const choice = choose(view, columns)
  const limit = Math.min(rows, chartRows)
  const data = useQuery({
    queryKey: ['chart', run, cell, limit],
    queryFn: ({ signal }) => fetchRows(run, cell, 0, limit, signal),
    staleTime: Infinity,
    gcTime: 60_000,
  })
  if (!choice) return <p className="p-4 text-sm text-muted">There are no columns to draw.</p>
  const change = (part: Partial<ChartChoice>) => onView({ ...choice, ...part })
  return (
    <div className="p-4">
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <div role="group" aria-label="Kind of chart" className="inline-flex overflow-hidden rounded-md border border-line-strong">
          {kinds.map((kind) => (
            <button
              key={kind}
              type="button"
              aria-pressed={choice.as === kind}
              onClick={() => change({ as: kind })}
              className={`px-3 py-1 text-sm capitalize focus-visible:-outline-offset-2 ${choice.as === kind ? 'bg-accent-soft font-semibold text-accent' : 'text-muted hover:bg-hover'}`}
            >
              {kind}
            </button>
          ))}
        </div>
        <Pick label="Across" value={choice.x} columns={columns} onChange={(x) => change({ x })} />
        <Pick label="Up" value={choice.y} columns={columns} onChange={(y) => change({ y })} />
        <Pick label="Colour" value={choice.color ?? ''} columns={columns} optional onChange={(color) => change({ color: color || undefined })} />
      </div>
      {data.isPending && <Loading label="Loading rows for the chart" />}
      {data.isError && <Failure error={data.error} retry={() => void data.refetch()} />}
      {data.data && <Drawing choice={choice} columns={columns} rows={data.data} />}
      {rows > chartRows && (
        <p className="mt-2 text-xs text-muted">
          Drawn from the first {count(chartRows)} of {count(rows)} rows. Group or take fewer rows to see them all.
        </p>
      )}
    </div>
  )
}

function Pick({ label, value, columns, optional, onChange }: { label: string; value: string; columns: Column[]; optional?: boolean; onChange(name: string): void }) {
  return (
    <label className="inline-flex items-center gap-1.5 text-sm text-muted">
      {label}
      <select aria-label={label} className="field max-w-44 py-0" value={value} onChange={(event) => onChange(event.target.value)}>
        {optional && <option value="">none</option>}
        {columns.map((column) => (
          <option key={column.name} value={column.name}>
            {column.name}
          </option>
        ))}
      </select>
    </label>
  )
}

function Drawing({ choice, columns, rows }: { choice: ChartChoice; columns: Column[]; rows: Record<string, unknown>[] }) {
  const host = useRef<HTMLDivElement>(null)
  const isDark = useIsDark()
  const [error, setError] = useState<string>()
  const { as, x, y, color } = choice
  useEffect(() => {
    let stop = () => {}
    let stale = false
    const style = getComputedStyle(document.documentElement)
    const named = (name: string) => style.getPropertyValue(name).trim()
    const spec = chartSpec({ as, x, y, color }, columns, rows, { ink: named('--ink'), muted: named('--muted'), line: named('--line'), accent: named('--accent') })
    setError(undefined)
    import('./vega')
      .then(({ draw }) => (stale ? () => {} : draw(host.current!, spec)))
      .then((finalize) => (stale ? finalize() : (stop = finalize)))
      .catch((cause: unknown) => setError(messageOf(cause)))
    return () => {
      stale = true
      stop()
    }
  }, [as, x, y, color, columns, rows, isDark])
  return (
    <>
      {error && <Failure error={new Error(`The chart could not be drawn: ${error}`)} />}
      {/* Vega gives its own role to the element that it draws into, so the name stands outside. */}
      <div role="img" aria-label={`${as} chart of ${y} by ${x}${color ? `, coloured by ${color}` : ''}`} data-chart={as}>
        <div ref={host} className="w-full [&_svg]:max-w-full" style={{ minHeight: 280 }} />
      </div>
    </>
  )
}
