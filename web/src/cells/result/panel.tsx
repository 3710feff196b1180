// What a cell shows below its source: rows, a chart, or the plan.
import { Download } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { memo, useCallback, useState } from 'react'
import type { Cell, View } from '../../api/types'
import { bytes, count } from '../../core/format'
import { IconButton } from '../../ui/button'
import { Menu } from '../../ui/menu'
import type { CellRun } from '../machine'
import { Chart } from './chart'
import { downloadHref, fetchRows } from './fetch'
import { Grid } from './grid'
import { PlanView } from './plan_view'

interface Props {
  cell: Cell
  number: number
  /** The run whose rows are shown. */
  run: CellRun
  onView(view: View): void
}

const tab = 'border-b-2 border-transparent px-2.5 py-1.5 text-sm text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink focus-visible:-outline-offset-2'

/** Typing in the source above draws nothing here again; `onView` names its cell and stays right. */
export const ResultPanel = memo(Panel, (a, b) => a.run === b.run && a.number === b.number && a.cell.id === b.cell.id && a.cell.view === b.cell.view)

function Panel({ cell, number, run, onView }: Props) {
  const saved = cell.view?.as ?? 'table'
  const [plan, setPlan] = useState(false)
  const result = run.result!
  const runId = run.runId!
  const fetchPage = useCallback((offset: number, limit: number, signal: AbortSignal) => fetchRows(runId, cell.id, offset, limit, signal), [runId, cell.id])
  const hasRows = result.columns.length > 0 && result.rows > 0 && !result.expired
  const current = plan ? 'plan' : saved === 'table' ? 'table' : 'chart'
  const choose = (value: string) => {
    setPlan(value === 'plan')
    if (value === 'table' && saved !== 'table') onView({ ...cell.view, as: 'table' })
    if (value === 'chart' && saved === 'table') onView({ ...cell.view, as: 'bar' })
  }
  const download = (format: 'csv' | 'ndjson' | 'arrow') => window.location.assign(downloadHref(runId, cell.id, format))
  return (
    <Tabs.Root value={current} onValueChange={choose}>
      <div className="flex items-center border-b border-line pr-1 pl-2">
        <Tabs.List aria-label={`Result of cell ${number}`} className="flex">
          <Tabs.Trigger value="table" className={tab}>
            Table
          </Tabs.Trigger>
          <Tabs.Trigger value="chart" className={tab}>
            Chart
          </Tabs.Trigger>
          <Tabs.Trigger value="plan" className={tab}>
            Plan
          </Tabs.Trigger>
        </Tabs.List>
        <span className="ml-auto px-2 text-xs text-muted tabular-nums">
          {count(result.rows)} {result.rows === 1 ? 'row' : 'rows'}
          {result.bytes ? `, ${bytes(result.bytes)}` : ''}
        </span>
        {hasRows && (
          <Menu
            trigger={
              <IconButton label="Download the result">
                <Download size={15} />
              </IconButton>
            }
            items={[
              { label: 'CSV', run: () => download('csv') },
              { label: 'JSON lines', run: () => download('ndjson') },
              { label: 'Arrow', run: () => download('arrow') },
            ]}
          />
        )}
      </div>
      <Tabs.Content value="table" tabIndex={-1}>
        {hasRows ? (
          <Grid key={runId} label={`Rows of cell ${number}`} columns={result.columns} rows={result.rows} fetchPage={fetchPage} />
        ) : (
          <NoRows expired={result.expired} columns={result.columns.map((c) => c.name)} />
        )}
      </Tabs.Content>
      <Tabs.Content value="chart" tabIndex={-1}>
        {hasRows ? (
          <Chart run={runId} cell={cell.id} columns={result.columns} rows={result.rows} view={cell.view} onView={onView} />
        ) : (
          <NoRows expired={result.expired} columns={[]} />
        )}
      </Tabs.Content>
      <Tabs.Content value="plan" tabIndex={-1}>
        <PlanView plan={run.plan} stats={run.stats} />
      </Tabs.Content>
    </Tabs.Root>
  )
}

function NoRows({ expired, columns }: { expired: boolean; columns: string[] }) {
  const text = expired
    ? 'These rows were removed to make room, because newer runs replaced them. Run the cell again to have them back.'
    : `No rows. The query ran and found none${columns.length ? ` (columns: ${columns.join(', ')})` : ''}.`
  return <p className="px-4 py-3 text-sm text-muted">{text}</p>
}
