import { describe, expect, it } from 'vitest'
import { isBehind, upgraded } from './locked_packages'

describe('an upgrade of locked packages', () => {
  it('is offered where there is something newer', () => {
    expect(isBehind({ version: '1.0.0', newest: '1.1.0' })).toBe(true)
    expect(isBehind({ version: '1.1.0', newest: '1.1.0' })).toBe(false)
  })

  it('says what it has changed', () => {
    const before = [{ package: 'std/geo', version: '1.0.0' }, { package: 'std/text', version: '1.0.0' }]
    expect(upgraded(before, before)).toBe('The imports allow nothing newer.')
    expect(upgraded(before, [{ package: 'std/geo', version: '1.2.0' }, { package: 'std/text', version: '1.0.0' }])).toBe('Upgraded std/geo to 1.2.0.')
  })
})
