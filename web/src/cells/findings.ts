// What is underlined in a cell: what its run found, until the text changes, and what the checker finds now.
import type { Cell, Diagnostic } from '../api/types'
import type { CellRun } from './machine'

export function underlinedOf(cell: Cell, run: CellRun | undefined, stale: boolean, now: Diagnostic[]): Diagnostic[] {
  const own = run?.phase === 'failed' && !stale ? run.diagnostics.filter((d) => !d.cell_id || d.cell_id === cell.id) : []
  const seen = new Set(own.map((d) => `${d.code} ${d.range?.start}`))
  return [...own, ...now.filter((d) => !seen.has(`${d.code} ${d.range?.start}`))]
}
