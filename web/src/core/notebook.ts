// The document: a title and cells, changed by pure functions. What the server stores is exactly this.
import type { Cell, NotebookContent, View } from '../api/types'

export interface Document {
  title: string
  cells: Cell[]
}

export type CellKind = Cell['kind']

export function documentOf(content: NotebookContent): Document {
  return { title: content.title, cells: content.cells ?? [] }
}

let counter = 0

/** A cell id that no other tab makes. */
export function newCellId(): string {
  const random = crypto.getRandomValues(new Uint32Array(2))
  return `c${Date.now().toString(36)}${(counter++).toString(36)}${random[0].toString(36)}`
}

export function newCell(kind: CellKind, source = ''): Cell {
  return { id: newCellId(), kind, source, ...(kind === 'function' ? { language: 'python' as const } : {}) }
}

export function indexOf(doc: Document, id: string): number {
  return doc.cells.findIndex((cell) => cell.id === id)
}

export function insertCell(doc: Document, cell: Cell, at: number): Document {
  return { ...doc, cells: doc.cells.toSpliced(Math.min(Math.max(0, at), doc.cells.length), 0, cell) }
}

export function removeCell(doc: Document, id: string): Document {
  return { ...doc, cells: doc.cells.filter((cell) => cell.id !== id) }
}

/** Moves a cell by so many places; it stops at either end. */
export function moveCell(doc: Document, id: string, by: number): Document {
  const from = indexOf(doc, id)
  const to = Math.min(Math.max(0, from + by), doc.cells.length - 1)
  if (from < 0 || from === to) return doc
  return { ...doc, cells: doc.cells.toSpliced(from, 1).toSpliced(to, 0, doc.cells[from]) }
}

export function editCell(doc: Document, id: string, change: Partial<Omit<Cell, 'id'>>): Document {
  let changed = false
  const cells = doc.cells.map((cell) => {
    if (cell.id !== id) return cell
    const next = { ...cell, ...change }
    if (sameCell(cell, next)) return cell
    changed = true
    return next
  })
  return changed ? { ...doc, cells } : doc
}

export function retitle(doc: Document, title: string): Document {
  const trimmed = title.trim().slice(0, 200)
  return trimmed && trimmed !== doc.title ? { ...doc, title: trimmed } : doc
}

/** Puts an import where imports belong: into the first query cell if that holds only imports, else into a new first one. */
export function insertImport(doc: Document, line: string): Document {
  const first = doc.cells.find((cell) => cell.kind === 'query')
  if (first && isOnlyImports(first.source)) {
    if (first.source.split('\n').some((existing) => existing.trim() === line.trim())) return doc
    const source = [first.source.trimEnd(), line].filter(Boolean).join('\n')
    return editCell(doc, first.id, { source })
  }
  const at = first ? indexOf(doc, first.id) : doc.cells.length
  return insertCell(doc, newCell('query', line), at)
}

function isOnlyImports(source: string): boolean {
  const lines = source.split('\n').map((line) => line.trim())
  return lines.some((line) => line.startsWith('import ')) && lines.every((line) => !line || /^(import |\/\/)/.test(line))
}

export function sameView(a?: View, b?: View): boolean {
  return (a?.as ?? 'table') === (b?.as ?? 'table') && a?.x === b?.x && a?.y === b?.y && a?.color === b?.color
}

export function sameCell(a: Cell, b: Cell): boolean {
  return a.id === b.id && a.kind === b.kind && a.source === b.source && (a.language ?? 'dreamql') === (b.language ?? 'dreamql') && sameView(a.view, b.view)
}

export function sameDocument(a: Document, b: Document): boolean {
  return (
    a.title === b.title && a.cells.length === b.cells.length && a.cells.every((cell, i) => sameCell(cell, b.cells[i]))
  )
}
