// All notebooks: open, create, rename, delete with undo.
import { useQuery } from '@tanstack/react-query'
import { EllipsisVertical, NotebookText, Pencil, Plus, Trash, Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import { api, take } from '../api/client'
import { notebooksQuery, queryClient } from '../api/queries'
import type { NotebookSummary } from '../api/types'
import { ago, plural } from '../core/format'
import { linkTo, navigate, paths } from '../core/router'
import { Button, IconButton } from '../ui/button'
import { Menu } from '../ui/menu'
import { Empty, Failure, Loading, PageFrame } from '../ui/page'
import { toastError } from '../ui/toast'
import { deleteNotebook, newNotebook, renameNotebook } from './notebook_actions'

export function NotebooksPage() {
  const list = useQuery(notebooksQuery)
  const [filter, setFilter] = useState('')
  const create = () => void newNotebook().catch(toastError)
  const shown = list.data?.filter((n) => n.title.toLowerCase().includes(filter.trim().toLowerCase()))
  return (
    <PageFrame
      title="Notebooks"
      lead="Queries, results and text, in one place."
      actions={
        <>
          <Button icon={<Upload size={14} />} onClick={importFile}>
            Import
          </Button>
          <Button tone="primary" icon={<Plus size={15} />} onClick={create}>
            New notebook
          </Button>
        </>
      }
    >
      {list.isPending && <Loading label="Loading notebooks" />}
      {list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty
          icon={<NotebookText size={20} />}
          title="No notebooks yet"
          actions={
            <Button tone="primary" icon={<Plus size={15} />} onClick={create}>
              New notebook
            </Button>
          }
        >
          Make one and type a query, or drop a CSV, JSON, Parquet or Arrow file anywhere on this page to have data of your own.
        </Empty>
      )}
      {list.data && list.data.length > 6 && (
        <input type="search" aria-label="Filter notebooks" placeholder="Filter by title" className="field mb-3 w-full sm:w-72" value={filter} onChange={(event) => setFilter(event.target.value)} />
      )}
      {shown && shown.length > 0 && (
        <ul className="card divide-y divide-line">
          {shown.map((notebook) => (
            <Line key={notebook.id} notebook={notebook} />
          ))}
        </ul>
      )}
      {list.data && list.data.length > 0 && shown?.length === 0 && <p className="text-sm text-muted">No title has “{filter}” in it.</p>}
    </PageFrame>
  )
}

function Line({ notebook }: { notebook: NotebookSummary }) {
  const [renaming, setRenaming] = useState(false)
  const trigger = useRef<HTMLButtonElement>(null)
  const done = (title?: string) => {
    setRenaming(false)
    if (title && title !== notebook.title) void renameNotebook(notebook.id, title, notebook.version).catch(toastError)
    requestAnimationFrame(() => trigger.current?.focus())
  }
  return (
    <li className="group relative flex items-center gap-3 px-4 py-2.5 hover:bg-hover">
      <NotebookText size={17} className="shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        {renaming ? (
          <input
            autoFocus
            aria-label={`New title of ${notebook.title}`}
            defaultValue={notebook.title}
            maxLength={200}
            className="field w-full max-w-md"
            onFocus={(event) => event.target.select()}
            onBlur={(event) => done(event.target.value.trim())}
            onKeyDown={(event) => {
              if (event.key === 'Enter') event.currentTarget.blur()
              if (event.key === 'Escape') {
                event.currentTarget.value = notebook.title
                event.currentTarget.blur()
              }
            }}
          />
        ) : (
          <a {...linkTo(paths.notebook(notebook.id))} className="block truncate font-medium after:absolute after:inset-0">
            {notebook.title}
          </a>
        )}
        <p className="text-xs text-muted">
          {plural(notebook.cells, 'cell')} · changed {ago(notebook.updated_at)}
        </p>
      </div>
      <div className="relative z-10">
        <Menu
          trigger={
            <IconButton ref={trigger} label={`Actions for ${notebook.title}`}>
              <EllipsisVertical size={16} />
            </IconButton>
          }
          items={[
            { label: 'Rename', icon: <Pencil size={14} />, run: () => setTimeout(() => setRenaming(true)) },
            { label: 'Delete', icon: <Trash size={14} />, tone: 'danger', run: () => void deleteNotebook(notebook.id, notebook.title).catch(toastError) },
          ]}
        />
      </div>
    </li>
  )
}

function importFile(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.md'
  input.onchange = async () => {
    const file = input.files?.[0]
    if (!file) return
    try {
      const text = await file.text()
      const made = await take(
        api.POST('/api/v1/notebooks/import', { body: text, bodySerializer: (body) => body, headers: { 'Content-Type': 'text/markdown' } }),
      )
      void queryClient.invalidateQueries({ queryKey: ['notebooks'] })
      navigate(paths.notebook(made.id))
    } catch (error) {
      toastError(error)
    }
  }
  input.click()
}
