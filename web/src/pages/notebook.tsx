// A notebook: its title, a toolbar, and its cells.
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Copy, Download, FileText, ListPlus, Lock, Play, Plus, Square, SquareFunction, Trash } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { ApiError, api, take } from '../api/client'
import { datasetsQuery, functionsQuery, packagesQuery, queryClient } from '../api/queries'
import { isActive, staleBecause } from '../cells/machine'
import type { Connection } from '../cells/run_store'
import type { EditorHandle } from '../editor/editor'
import { editCell, indexOf, insertCell, moveCell, newCell, removeCell, retitle, type CellKind } from '../core/notebook'
import { navigate, paths } from '../core/router'
import type { SaveState } from '../core/saver'
import { useStore } from '../core/store'
import { Button } from '../ui/button'
import { editsOfFix, type Edits, type Target } from '../language/language'
import { useCommands, type Command } from '../ui/commands'
import { mod } from '../ui/help'
import { Menu } from '../ui/menu'
import { Empty, Failure, Loading, useTitle } from '../ui/page'
import { toast, toastError } from '../ui/toast'
import { CellFrame } from './cell_frame'
import { useCheck } from './checking'
import { LockedPackages } from './locked_packages'
import { ConflictDialog } from './conflict'
import { NotFound } from './not_found'
import { deleteNotebook, recent } from './notebook_actions'
import { WholeChanges } from './whole_changes'
import { NotebookSession, createNotebook, loadNotebook } from './notebook_session'

export function NotebookPage({ id }: { id: string }) {
  const [session, setSession] = useState<NotebookSession>()
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    let opened: NotebookSession | undefined
    let left = false
    setError(undefined)
    loadNotebook(id)
      .then((start) => {
        if (left) return
        opened = new NotebookSession(id, start, () => toast('This browser cannot keep a copy of your edits. They are saved to the server only.', { tone: 'error' }))
        setSession(opened)
        recent.set(id)
        return opened.begin()
      })
      .catch((cause: unknown) => (opened ? toastError(cause) : setError(cause)))
    return () => {
      left = true
      opened?.end()
      setSession(undefined)
      void queryClient.invalidateQueries({ queryKey: ['notebooks'] })
    }
  }, [id, attempt])

  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return <NotFound what="notebook" />
  if (error) return <div className="mx-auto max-w-3xl p-8"><Failure error={error} retry={() => setAttempt(attempt + 1)} /></div>
  if (!session) return <div className="mx-auto max-w-4xl p-8"><Loading label="Opening the notebook" /></div>
  return <OpenNotebook key={session.id} session={session} />
}

