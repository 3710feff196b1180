// What the pages read, as TanStack Query options: one key and one call each.
import { QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiError, api, take } from './client'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && error instanceof ApiError && error.isTemporary,
    },
  },
})

interface Page<T> {
  items: T[]
  next_cursor?: string
}

/** Follows cursors to the end; lists of a person's own things are short. */
async function all<T>(page: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < 50; pages++) {
    const next = await page(cursor)
    items.push(...next.items)
    cursor = next.next_cursor
    if (!cursor) break
  }
  return items
}

export const notebooksQuery = queryOptions({
  queryKey: ['notebooks'],
  queryFn: () => all((cursor) => take(api.GET('/api/v1/notebooks', { params: { query: { cursor, limit: 200 } } }))),
})

export const notebookPackagesQuery = (notebook: string) =>
  queryOptions({
    queryKey: ['notebook', notebook, 'packages'],
    queryFn: async () => (await take(api.GET('/api/v1/notebooks/{notebook}/packages', { params: { path: { notebook } } }))).items,
    staleTime: 0, // a run may lock more
  })

export const datasetsQuery = queryOptions({
  queryKey: ['datasets'],
  queryFn: () => all((cursor) => take(api.GET('/api/v1/datasets', { params: { query: { cursor, limit: 200 } } }))),
})

export const datasetQuery = (name: string) =>
  queryOptions({
    queryKey: ['dataset', name],
    queryFn: () => take(api.GET('/api/v1/datasets/{dataset}', { params: { path: { dataset: name } } })),
  })

/** A run may have saved datasets: what is known of them is asked for again where a page shows it. */
export function forgetDatasets(): void {
  void queryClient.invalidateQueries({ queryKey: ['datasets'] })
  void queryClient.invalidateQueries({ queryKey: ['dataset'] })
}

export const packagesQuery = (q: string) =>
  queryOptions({
    queryKey: ['packages', q],
    queryFn: () =>
      all((cursor) => take(api.GET('/api/v1/packages', { params: { query: { q: q || undefined, cursor, limit: 200 } } }))),
    placeholderData: (before) => before,
  })

export const packageQuery = (scope: string, name: string) =>
  queryOptions({
    queryKey: ['package', scope, name],
    queryFn: () => take(api.GET('/api/v1/packages/{scope}/{name}', { params: { path: { scope, name } } })),
  })

export const packageVersionQuery = (scope: string, name: string, version: string) =>
  queryOptions({
    queryKey: ['package', scope, name, version],
    queryFn: () =>
      take(api.GET('/api/v1/packages/{scope}/{name}/versions/{version}', { params: { path: { scope, name, version } } })),
    staleTime: 60_000, // a version never changes
  })

export const functionsQuery = queryOptions({
  queryKey: ['functions'],
  queryFn: async () => (await take(api.GET('/api/v1/functions'))).items,
  staleTime: Infinity,
})

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => take(api.GET('/api/v1/account')),
  staleTime: 60_000,
})

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async () => (await take(api.GET('/api/v1/tokens'))).items,
})
