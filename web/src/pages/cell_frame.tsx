// The frame around a cell: what is the same for every kind. It can be focused, and then answers to keys.
import { ArrowDown, ArrowUp, FileText, Plus, SquareFunction, Trash } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'
import type { Cell, Diagnostic, View } from '../api/types'
import { kinds } from '../cells/all'
import type { CellFunctions } from '../functions/store'
import type { CellRun } from '../cells/machine'
import type { CellKind } from '../core/notebook'
import type { Knowledge } from '../editor/completion'
import type { EditorHandle } from '../editor/editor'
import type { CellLanguage, Fix } from '../language/language'
import { IconButton } from '../ui/button'

interface Props {
  cell: Cell
  number: number
  isFirst: boolean
  isLast: boolean
  run?: CellRun
  staleBecause?: string
  diagnostics: Diagnostic[]
  knowledge: Knowledge
  server: CellLanguage
  functions?: CellFunctions
  editing: boolean
  register(frame?: HTMLElement | null, editor?: EditorHandle | null): void
  on: {
    source(source: string): void
    view(view: View): void
    language(language: NonNullable<Cell['language']>): void
    replace(line: string): void
    notebook: string
    run(): void
    cancel(): void
    format(): void
    advance(): void
    move(by: number): void
    remove(): void
    add(kind: CellKind, below: boolean): void
    enter(): void
    leave(): void
    neighbour(by: number): void
    jump(cell: string, start: number, end: number): void
    fix(fix: Fix): void
    step(whole: string, step: 'undo' | 'redo'): void
  }
}

export function CellFrame({ cell, number, isFirst, isLast, run, staleBecause, diagnostics, knowledge, server, functions, editing, register, on }: Props) {
  const kind = kinds[cell.kind]
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return
    const act = commandOf(event, on)
    if (!act) return
    event.preventDefault()
    act()
  }
  let frame: HTMLElement | null = null
  return (
    <section
      ref={(element) => {
        frame = element
        register(element)
      }}
      tabIndex={0}
      aria-label={`${kind.name} cell ${number}`}
      data-cell={cell.id}
      onKeyDown={onKeyDown}
      className="group/cell relative mb-1 scroll-mt-28 rounded-lg focus-visible:outline-offset-4"
    >
      <kind.Component
        cell={cell}
        number={number}
        run={run}
        staleBecause={staleBecause}
        functions={functions}
        diagnostics={diagnostics}
        knowledge={knowledge}
        server={server}
        editing={editing}
        on={{
          ...on,
          runAndAdvance: () => {
            if (cell.kind !== 'text') on.run()
            on.advance()
          },
          leave: () => {
            on.leave()
            frame?.focus()
          },
          editor: (handle) => register(undefined, handle),
        }}
      />
      <div className="quiet-actions flex items-center gap-1 py-0.5 pl-1">
        <AddButton label="Add a query below" onClick={() => on.add('query', true)}>
          <Plus size={13} /> Query
        </AddButton>
        <AddButton label="Add a function below" onClick={() => on.add('function', true)}>
          <SquareFunction size={12} /> Function
        </AddButton>
        <AddButton label="Add text below" onClick={() => on.add('text', true)}>
          <FileText size={12} /> Text
        </AddButton>
        <span className="ml-auto flex">
          <IconButton label="Move up" hint="Alt ↑" disabled={isFirst} onClick={() => on.move(-1)}>
            <ArrowUp size={14} />
          </IconButton>
          <IconButton label="Move down" hint="Alt ↓" disabled={isLast} onClick={() => on.move(1)}>
            <ArrowDown size={14} />
          </IconButton>
          <IconButton label="Delete cell" hint="Delete" onClick={on.remove}>
            <Trash size={14} />
          </IconButton>
        </span>
      </div>
    </section>
  )
}

function AddButton({ label, onClick, children }: { label: string; onClick(): void; children: ReactNode }) {
  return (
    <button type="button" aria-label={label} title={label} onClick={onClick} className="inline-flex h-7 items-center gap-1 rounded-md px-2 text-xs text-muted hover:bg-hover hover:text-ink">
      {children}
    </button>
  )
}

/** What a key does while the cell itself has the focus. */
function commandOf(event: KeyboardEvent, on: Props['on']): (() => void) | undefined {
  const { key, altKey } = event
  const mod = event.ctrlKey || event.metaKey
  if (key === 'Enter' && mod) return on.run
  if (key === 'Enter' && event.shiftKey)
    return () => {
      on.run()
      on.advance()
    }
  if (altKey && key === 'ArrowUp') return () => on.move(-1)
  if (altKey && key === 'ArrowDown') return () => on.move(1)
  if (mod || altKey) return undefined
  switch (key) {
    case 'Enter':
      return on.enter
    case 'ArrowUp':
    case 'k':
      return () => on.neighbour(-1)
    case 'ArrowDown':
    case 'j':
      return () => on.neighbour(1)
    case 'a':
      return () => on.add('query', false)
    case 'b':
      return () => on.add('query', true)
    case 'f':
      return () => on.add('function', true)
    case 't':
      return () => on.add('text', true)
    case 'Delete':
      return on.remove
    default:
      return undefined
  }
}