function OpenNotebook({ session }: { session: NotebookSession }) {
  const doc = useStore(session.doc)
  const save = useStore(session.save)
  const runs = useStore(session.runs.runs)
  const connection = useStore(session.runs.connection)
  const defined = useStore(session.functions.cells)
  const check = useCheck(session.id, doc.cells, session.language)
  const functions = useQuery(functionsQuery).data
  const datasets = useQuery(datasetsQuery).data
  const packages = useQuery(packagesQuery('')).data
  const editors = useRef(new Map<string, EditorHandle>())
  const frames = useRef(new Map<string, HTMLElement>())
  const whole = useRef<WholeChanges>(null)
  whole.current ??= new WholeChanges(editors.current)
  // A notebook that has nothing yet is there to be written in.
  const [entered, setEntered] = useState(() => (doc.cells.length === 1 && doc.cells[0].kind === 'query' && !doc.cells[0].source ? doc.cells[0].id : undefined))
  const [later, setLater] = useState(false)
  const [showsLock, setShowsLock] = useState(false)
  useTitle(doc.title)
  useEffect(() => {
    if (save.kind !== 'conflict') setLater(false)
  }, [save.kind])

  // The focus follows a change at once, so that no key that is typed quickly is lost in between.
  const focusCell = (id: string | undefined) => {
    if (!id) return
    flushSync(() => undefined)
    frames.current.get(id)?.focus()
  }
  const enter = (id: string) => {
    flushSync(() => setEntered(id))
    editors.current.get(id)?.focus()
  }

  const actions = useMemo(() => {
    const add = (kind: CellKind, at: number, source = '') => {
      const cell = newCell(kind, source)
      session.change((d) => insertCell(d, cell, at))
      enter(cell.id)
    }
    const remove = (id: string) => {
      const before = session.doc.get()
      const at = indexOf(before, id)
      const cell = before.cells[at]
      const neighbour = before.cells[at + 1] ?? before.cells[at - 1]
      if (isActive(session.runs.runs.get()[id])) void session.runs.cancel([id])
      session.change((d) => removeCell(d, id))
      focusCell(neighbour?.id)
      toast(`The ${cell.kind} cell was deleted.`, {
        action: {
          label: 'Undo',
          run: () => {
            session.change((d) => (indexOf(d, id) >= 0 ? d : insertCell(d, cell, at)))
            focusCell(id)
          },
        },
      })
    }
    const move = (id: string, by: number) => {
      const wasEditing = document.activeElement?.closest('.cm-editor') != null
      flushSync(() => session.change((d) => moveCell(d, id, by)))
      if (wasEditing) editors.current.get(id)?.focus()
      else frames.current.get(id)?.focus()
      frames.current.get(id)?.scrollIntoView({ block: 'nearest' })
    }
    const advance = (id: string) => {
      const cells = session.doc.get().cells
      const next = cells[indexOf(session.doc.get(), id) + 1]
      if (!next) add('query', cells.length)
      else if (next.kind !== 'text') enter(next.id)
      else focusCell(next.id)
    }
    const jump = (cell: string, start: number, end: number) => {
      frames.current.get(cell)?.scrollIntoView({ block: 'nearest' })
      editors.current.get(cell)?.jump(start, end)
    }
    const format = async (id: string) => {
      const source = session.doc.get().cells.find((cell) => cell.id === id)?.source ?? ''
      const cell = session.doc.get().cells.find((each) => each.id === id)
      if (!source.trim() || (cell?.language ?? 'dreamql') !== 'dreamql') return
      const formatted = await take(api.POST('/api/v1/format', { body: { source } }))
      session.change((d) => editCell(d, id, { source: formatted.source.trimEnd() }))
    }
    const apply = (edits: Edits) => {
      const cells = whole.current!.apply(edits)
      if (cells > 1) toast(`Changed in ${cells} cells. Undo in one of them takes it back in all.`)
    }
    const open = (target: Target) => {
      if (target.kind === 'cell') jump(target.cell, target.from, target.to)
      else navigate(target.kind === 'dataset' ? paths.dataset(target.name) : paths.package(target.scope, target.name))
    }
    session.language.host = { apply, open }
    return { add, remove, move, advance, jump, apply, format: (id: string) => void format(id).catch(toastError) }
  }, [session])

  const busy = Object.values(runs).some(isActive)
  const runAll = () => void session.run()
  const cancelAll = () => void session.runs.cancel().catch(toastError)
  const saveNow = () => void session.flush()

  useEffect(() => {
    const listener = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 's') {
        event.preventDefault()
        saveNow()
      }
    }
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  })

  const duplicate = async () => {
    await session.flush()
    const copy = await createNotebook(`${session.doc.get().title} (copy)`, session.doc.get().cells)
    navigate(paths.notebook(copy.id))
  }
  const removeNotebook = async () => {
    await session.flush()
    await deleteNotebook(session.id, session.doc.get().title)
    navigate(paths.notebooks)
  }
  const commands: Command[] = useMemo(
    () => [
      { id: 'run-all', title: 'Run all cells', group: 'This notebook', run: runAll },
      { id: 'cancel', title: 'Cancel what runs', group: 'This notebook', run: cancelAll },
      { id: 'add-query', title: 'Add a query cell', group: 'This notebook', run: () => actions.add('query', session.doc.get().cells.length) },
      { id: 'add-function', title: 'Add a function cell', group: 'This notebook', run: () => actions.add('function', session.doc.get().cells.length) },
      { id: 'add-text', title: 'Add a text cell', group: 'This notebook', run: () => actions.add('text', session.doc.get().cells.length) },
      { id: 'duplicate', title: 'Duplicate this notebook', group: 'This notebook', run: duplicate },
      { id: 'lock', title: 'Show the locked packages', group: 'This notebook', run: () => setShowsLock(true) },
      { id: 'delete', title: 'Delete this notebook', group: 'This notebook', run: removeNotebook },
    ],
    [session, actions],
  )
  useCommands(commands)

  return (
    <div className="mx-auto w-full max-w-5xl px-3 pt-3 pb-40 sm:px-8">
      <div className="sticky top-0 z-20 -mx-3 mb-4 border-b border-line bg-page/95 px-3 pt-3 pb-2 backdrop-blur sm:-mx-4 sm:px-4">
        <Title title={doc.title} onChange={(title) => session.change((d) => retitle(d, title))} />
        <div role="toolbar" aria-label="Notebook" className="mt-1.5 flex flex-wrap items-center gap-1.5">
          {busy ? (
            <Button tone="danger" icon={<Square size={13} fill="currentColor" />} onClick={cancelAll}>
              Cancel
            </Button>
          ) : (
            <Button tone="primary" icon={<Play size={14} fill="currentColor" />} onClick={runAll} disabled={!doc.cells.some((cell) => cell.kind !== 'text' && cell.source.trim())}>
              Run all
            </Button>
          )}
          <Button icon={<Plus size={15} />} onClick={() => actions.add('query', doc.cells.length)}>
            Query
          </Button>
          <Button icon={<SquareFunction size={14} />} onClick={() => actions.add('function', doc.cells.length)}>
            Function
          </Button>
          <Button icon={<FileText size={14} />} onClick={() => actions.add('text', doc.cells.length)}>
            Text
          </Button>
          <Menu
            align="start"
            trigger={
              <Button tone="ghost" icon={<ChevronDown size={15} />}>
                More
              </Button>
            }
            items={[
              { label: 'Duplicate', icon: <Copy size={14} />, run: () => void duplicate().catch(toastError) },
              { label: 'Download as Markdown', icon: <Download size={14} />, run: () => void session.flush().then(() => window.location.assign(`/api/v1/notebooks/${session.id}/export`)) },
              { label: 'Locked packages', icon: <Lock size={14} />, run: () => setShowsLock(true) },
              { label: 'Delete', icon: <Trash size={14} />, tone: 'danger', run: () => void removeNotebook().catch(toastError) },
            ]}
          />
          <div className="ml-auto flex items-center gap-3">
            <ConnectionNote connection={connection} />
            <SaveNote save={save} onRetry={saveNow} onConflict={() => setLater(false)} />
          </div>
        </div>
      </div>

      {doc.cells.length === 0 ? (
        <Empty
          icon={<ListPlus size={20} />}
          title="An empty notebook"
          actions={
            <>
              <Button tone="primary" icon={<Plus size={15} />} onClick={() => actions.add('query', 0)}>
                Add a query
              </Button>
              <Button icon={<FileText size={14} />} onClick={() => actions.add('text', 0)}>
                Add text
              </Button>
            </>
          }
        >
          Add a query over one of your datasets, or some text to say what it is about. Press <kbd className="key">?</kbd> for the keys.
        </Empty>
      ) : (
        doc.cells.map((cell, i) => (
          <CellFrame
            key={cell.id}
            cell={cell}
            number={i + 1}
            isFirst={i === 0}
            isLast={i === doc.cells.length - 1}
            run={runs[cell.id]}
            staleBecause={staleBecause(runs[cell.id], doc.cells)}
            functions={defined.get(cell.id)}
            diagnostics={check.of(cell.id)}
            editing={entered === cell.id}
            server={session.language.of(cell.id)}
            knowledge={{
              functions: functions ?? [],
              datasets: datasets ?? [],
              packages: packages ?? [],
              cells: doc.cells.slice(0, i).flatMap((c) => (c.kind === 'query' ? c.source : [])),
              columns: check.columns(cell.id),
            }}
            register={(frame, editor) => {
              if (frame !== undefined) frame ? frames.current.set(cell.id, frame) : frames.current.delete(cell.id)
              if (editor !== undefined) editor ? editors.current.set(cell.id, editor) : editors.current.delete(cell.id)
            }}
            on={{
              source: (source) => session.change((d) => editCell(d, cell.id, { source })),
              view: (view) => session.change((d) => editCell(d, cell.id, { view })),
              language: (language) => session.change((d) => editCell(d, cell.id, { language })),
              replace: (line) => session.change((d) => editCell(d, cell.id, { kind: 'query', source: line, language: undefined })),
              notebook: session.id,
              run: () => void session.run([cell.id]),
              cancel: () => void session.runs.cancel([cell.id]).catch(toastError),
              format: () => actions.format(cell.id),
              advance: () => actions.advance(cell.id),
              move: (by) => actions.move(cell.id, by),
              remove: () => actions.remove(cell.id),
              add: (kind, below) => actions.add(kind, i + (below ? 1 : 0)),
              enter: () => enter(cell.id),
              leave: () => setEntered(undefined),
              neighbour: (by) => focusCell(doc.cells[i + by]?.id),
              jump: actions.jump,
              fix: (fix) => actions.apply(editsOfFix(fix, cell.id)),
              step: (change, step) => whole.current!.follow(cell.id, change, step),
            }}
          />
        ))
      )}
      <LockedPackages notebook={session.id} open={showsLock} onClose={() => setShowsLock(false)} />
      {save.kind === 'conflict' && !later && (
        <ConflictDialog conflicts={save.conflicts} title={doc.title} onLater={() => setLater(true)} onSettle={(choice) => void session.settle(choice)} />
      )}
    </div>
  )
}

