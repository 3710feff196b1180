// Three-way merge of a notebook that was changed here and elsewhere since both were the same (the base). Cells are the unit:
// changes of different cells go together; the same cell changed in two ways is a conflict for a person to settle.
import type { Cell } from '../api/types'
import { newCellId, sameCell, type Document } from './notebook'

export interface Conflict {
  /** The cell, or 'title'. */
  id: string
  mine?: Cell
  theirs?: Cell
  what: 'edited in both' | 'edited here, deleted there' | 'deleted here, edited there' | 'title'
}

export interface Merge {
  /** Both sides; where they conflict, theirs. */
  merged: Document
  conflicts: Conflict[]
}

export function merge(base: Document, mine: Document, theirs: Document): Merge {
  const conflicts: Conflict[] = []
  const find = (doc: Document) => new Map(doc.cells.map((cell) => [cell.id, cell]))
  const [inBase, inMine, inTheirs] = [find(base), find(mine), find(theirs)]

  const settled = new Map<string, Cell>()
  for (const id of new Set([...inTheirs.keys(), ...inMine.keys()])) {
    const [b, m, t] = [inBase.get(id), inMine.get(id), inTheirs.get(id)]
    const iChanged = !same(b, m)
    const theyChanged = !same(b, t)
    if (iChanged && theyChanged && !same(m, t)) conflicts.push({ id, mine: m, theirs: t, what: whatHappened(m, t) })
    const result = iChanged && !theyChanged ? m : t
    if (result) settled.set(id, result)
  }
  return { merged: { title: title(), cells: inOrder(settled, base, mine, theirs) }, conflicts }

  function title(): string {
    if (mine.title === base.title || mine.title === theirs.title) return theirs.title
    if (theirs.title === base.title) return mine.title
    conflicts.push({ id: 'title', what: 'title' })
    return theirs.title
  }
}

const same = (a?: Cell, b?: Cell): boolean => (a && b ? sameCell(a, b) : a === b)

function whatHappened(mine?: Cell, theirs?: Cell): Conflict['what'] {
  if (!theirs) return 'edited here, deleted there'
  if (!mine) return 'deleted here, edited there'
  return 'edited in both'
}

/** Their order, unless only we moved cells; cells that the leading order does not know follow their neighbour. */
function inOrder(cells: Map<string, Cell>, base: Document, mine: Document, theirs: Document): Cell[] {
  const theyMoved = !sameOrder(base, theirs)
  const [leading, other] = theyMoved ? [theirs, mine] : [mine, theirs]
  const order = leading.cells.map((cell) => cell.id).filter((id) => cells.has(id))
  other.cells.forEach((cell, i) => {
    if (!cells.has(cell.id) || order.includes(cell.id)) return
    const before = other.cells.slice(0, i).findLast((earlier) => order.includes(earlier.id))
    order.splice(before ? order.indexOf(before.id) + 1 : 0, 0, cell.id)
  })
  return order.map((id) => cells.get(id)!)
}

/** Whether the cells that both have stand in the same order. */
function sameOrder(a: Document, b: Document): boolean {
  const inB = new Set(b.cells.map((cell) => cell.id))
  const inA = new Set(a.cells.map((cell) => cell.id))
  const left = a.cells.filter((cell) => inB.has(cell.id))
  const right = b.cells.filter((cell) => inA.has(cell.id))
  return left.every((cell, i) => cell.id === right[i].id)
}

/** Settles a merge by keeping my version of each conflicting cell as a copy below theirs. */
export function keepBoth({ merged, conflicts }: Merge): Document {
  const cells = [...merged.cells]
  for (const { id, mine } of conflicts) {
    if (!mine) continue
    const at = cells.findIndex((cell) => cell.id === id)
    if (at < 0) cells.push(mine) // they deleted it; it comes back as it is
    else cells.splice(at + 1, 0, { ...mine, id: newCellId() })
  }
  return { ...merged, cells }
}
