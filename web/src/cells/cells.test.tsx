import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Diagnostic } from '../api/types'
import type { CellProps } from './all'
import type { CellRun } from './machine'
import { Errors } from './result/errors'
import { Status } from './status'
import { TextCell } from './text'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

let unmount = () => {}

function show(element: ReactNode): HTMLElement {
  const host = document.createElement('div')
  document.body.append(host)
  const root = createRoot(host)
  act(() => root.render(element))
  unmount = () => {
    act(() => root.unmount())
    host.remove()
  }
  return host
}

afterEach(() => unmount())

const run = (more: Partial<CellRun>): CellRun => ({ phase: 'running', order: 1, source: 'flights', done: 0, total: 0, diagnostics: [], ...more })

describe('the status of a cell', () => {
  it('shows tasks while it runs', () => {
    const host = show(<Status run={run({ done: 2, total: 6, startedAt: Date.now() })} stale={false} />)
    expect(host.textContent).toContain('Running')
    expect(host.textContent).toContain('2 of 6 tasks')
    expect(host.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('2')
  })

  it('shows rows, time and workers when it is done, and that the text has changed since', () => {
    const task = (worker: string) => ({ stage: 0, task: 0, worker, attempt: 1, ms: 1 })
    const stats = { plan_ms: 1, exec_ms: 2, total_ms: 1400, rows_read: 3_000_000, rows_out: 1, bytes_read: 1, peak_bytes: 1, tasks: [task('a'), task('b')] }
    const host = show(<Status run={run({ phase: 'done', stats })} stale />)
    for (const text of ['Done', '1.4 s', '3,000,000 rows read', '2 tasks on 2 workers', 'Changed since this run']) expect(host.textContent).toContain(text)
  })
})

describe('the errors of a cell', () => {
  it('say what to do and lead to the place', () => {
    const jump = vi.fn()
    const found: Diagnostic = {
      code: 'DQL2002',
      severity: 'error',
      message: 'there is no column `delai`',
      help: 'did you mean `delay`?',
      range: { start: 18, end: 23, line: 1, column: 19, end_line: 1, end_column: 24 },
    }
    const host = show(<Errors diagnostics={[found]} cell="c1" onJump={jump} />)
    expect(host.querySelector('[role=alert]')?.textContent).toContain('did you mean delay?')
    act(() => host.querySelector('button')!.click())
    expect(jump).toHaveBeenCalledWith('c1', 18, 23)
  })
})

describe('a text cell', () => {
  it('is rendered without anything that runs', () => {
    const source = '# Title\n\n<img src=x onerror=alert(1)>'
    const props = { cell: { id: 't', kind: 'text', source }, number: 1, diagnostics: [], editing: false, on: {} } as unknown as CellProps
    const host = show(<TextCell {...props} />)
    expect(host.querySelector('h1')?.textContent).toBe('Title')
    expect(host.innerHTML).not.toContain('onerror')
  })
})
