import { describe, expect, it } from 'vitest'
import { smallestChange } from './editor'

const apply = (text: string, change: { from: number; to: number; insert: string }) => text.slice(0, change.from) + change.insert + text.slice(change.to)

describe('text that was changed elsewhere', () => {
  it('replaces no more than it must, so that the cursor stays', () => {
    expect(smallestChange('flights -> take 1', 'flights -> take 11')).toEqual({ from: 17, to: 17, insert: '1' })
    expect(smallestChange('a b c', 'a x c')).toEqual({ from: 2, to: 3, insert: 'x' })
  })

  it('always gives the new text', () => {
    for (const [from, to] of [['', 'x'], ['x', ''], ['aaa', 'aa'], ['aa', 'aaa'], ['abab', 'ab'], ['same', 'same']]) {
      expect(apply(from, smallestChange(from, to))).toBe(to)
    }
  })
})
