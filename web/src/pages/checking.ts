// Live findings of the checker for the cells of an open notebook, a moment after the last edit. They come from the language server;
// while that cannot be reached, they are asked for over HTTP. What was found last stays until the other has answered.
import { useEffect, useMemo, useState } from 'react'
import { api, take } from '../api/client'
import type { Cell, CheckResult, Diagnostic } from '../api/types'
import { useStore } from '../core/store'
import type { NotebookLanguage } from '../language/language'

const after = 350
const none: CheckResult = { diagnostics: [], cells: [] }

export function useCheck(notebook: string, cells: Cell[], language: NotebookLanguage): { of(cell: string): Diagnostic[]; columns(cell: string): { name: string; type: string }[] } {
  const isDown = useStore(language.connection.state) === 'down'
  const findings = useStore(language.findings)
  const [result, setResult] = useState<CheckResult>()
  // Only the text matters: a new chart or title changes no finding.
  const text = JSON.stringify(cells.filter((cell) => cell.kind !== 'text').map(({ id, kind, language, source }) => ({ id, kind, language, source })))
  useEffect(() => {
    if (!isDown) return setResult(undefined)
    const abort = new AbortController()
    const body = { notebook, cells: JSON.parse(text) as Cell[] }
    if (body.cells.every((cell) => !cell.source.trim())) return setResult(none)
    const timer = setTimeout(() => {
      take(api.POST('/api/v1/check', { body, signal: abort.signal })).then(setResult, () => {}) // the run will tell
    }, after)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [notebook, text, isDown])
  return useMemo(() => {
    const byCell = result ? Map.groupBy(result.diagnostics, (found) => found.cell_id ?? '') : findings
    const empty: Diagnostic[] = []
    return {
      of: (cell) => byCell.get(cell) ?? empty,
      columns: (cell) => result?.cells.find((checked) => checked.cell_id === cell)?.columns ?? [],
    }
  }, [result, findings])
}
