// What pages do with notebooks other than the open one.
import { ApiError, api, take } from '../api/client'
import { queryClient } from '../api/queries'
import { documentOf, insertImport, newCell } from '../core/notebook'
import { navigate, paths } from '../core/router'
import { toast } from '../ui/toast'
import { createNotebook } from './notebook_session'

/** The open notebook, so that other pages can offer it first. */
export const recent = {
  get: (): string | null => sessionStorage.getItem('dreamql.recent'),
  set: (id: string): void => sessionStorage.setItem('dreamql.recent', id),
}

const changed = () => queryClient.invalidateQueries({ queryKey: ['notebooks'] })

export async function newNotebook(title = 'Untitled notebook', source = ''): Promise<void> {
  const made = await createNotebook(title, [newCell('query', source)])
  void changed()
  navigate(paths.notebook(made.id))
}

/** A notebook with a first query over a dataset. */
export async function queryDataset(name: string): Promise<void> {
  const quoted = /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``
  await newNotebook(`About ${name}`, `${quoted} -> take 100`)
}

export async function deleteNotebook(id: string, title: string): Promise<void> {
  await take(api.DELETE('/api/v1/notebooks/{notebook}', { params: { path: { notebook: id } } }))
  void changed()
  toast(`“${title}” was deleted.`, {
    action: {
      label: 'Undo',
      run: async () => {
        await take(api.POST('/api/v1/notebooks/{notebook}/restore', { params: { path: { notebook: id } } }))
        await changed()
      },
    },
  })
}

export async function renameNotebook(id: string, title: string, version: number): Promise<void> {
  await take(
    api.PATCH('/api/v1/notebooks/{notebook}', {
      params: { path: { notebook: id }, header: { 'If-Match': `"${version}"` } },
      body: { title },
    }),
  )
  await changed()
}

/** Adds an import to a stored notebook, on top of whatever its newest version is. */
export async function addImport(id: string, line: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const notebook = await take(api.GET('/api/v1/notebooks/{notebook}', { params: { path: { notebook: id } } }))
    try {
      await take(
        api.PUT('/api/v1/notebooks/{notebook}', {
          params: { path: { notebook: id }, header: { 'If-Match': `"${notebook.version}"` } },
          body: insertImport(documentOf(notebook), line),
        }),
      )
      break
    } catch (error) {
      // Someone saved in between: once more, on top of that.
      if (!(error instanceof ApiError && error.status === 412 && attempt < 3)) throw error
    }
  }
  void changed()
}
