// Reads pages of a cell's rows. The text is parsed here rather than by the client, so that large integers keep their digits.
import { ApiError, api, asProblem } from '../../api/client'
import type { ResultPage, Row } from '../../api/types'
import { parseRows } from '../../core/rows'

export const pageLimit = 10_000

export async function fetchPage(run: string, cell: string, offset: number, limit: number, signal?: AbortSignal): Promise<ResultPage> {
  const { response, data, error } = await api.GET('/api/v1/runs/{run}/cells/{cell}/result', {
    params: { path: { run, cell }, query: { offset, limit, format: 'json' } },
    parseAs: 'text',
    signal,
  })
  if (!response.ok) throw new ApiError(response.status, asProblem(error))
  return parseRows<ResultPage>(data as unknown as string)
}

export async function fetchRows(run: string, cell: string, offset: number, limit: number, signal?: AbortSignal): Promise<Row[]> {
  return (await fetchPage(run, cell, offset, limit, signal)).rows as Row[]
}

/** An address that downloads the whole result. */
export function downloadHref(run: string, cell: string, format: 'csv' | 'ndjson' | 'arrow'): string {
  return `/api/v1/runs/${encodeURIComponent(run)}/cells/${encodeURIComponent(cell)}/result?format=${format}`
}
