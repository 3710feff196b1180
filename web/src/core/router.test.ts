import { describe, expect, it } from 'vitest'
import { pageOf, paths } from './router'

describe('addresses', () => {
  it('lead to their pages and back', () => {
    expect(pageOf('/')).toEqual({ name: 'notebooks' })
    expect(pageOf(paths.notebook('a1'))).toEqual({ name: 'notebook', id: 'a1' })
    expect(pageOf(paths.package('std', 'geo'))).toEqual({ name: 'package', scope: 'std', package: 'geo' })
    expect(pageOf(paths.dataset('a/b c'))).toEqual({ name: 'dataset', dataset: 'a/b c' })
    expect(pageOf(paths.account)).toEqual({ name: 'account' })
  })

  it('say so when there is no page', () => {
    for (const path of ['/nowhere', '/packages/std', '/notebooks/a/b']) expect(pageOf(path)).toEqual({ name: 'missing' })
    expect(pageOf('/datasets/%E0%A4%A')).toEqual({ name: 'dataset', dataset: '%E0%A4%A' }) // not a valid encoding
  })
})
