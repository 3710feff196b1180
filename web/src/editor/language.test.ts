import { foldable } from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { colour } from './colour'
import { dreamqlLanguage } from './language'

const styleOf = (source: string, text: string) => colour(source).find((piece) => piece.text.trim() === text)?.style

describe('colours', () => {
  it('tell stages, fields, keywords, strings and parameters apart', () => {
    const source = "import std/geo (haversine)\nflights -> filter delay > 2 and origin == 'JFK' -> { @origin, n: count(), f: f'${n + 1}!', p: $day }"
    expect(styleOf(source, 'filter')).toBe('tok-function')
    expect(styleOf(source, 'count')).toBe('tok-function')
    expect(styleOf(source, 'n')).toBe('tok-field')
    expect(styleOf(source, 'and')).toBe('tok-keyword')
    expect(styleOf(source, 'import')).toBe('tok-keyword')
    expect(styleOf(source, "'JFK'")).toBe('tok-string')
    expect(styleOf(source, '->')).toBe('tok-pipe')
    expect(styleOf(source, '@')).toBe('tok-group')
    expect(styleOf(source, '$day') ?? styleOf(source, '$')).toBe('tok-parameter')
  })

  it('go on after a mistake, and colour a string that does not end', () => {
    expect(styleOf("a -> filter (b -> take 3\nt -> sort x", 'sort')).toBe('tok-function')
    expect(styleOf("x = 'abc", "'abc")).toBe('tok-string')
  })

  it('lose no text', () => {
    for (const source of ['', '  ', "a -> 'b\n\n}", 'f\'${x}\'', '`a b` -> { … }']) expect(colour(source).map((piece) => piece.text).join('')).toBe(source)
  })
})

describe('folding', () => {
  it('is by brackets', () => {
    const state = EditorState.create({ doc: 'flights -> {\n  a: 1\n  b: 2\n}', extensions: [dreamqlLanguage] })
    expect(foldable(state, 0, 12)).toEqual({ from: 12, to: 27 })
  })
})
