import { describe, expect, it } from 'vitest'
import { changedUses, staleBecause, type CellRun } from '../cells/machine'
import { digest } from '../core/digest'
import { afterwards, emptyDraft, requestOf } from './draft'
import { diagnosticOf } from './store'

describe('a package of a cell', () => {
  const functions = [{ name: 'With_tax', signature: '(x: float) => float', kind: 'python' as const, shape: 'scalar' as const, doc: 'The price.\nMore.', examples: [{ call: 'With_tax(1)', result: '2' }] }]
  it('begins with what the text says', () => {
    expect(emptyDraft(functions, '')).toMatchObject({ scope: undefined, name: 'with_tax', version: '0.1.0', description: 'The price.', functions: [{ examples: [{ call: 'With_tax(1)', result: '2' }] }] })
  })
  it('sends signatures of DreamQL only, because the others have theirs in their text', () => {
    const draft = emptyDraft(functions, 'acme')
    expect(requestOf(draft, { id: 'a', kind: 'function', source: '', language: 'python' }).functions[0]).not.toHaveProperty('signature')
    expect(requestOf(draft, { id: 'a', kind: 'function', source: '' }).functions[0].signature).toBe('(x: float) => float')
  })
  it('proposes the next version', () => {
    expect(afterwards('1.4.2')).toBe('1.5.0')
  })
})

describe('what the compiler says', () => {
  it('has its place in the text of the cell, and none behind it', () => {
    expect(diagnosticOf({ error: true, text: 'no', start: 3, end: 5 }, 'a\nbcdef', 'c').range).toMatchObject({ line: 2, column: 2, start: 3 })
    expect(diagnosticOf({ error: true, text: 'no', start: 30, end: 35 }, 'a\nbcdef', 'c').range).toBeUndefined()
  })
})

describe('a cell that uses others', () => {
  const f = { id: 'f', kind: 'function' as const, source: 'def f' }
  const run: CellRun = {
    phase: 'done', order: 1, source: 'f(1)', done: 1, total: 1, diagnostics: [],
    stats: { plan_ms: 0, exec_ms: 0, rows_read: 0, rows_out: 0, bytes_read: 0, peak_bytes: 0, uses: [{ cell_id: 'f', digest: digest('def f') }] },
  }
  it('is stale once one of them has another text', () => {
    expect(changedUses(run, [f])).toEqual([])
    expect(staleBecause(run, [{ ...f, source: 'def f \n' }])).toBeUndefined()
    expect(staleBecause(run, [{ ...f, source: 'def g' }])).toBe('Cell 1, which it uses, changed since this run')
    expect(staleBecause(run, [])).toContain('deleted')
    expect(staleBecause({ ...run, phase: 'running' }, [])).toBeUndefined()
  })
})
