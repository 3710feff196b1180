// The Vega-Lite description of a chart: which columns, of what type, and how. Pure, so that it can be read and tested.
import type { Column, Row, View } from '../../api/types'
import { isNumeric, isTemporal } from '../../core/format'

export type ChartKind = 'bar' | 'line' | 'scatter'

/** Rows that a chart is drawn from; more would neither load nor be read. */
export const chartRows = 5_000
const barsPerAxis = 60

export interface ChartChoice {
  as: ChartKind
  x: string
  y: string
  color?: string
}

/** What to show first: a label or time across, a number up. */
export function choose(view: View | undefined, columns: Column[]): ChartChoice | undefined {
  const has = (name?: string) => name !== undefined && columns.some((column) => column.name === name)
  const numbers = columns.filter((column) => isNumeric(column.type))
  if (columns.length === 0) return undefined
  const as = view?.as && view.as !== 'table' ? view.as : 'bar'
  const firstLabel = columns.find((column) => !isNumeric(column.type))
  const guessX = as === 'scatter' && numbers.length > 1 ? numbers[0] : (firstLabel ?? columns[0])
  const x = has(view?.x) ? view!.x! : guessX.name
  const guessY = numbers.find((column) => column.name !== x) ?? columns.find((column) => column.name !== x) ?? columns[0]
  const y = has(view?.y) ? view!.y! : guessY.name
  return { as, x, y, color: has(view?.color) ? view!.color : undefined }
}

export interface Colours {
  ink: string
  muted: string
  line: string
  accent: string
}

export function chartSpec(choice: ChartChoice, columns: Column[], rows: Row[], colours: Colours): Record<string, unknown> {
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? 'string'
  const field = (name: string) => ({ field: name.replace(/[\\.[\]]/g, (c) => `\\${c}`), title: name, type: measure(typeOf(name)) })
  const x: Record<string, unknown> = field(choice.x)
  const y: Record<string, unknown> = field(choice.y)
  const mark = { bar: { type: 'bar', cornerRadiusEnd: 2 }, line: { type: 'line', interpolate: 'linear' }, scatter: { type: 'point', filled: true, opacity: 0.7 } }[choice.as]
  if (choice.as === 'bar') {
    // A bar stands for a value: few numbers are labels, many are grouped into ranges.
    if (x.type === 'quantitative') {
      const different = new Set(rows.map((row) => row[choice.x])).size
      if (different <= barsPerAxis) x.type = 'ordinal'
      else Object.assign(x, { bin: { maxbins: 40 } })
    }
    if (x.type === 'nominal') x.sort = null // as the query sorted them
    if (y.type !== 'quantitative') Object.assign(y, { aggregate: 'count', field: undefined, title: 'rows', type: 'quantitative' })
    y.stack = choice.color ? 'zero' : null
    if (x.bin) y.aggregate = 'sum'
  }
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 'container',
    height: 280,
    autosize: { type: 'fit', contains: 'padding' },
    background: 'transparent',
    data: { values: rows },
    mark: { ...mark, tooltip: true },
    encoding: { x, y, ...(choice.color && { color: { ...field(choice.color), ...(isNumeric(typeOf(choice.color)) ? {} : { type: 'nominal' }) } }) },
    config: {
      font: 'system-ui, sans-serif',
      view: { stroke: 'transparent' },
      axis: { labelColor: colours.muted, titleColor: colours.ink, gridColor: colours.line, domainColor: colours.line, tickColor: colours.line, labelLimit: 120, labelFontSize: 11, titleFontSize: 12, titleFontWeight: 500 },
      legend: { labelColor: colours.muted, titleColor: colours.ink },
      mark: { color: colours.accent },
    },
  }
}

function measure(type: string): 'quantitative' | 'temporal' | 'nominal' {
  if (isNumeric(type)) return 'quantitative'
  return isTemporal(type) ? 'temporal' : 'nominal'
}
