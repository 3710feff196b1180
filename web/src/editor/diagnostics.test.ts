import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../api/types'
import { toEditor } from './diagnostics'

const at = (start: number, end: number): Diagnostic => ({
  code: 'unknown-name',
  severity: 'error',
  message: 'There is no column `delai`.',
  help: 'Did you mean delay?',
  range: { start, end, line: 1, column: start + 1, end_line: 1, end_column: end + 1 },
})

describe('diagnostics in the editor', () => {
  it('stand at their place', () => {
    expect(toEditor([at(18, 23)], 30)[0]).toMatchObject({ from: 18, to: 23, severity: 'error', source: 'unknown-name' })
  })

  it('stay inside a text that has become shorter', () => {
    expect(toEditor([at(18, 23)], 20)[0]).toMatchObject({ from: 18, to: 20 })
    expect(toEditor([at(18, 23)], 5)[0]).toMatchObject({ from: 4, to: 5 })
  })

  it('mark the character before an empty place, and the whole text without one', () => {
    expect(toEditor([at(10, 10)], 10)[0]).toMatchObject({ from: 9, to: 10 })
    expect(toEditor([{ code: 'x', severity: 'error', message: 'm' }], 7)[0]).toMatchObject({ from: 0, to: 7 })
    expect(toEditor([at(0, 0)], 0)[0]).toMatchObject({ from: 0, to: 0 })
  })

  it('show the message with what to do', () => {
    const element = toEditor([at(0, 1)], 3)[0].renderMessage?.(undefined as never) as HTMLElement
    expect(element.textContent).toBe('There is no column delai.Did you mean delay?')
  })
})
