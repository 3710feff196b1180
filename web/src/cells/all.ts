// The kinds of cells. To add one: a file beside this with its component, and a line here.
import type { ComponentType } from 'react'
import type { Cell, Diagnostic, View } from '../api/types'
import type { Knowledge } from '../editor/completion'
import type { CellLanguage, Fix } from '../language/language'
import type { EditorHandle } from '../editor/editor'
import type { CellFunctions } from '../functions/store'
import type { CellRun } from './machine'
import { FunctionCell } from './function'
import { QueryCell } from './query'
import { TextCell } from './text'

export interface CellProps {
  cell: Cell
  number: number
  run?: CellRun
  /** Why its result is stale although its own text has not changed. */
  staleBecause?: string
  diagnostics: Diagnostic[]
  knowledge: Knowledge
  server: CellLanguage
  /** What a function cell defines, once that is known. */
  functions?: CellFunctions
  /** The cell was just made or entered by keyboard: edit it. */
  editing: boolean
  on: {
    source(source: string): void
    view(view: View): void
    language(language: NonNullable<Cell['language']>): void
    /** Puts an import in the place of the cell. */
    replace(line: string): void
    notebook: string
    run(): void
    cancel(): void
    format(): void
    /** Runs and goes to the next cell. */
    runAndAdvance(): void
    move(by: number): void
    /** The editor gives the focus back to the cell. */
    leave(): void
    editor(handle: EditorHandle | null): void
    jump(cell: string, start: number, end: number): void
    fix(fix: Fix): void
    /** A change that spans cells was undone or done again in this one. */
    step(whole: string, step: 'undo' | 'redo'): void
  }
}

export interface CellKind {
  name: string
  Component: ComponentType<CellProps>
}

export const kinds: Record<Cell['kind'], CellKind> = {
  query: { name: 'Query', Component: QueryCell },
  text: { name: 'Text', Component: TextCell },
  function: { name: 'Function', Component: FunctionCell },
}