function Title({ title, onChange }: { title: string; onChange(title: string): void }) {
  const [text, setText] = useState(title)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (document.activeElement !== input.current) setText(title)
  }, [title])
  return (
    <h1>
      <input
        ref={input}
        aria-label="Title of the notebook"
        value={text}
        maxLength={200}
        onChange={(event) => {
          setText(event.target.value)
          onChange(event.target.value)
        }}
        onBlur={() => setText(title)}
        onKeyDown={(event) => (event.key === 'Enter' || event.key === 'Escape') && event.currentTarget.blur()}
        className="-mx-1.5 w-full truncate rounded-md bg-transparent px-1.5 text-xl font-semibold tracking-tight hover:bg-hover focus:bg-panel"
      />
    </h1>
  )
}

function SaveNote({ save, onRetry, onConflict }: { save: SaveState; onRetry(): void; onConflict(): void }) {
  const words: Record<SaveState['kind'], string> = {
    saved: 'Saved',
    waiting: 'Saving…',
    saving: 'Saving…',
    offline: 'Offline, will retry',
    refused: 'Not saved',
    conflict: 'Changed elsewhere',
  }
  const detail = save.kind === 'offline' || save.kind === 'refused' ? save.message : undefined
  const action = save.kind === 'conflict' ? onConflict : detail ? onRetry : undefined
  return (
    <span role="status" aria-label="Saving" className={`text-xs ${detail || save.kind === 'conflict' ? 'font-medium text-danger' : 'text-muted'}`} title={detail ?? `Saved as you type (${mod} S saves at once)`}>
      {words[save.kind]}
      {action && (
        <button type="button" className="ml-2 underline underline-offset-2" onClick={action}>
          {save.kind === 'conflict' ? 'Settle' : 'Try now'}
        </button>
      )}
    </span>
  )
}

function ConnectionNote({ connection }: { connection: Connection }) {
  if (connection === 'idle') return null
  const live = connection === 'live'
  return (
    <span role="status" aria-label="Connection" className={`inline-flex items-center gap-1.5 text-xs ${live ? 'text-muted' : 'font-medium text-warn'}`}>
      <span aria-hidden className={`size-1.5 rounded-full ${live ? 'bg-ok' : 'animate-pulse bg-warn'}`} />
      {live ? 'Live' : 'Reconnecting; the run goes on'}
    </span>
  )
}

