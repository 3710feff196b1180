import { expect, it } from 'vitest'
import { digest } from './digest'

it('marks a text as the server does', () => {
  expect(digest('')).toBe('0-811c9dc5')
  expect(digest(' a\n')).toBe('1-e40c292c')
  expect(digest('é → 🙂')).toBe('11-dd23b91b')
})
