import { describe, expect, it } from 'vitest'
import type { RunCell, RunEvent } from '../api/types'
import { elapsed, isStale, refused, requested, shown, withEvent, withResults, withRun, type Runs } from './machine'

const cell = { id: 'a', kind: 'query' as const, source: 'flights' }
const result = { columns: [{ name: 'n', type: 'int' }], rows: 3, expired: false }
const at = '2026-03-01T10:00:00Z'

function event(state: RunCell['state'], more: Partial<RunCell> = {}, run = 'r1'): RunEvent {
  return { seq: 1, type: 'cell.state', run_id: run, at, cell: { cell_id: 'a', state, ...more } }
}

const accepted = (runs: Runs, id = 'r1', order = 1) =>
  withRun(runs, { id, state: 'queued', created_at: at, cells: [{ cell_id: 'a', state: 'queued' }] }, order)

describe('a cell', () => {
  it('goes from idle over queued and running to done', () => {
    let runs = requested({}, [cell], 1)
    expect(runs.a).toMatchObject({ phase: 'queued', source: 'flights' })
    expect(runs.a.runId).toBeUndefined()
    runs = accepted(runs)
    expect(runs.a.runId).toBe('r1')
    runs = withEvent(runs, event('running', { started_at: at, progress: { tasks_done: 0, tasks_total: 6 } }), 1)
    expect(runs.a).toMatchObject({ phase: 'running', done: 0, total: 6 })
    expect(elapsed(runs.a, Date.parse(at) + 1500)).toBe(1500)
    runs = withEvent(runs, event('running', { progress: { tasks_done: 4, tasks_total: 6 } }), 1)
    expect(runs.a.done).toBe(4)
    runs = withEvent(runs, event('succeeded', { result, finished_at: '2026-03-01T10:00:02Z' }), 1)
    expect(runs.a).toMatchObject({ phase: 'done', result })
    expect(elapsed(runs.a, 0)).toBe(2000)
  })

  it('does not go back when an event comes late', () => {
    let runs = withEvent(accepted(requested({}, [cell], 1)), event('succeeded', { result }), 1)
    runs = withEvent(runs, event('running', { progress: { tasks_done: 1, tasks_total: 6 } }), 1)
    expect(runs.a.phase).toBe('done')
  })

  it('ignores news of an older run', () => {
    let runs = accepted(requested({}, [cell], 1), 'r1', 1)
    runs = accepted(requested(runs, [cell], 2), 'r2', 2)
    runs = withEvent(runs, event('failed', {}, 'r1'), 1)
    expect(runs.a).toMatchObject({ runId: 'r2', phase: 'queued' })
  })

  it('shows the rows of the run before until it has its own', () => {
    let runs = withEvent(accepted(requested({}, [cell], 1)), event('succeeded', { result }), 1)
    runs = requested(runs, [cell], 2)
    expect(shown(runs.a)?.runId).toBe('r1')
    runs = withEvent(accepted(runs, 'r2', 2), event('succeeded', { result: { ...result, rows: 9 } }, 'r2'), 2)
    expect(shown(runs.a)).toMatchObject({ runId: 'r2', result: { rows: 9 } })
    expect(runs.a.before).toBeUndefined()
  })

  it('does not show old rows below a failure', () => {
    let runs = withEvent(accepted(requested({}, [cell], 1)), event('succeeded', { result }), 1)
    runs = withEvent(accepted(requested(runs, [cell], 2), 'r2', 2), event('failed', {}, 'r2'), 2)
    expect(runs.a.phase).toBe('failed')
    expect(shown(runs.a)).toBeUndefined()
  })

  it('is stale when its text is no longer what was run', () => {
    const runs = withEvent(accepted(requested({}, [cell], 1)), event('succeeded', { result }), 1)
    expect(isStale(runs.a, cell)).toBe(false)
    expect(isStale(runs.a, { ...cell, source: 'flights \n' })).toBe(false)
    expect(isStale(runs.a, { ...cell, source: 'airports' })).toBe(true)
  })

  it('ends with its run even if its own event was lost', () => {
    const runs = withEvent(accepted(requested({}, [cell], 1)), { seq: 9, type: 'run.state', state: 'cancelled', run_id: 'r1', at }, 1)
    expect(runs.a.phase).toBe('cancelled')
  })

  it('says why when the server refuses the run', () => {
    const problem = { code: 'forbidden', severity: 'error' as const, message: 'This token may not run queries.' }
    const runs = refused(requested({}, [cell], 7), ['a'], 7, problem)
    expect(runs.a).toMatchObject({ phase: 'failed', diagnostics: [problem] })
  })
})

describe('a page that is opened again', () => {
  it('finds results, and runs that still go on', () => {
    const runs = withResults({}, {
      cells: [{ cell_id: 'a', run_id: 'r1', state: 'succeeded', source: 'flights', started_at: at, result }],
      active_runs: [
        { id: 'r2', state: 'running', created_at: '2026-03-01T10:05:00Z', cells: [{ cell_id: 'b', state: 'running', progress: { tasks_done: 2, tasks_total: 6 } }] },
      ],
    })
    expect(shown(runs.a)?.result?.rows).toBe(3)
    expect(runs.b).toMatchObject({ phase: 'running', runId: 'r2', done: 2 })
  })
})
