// One dataset: its schema with statistics, and its rows.
import { useQuery } from '@tanstack/react-query'
import { Play, Trash } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { ApiError, api, asProblem, take } from '../api/client'
import { datasetQuery, queryClient } from '../api/queries'
import type { Dataset, ResultPage, Row } from '../api/types'
import { Grid } from '../cells/result/grid'
import { ago, bytes, cellText, count, plural, readableTime } from '../core/format'
import { navigate, paths } from '../core/router'
import { parseRows } from '../core/rows'
import { Button } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { Failure, Loading, PageFrame } from '../ui/page'
import { toast, toastError } from '../ui/toast'
import { NotFound } from './not_found'
import { queryDataset } from './notebook_actions'

export function DatasetPage({ name }: { name: string }) {
  const found = useQuery(datasetQuery(name))
  const [deleting, setDeleting] = useState(false)
  if (found.error instanceof ApiError && found.error.status === 404) return <NotFound what="dataset" />
  const dataset = found.data
  return (
    <PageFrame
      title={name}
      lead={dataset && `${plural(dataset.rows, 'row')} · ${plural(dataset.columns.length, 'column')} · ${bytes(dataset.bytes)} · version ${dataset.version}, ${ago(dataset.updated_at)}`}
      actions={
        <>
          <Button tone="danger" icon={<Trash size={14} />} onClick={() => setDeleting(true)}>
            Delete
          </Button>
          <Button tone="primary" icon={<Play size={14} />} onClick={() => void queryDataset(name).catch(toastError)}>
            Query this
          </Button>
        </>
      }
    >
      {found.isPending && <Loading label="Loading the dataset" />}
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {dataset && (
        <div className="space-y-7">
          {dataset.description && <p className="max-w-2xl">{dataset.description}</p>}
          <section aria-labelledby="preview">
            <h2 id="preview" className="eyebrow mb-2">
              Rows
            </h2>
            <Preview dataset={dataset} />
          </section>
          <section aria-labelledby="schema">
            <h2 id="schema" className="eyebrow mb-2">
              Columns
            </h2>
            <Schema dataset={dataset} />
          </section>
        </div>
      )}
      <Dialog open={deleting} onClose={() => setDeleting(false)} title={`Delete ${name}?`} description="Its rows are removed, and queries that name it will fail. This cannot be undone.">
        <div className="flex justify-end gap-2">
          <Button onClick={() => setDeleting(false)}>Keep it</Button>
          <Button tone="danger" onClick={() => void remove(name).catch(toastError)}>
            Delete {name}
          </Button>
        </div>
      </Dialog>
    </PageFrame>
  )
}

async function remove(name: string): Promise<void> {
  await take(api.DELETE('/api/v1/datasets/{dataset}', { params: { path: { dataset: name } } }))
  navigate(paths.datasets)
  toast(`Dataset ${name} was deleted.`)
  queryClient.removeQueries({ queryKey: ['dataset', name] })
  await queryClient.invalidateQueries({ queryKey: ['datasets'] })
}

function Preview({ dataset }: { dataset: Dataset }) {
  const fetchPage = useCallback(
    async (offset: number, limit: number, signal: AbortSignal): Promise<Row[]> => {
      const { response, data, error } = await api.GET('/api/v1/datasets/{dataset}/preview', {
        params: { path: { dataset: dataset.name }, query: { offset, limit } },
        parseAs: 'text',
        signal,
      })
      if (!response.ok) throw new ApiError(response.status, asProblem(error))
      return parseRows<ResultPage>(data as unknown as string).rows as Row[]
    },
    // A new version has other rows.
    [dataset.name, dataset.version],
  )
  const columns = useMemo(() => dataset.columns.map(({ name, type }) => ({ name, type })), [dataset])
  if (dataset.rows === 0) return <p className="text-sm text-muted">This dataset has columns, but no rows yet.</p>
  return (
    <div className="card overflow-hidden">
      <Grid label={`Rows of ${dataset.name}`} columns={columns} rows={dataset.rows} fetchPage={fetchPage} />
    </div>
  )
}

const heads = ['Column', 'Type', 'Smallest', 'Largest', 'Distinct', 'Absent']

function readable(value: unknown): string {
  const text = cellText(value)
  return typeof value === 'string' ? readableTime(text) : text
}

function Schema({ dataset }: { dataset: Dataset }) {
  return (
    <div className="card overflow-x-auto" tabIndex={0} role="region" aria-label="Columns with statistics">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-xs text-muted">
            {heads.map((head) => (
              <th key={head} scope="col" className="px-4 py-2 font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {dataset.columns.map((column) => (
            <tr key={column.name} className="border-t border-line">
              <th scope="row" className="px-4 py-1.5 text-left font-medium">
                {column.name}
              </th>
              <td className="px-4 py-1.5 font-mono text-[0.8rem] text-accent">{column.type}</td>
              <td className="max-w-52 truncate px-4 py-1.5 text-muted">{readable(column.min)}</td>
              <td className="max-w-52 truncate px-4 py-1.5 text-muted">{readable(column.max)}</td>
              <td className="px-4 py-1.5 text-muted tabular-nums">{column.distinct !== undefined ? `about ${count(column.distinct)}` : ''}</td>
              <td className="px-4 py-1.5 text-muted tabular-nums">{column.nulls ? count(column.nulls) : column.nulls === 0 ? 'none' : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
