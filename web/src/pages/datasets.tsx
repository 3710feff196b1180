// All datasets, and the way to bring in more.
import { useQuery } from '@tanstack/react-query'
import { Database, FileUp, Upload } from 'lucide-react'
import { datasetsQuery } from '../api/queries'
import { ago, bytes, count, plural } from '../core/format'
import { linkTo, paths } from '../core/router'
import { Button } from '../ui/button'
import { formats, pickFiles } from '../ui/drop'
import { Empty, Failure, Loading, PageFrame } from '../ui/page'

export function DatasetsPage() {
  const list = useQuery(datasetsQuery)
  const upload = (
    <Button tone="primary" icon={<Upload size={14} />} onClick={pickFiles}>
      Upload a file
    </Button>
  )
  return (
    <PageFrame title="Datasets" lead="Tables that any notebook can query by name." actions={upload}>
      {list.isPending && <Loading label="Loading datasets" />}
      {list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty icon={<Database size={20} />} title="No datasets yet" actions={upload}>
          Drop a {formats} file anywhere on this page. Its columns and their types are found out for you.
        </Empty>
      )}
      {list.data && list.data.length > 0 && (
        <>
          <div className="card overflow-x-auto" tabIndex={0} role="region" aria-label="Datasets">
            <table className="w-full text-sm">
              <thead>
                <tr className="text-left text-xs text-muted">
                  <th scope="col" className="px-4 py-2 font-medium">Name</th>
                  <th scope="col" className="px-4 py-2 text-right font-medium">Rows</th>
                  <th scope="col" className="px-4 py-2 text-right font-medium">Size</th>
                  <th scope="col" className="px-4 py-2 font-medium">Columns</th>
                  <th scope="col" className="px-4 py-2 font-medium whitespace-nowrap">Changed</th>
                </tr>
              </thead>
              <tbody>
                {list.data.map((dataset) => (
                  <tr key={dataset.name} className="relative border-t border-line hover:bg-hover">
                    <th scope="row" className="px-4 py-2.5 text-left font-medium">
                      <a {...linkTo(paths.dataset(dataset.name))} className="after:absolute after:inset-0">
                        {dataset.name}
                      </a>
                    </th>
                    <td className="px-4 py-2.5 text-right tabular-nums">{count(dataset.rows)}</td>
                    <td className="px-4 py-2.5 text-right whitespace-nowrap tabular-nums">{bytes(dataset.bytes)}</td>
                    <td className="max-w-80 truncate px-4 py-2.5 text-muted" title={dataset.columns.map((c) => c.name).join(', ')}>
                      {plural(dataset.columns.length, 'column')}: {dataset.columns.map((c) => c.name).join(', ')}
                    </td>
                    <td className="px-4 py-2.5 whitespace-nowrap text-muted">{ago(dataset.updated_at)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <button type="button" onClick={pickFiles} className="mt-4 flex w-full flex-col items-center gap-1 rounded-xl border border-dashed border-line-strong px-6 py-6 text-sm text-muted hover:bg-hover">
            <FileUp size={20} className="text-accent" />
            <span>
              <span className="font-medium text-ink">Drop files anywhere</span>, or choose them here
            </span>
            <span className="text-xs">{formats}</span>
          </button>
        </>
      )}
    </PageFrame>
  )
}
