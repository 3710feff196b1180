// Files dropped anywhere become datasets. Each has a line with its progress, and a message that says what to mend if it fails.
import { CircleAlert, CircleCheck, FileUp, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { ApiError, messageOf } from '../api/client'
import { datasetsQuery, queryClient } from '../api/queries'
import { uploadDataset, type Upload, type UploadMode } from '../api/upload'
import { bytes, count } from '../core/format'
import { linkTo, paths } from '../core/router'
import { Store, useStore } from '../core/store'
import { queryDataset } from '../pages/notebook_actions'
import { Button, IconButton } from './button'
import { toastError } from './toast'

interface Item {
  id: number
  file: File
  state: 'sending' | 'importing' | 'done' | 'failed'
  sent: number
  upload?: Upload
  name?: string
  rows?: number
  error?: unknown
}

export const formats = 'CSV, TSV, JSON, NDJSON, Parquet or Arrow'
const accept = '.csv,.tsv,.json,.ndjson,.jsonl,.parquet,.arrow,.feather,.ipc'
const uploads = new Store<Item[]>([])
let next = 1

export function uploadFiles(files: Iterable<File>): void {
  for (const file of files) start({ id: next++, file, state: 'sending', sent: 0 }, 'create')
}

export function pickFiles(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.accept = accept
  input.onchange = () => uploadFiles(input.files ?? [])
  input.click()
}

function start(item: Item, mode: UploadMode, as?: string): void {
  const patch = (change: Partial<Item>) => uploads.set(uploads.get().map((other) => (other.id === item.id ? { ...other, ...change } : other)))
  const upload = uploadDataset(item.file, as, mode, (sent) => patch({ sent, state: sent >= 1 ? 'importing' : 'sending' }))
  uploads.set([...uploads.get().filter((other) => other.id !== item.id), { ...item, state: 'sending', sent: 0, error: undefined, upload }])
  upload.done.then(
    (dataset) => {
      patch({ state: 'done', name: dataset.name, rows: dataset.rows })
      void queryClient.invalidateQueries({ queryKey: ['datasets'] })
      void queryClient.invalidateQueries({ queryKey: ['dataset', dataset.name] })
    },
    (error) => {
      if (error instanceof DOMException && error.name === 'AbortError') remove(item.id)
      else patch({ state: 'failed', error })
    },
  )
}

const stem = (file: string): string => file.replace(/\.[^.]*$/, '')

/** The name with the first number that is free. */
function freeName(name: string): string {
  const taken = new Set(queryClient.getQueryData(datasetsQuery.queryKey)?.map((dataset) => dataset.name))
  let n = 2
  while (taken.has(`${name}_${n}`)) n++
  return `${name}_${n}`
}

const remove = (id: number) => uploads.set(uploads.get().filter((item) => item.id !== id))

/** Covers the page while files are dragged over it. */
export function DropZone() {
  const [over, setOver] = useState(false)
  useEffect(() => {
    let depth = 0 // enter and leave also come for every element below
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth++
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (hasFiles(event) && --depth <= 0) setOver(false)
    }
    const move = (event: DragEvent) => hasFiles(event) && event.preventDefault()
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      event.stopPropagation()
      depth = 0
      setOver(false)
      uploadFiles(event.dataTransfer?.files ?? [])
    }
    const listeners = { dragenter: enter, dragleave: leave, dragover: move, drop } as const
    for (const [type, listener] of Object.entries(listeners)) window.addEventListener(type, listener as EventListener, true)
    return () => {
      for (const [type, listener] of Object.entries(listeners)) window.removeEventListener(type, listener as EventListener, true)
    }
  }, [])
  return (
    <>
      {over && (
        <div className="pointer-events-none fixed inset-3 z-50 flex flex-col items-center justify-center gap-2 rounded-2xl border-2 border-dashed border-accent bg-accent-soft/90">
          <FileUp size={36} className="text-accent" />
          <p className="text-lg font-semibold">Drop to import</p>
          <p className="text-sm text-muted">{formats}</p>
        </div>
      )}
      <UploadList />
    </>
  )
}

function UploadList() {
  const items = useStore(uploads)
  if (items.length === 0) return null
  return (
    <section aria-label="Uploads" className="lift pop fixed right-4 bottom-4 z-40 w-[min(24rem,calc(100vw-2rem))] rounded-xl border border-line bg-raised">
      <ul className="max-h-[50vh] divide-y divide-line overflow-auto">
        {items.map((item) => (
          <li key={item.id} className="p-3 text-sm" aria-live="polite">
            <Line item={item} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Line({ item }: { item: Item }) {
  const busy = item.state === 'sending' || item.state === 'importing'
  const exists = item.error instanceof ApiError && item.error.status === 409
  return (
    <>
      <div className="flex items-center gap-2">
        {item.state === 'done' && <CircleCheck size={16} className="shrink-0 text-ok" />}
        {item.state === 'failed' && <CircleAlert size={16} className="shrink-0 text-danger" />}
        {busy && <FileUp size={16} className="shrink-0 text-accent" />}
        <span className="min-w-0 flex-1 truncate font-medium">{item.file.name}</span>
        <span className="text-xs text-muted">{bytes(item.file.size)}</span>
        <IconButton label={busy ? 'Cancel upload' : 'Dismiss'} onClick={() => (busy ? item.upload?.cancel() : remove(item.id))}>
          <X size={14} />
        </IconButton>
      </div>
      {busy && (
        <>
          <div
            role="progressbar"
            aria-label={`Upload of ${item.file.name}`}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(item.sent * 100)}
            className="mt-2 h-1 overflow-hidden rounded bg-hover"
          >
            <div className={item.state === 'importing' ? 'running-bar h-full' : 'h-full bg-accent'} style={item.state === 'importing' ? undefined : { width: `${item.sent * 100}%` }} />
          </div>
          <p className="mt-1 text-xs text-muted">{item.state === 'sending' ? `Sending, ${Math.round(item.sent * 100)} %` : 'Reading the file and its columns…'}</p>
        </>
      )}
      {item.state === 'done' && (
        <div className="mt-1.5 flex items-center gap-2">
          <p className="flex-1 text-muted">
            <a {...linkTo(paths.dataset(item.name!))} className="font-medium text-accent underline underline-offset-2">
              {item.name}
            </a>
            , {count(item.rows ?? 0)} rows
          </p>
          <Button tone="primary" onClick={() => void queryDataset(item.name!).then(() => remove(item.id), toastError)}>
            Query this
          </Button>
        </div>
      )}
      {item.state === 'failed' && (
        <>
          <p className="mt-1.5 break-words whitespace-pre-wrap">{exists ? `There is a dataset ${stem(item.file.name)} already.` : messageOf(item.error)}</p>
          {exists && (
            <div className="mt-2 flex flex-wrap gap-2">
              <Button onClick={() => start(item, 'create', freeName(stem(item.file.name)))}>Keep both</Button>
              <Button onClick={() => start(item, 'replace')}>Replace it</Button>
              <Button onClick={() => start(item, 'append')}>Add rows to it</Button>
            </div>
          )}
        </>
      )}
    </>
  )
}
