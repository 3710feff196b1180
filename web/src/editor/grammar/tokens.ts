// The tokens that depend on what surrounds them. The rules are those of engine/syntax/parser.go.
import { ContextTracker, ExternalTokenizer, type InputStream } from '@lezer/lr'
import {
  BadString,
  argComma,
  braceClose,
  braceOpen,
  callOpen,
  indexOpen,
  interpOpen,
  lineBreak,
  lineEnd,
  memberDot,
  optionalDot,
  parenClose,
  parenOpen,
  patternOpen,
  squareClose,
  squareOpen,
} from './generated/parser.terms'

type Kind = 'list' | 'braces' | 'interpolation'

/** The bracket that a place is in; null outside all of them. */
class Bracket {
  readonly hash: number
  constructor(
    readonly outer: Bracket | null,
    readonly kind: Kind,
  ) {
    this.hash = ((outer?.hash ?? 0) * 31 + kind.length) | 0
  }
}

const opened: Record<number, Kind> = {
  [parenOpen]: 'list',
  [callOpen]: 'list',
  [squareOpen]: 'list',
  [indexOpen]: 'list',
  [braceOpen]: 'braces',
  [patternOpen]: 'braces',
  [interpOpen]: 'interpolation',
}

export const brackets = new ContextTracker<Bracket | null>({
  start: null,
  shift(bracket, term) {
    const kind = opened[term]
    if (kind) return new Bracket(bracket, kind)
    if (term === parenClose || term === squareClose || term === braceClose) return bracket?.outer ?? null
    return bracket
  },
  hash: (bracket) => bracket?.hash ?? 0,
})

const newline = 10
const code = (text: string): number => text.charCodeAt(0)

// A line end separates two statements, entries or arms where a separator can stand, unless the next line goes on with what is
// before it. In round and square brackets it is white space.
export const lineEnds = new ExternalTokenizer(
  (input, stack) => {
    if (input.next !== newline) return
    const kind = (stack.context as Bracket | null)?.kind
    if (kind === 'interpolation') return // a string ends on its line
    const separates = kind !== 'list' && stack.canShift(lineEnd) && !goesOn(input)
    input.acceptToken(separates ? lineEnd : lineBreak, 1)
  },
  { contextual: true },
)

/** Whether what follows the line ends and comments here is something that an expression goes on with. */
function goesOn(input: InputStream): boolean {
  let at = 0
  const is = (text: string) => [...text].every((char, i) => input.peek(at + i) === code(char))
  for (;;) {
    const char = input.peek(at)
    if (char === newline || char === 32 || char === 9 || char === 13) at++
    else if (is('//')) while (input.peek(at) >= 0 && input.peek(at) !== newline) at++
    else if (is('/*')) {
      at += 2
      while (input.peek(at) >= 0 && !is('*/')) at++
      at += 2
    } else break
  }
  const char = input.peek(at)
  if (char < 0) return true // the end of the text: there is nothing to separate
  if (is('->') || is('=>') || is('==') || is('!=') || is('??')) return true
  if (is('...')) return false
  if (is('..') || ')]}+*/%<>'.includes(String.fromCharCode(char))) return true
  const word = (text: string) => is(text) && !inName(input.peek(at + text.length))
  if (word('not')) {
    for (at += 3; [32, 9, 13].includes(input.peek(at)); at++);
    return word('in')
  }
  return ['and', 'or', 'in', 'is', 'else'].some(word)
}

const inName = (char: number): boolean => char === 95 || (char >= 48 && char <= 57) || (char >= 65 && char <= 90) || (char >= 97 && char <= 122) || char > 160

// A call, an index and a member touch what they belong to: `f(x)` calls, `filter (x)` gives filter an argument.
export const touching = new ExternalTokenizer(
  (input, stack) => {
    const accept = (term: number, length: number) => stack.canShift(term) && input.acceptToken(term, length)
    switch (input.next) {
      case code('('):
        if (touches(input)) accept(callOpen, 1)
        return
      case code('['):
        if (touches(input)) accept(indexOpen, 1)
        return
      case code('.'):
        if (touches(input) && input.peek(1) !== code('.')) accept(memberDot, 1)
        return
      case code('?'):
        if (touches(input) && input.peek(1) === code('.')) accept(optionalDot, 2)
        return
      case code('{'):
        if (stack.canShift(patternOpen) && isBound(input)) input.acceptToken(patternOpen, 1)
        return
      case code(','):
        // Outside of brackets commas separate the arguments of a stage; inside they belong to the bracket.
        if (stack.context === null) accept(argComma, 1)
    }
  },
  { contextual: true },
)

function touches(input: InputStream): boolean {
  const before = input.peek(-1)
  return before > 32 && !(before === code('/') && input.peek(-2) === code('*'))
}

/** How far ahead the end of a pattern such as `{a, b} = record` is looked for. */
const longestPattern = 2000

/** Whether the braces that open here stand before a single `=`. */
function isBound(input: InputStream): boolean {
  let depth = 0
  let quoted = false
  let at = 0
  for (; at < longestPattern; at++) {
    const char = input.peek(at)
    if (char < 0) return false
    if (char === code("'")) quoted = !quoted
    else if (quoted) {
      if (char === code('\\')) at++
    } else if (char === code('{')) depth++
    else if (char === code('}') && --depth === 0) break
  }
  for (at++; input.peek(at) === 32 || input.peek(at) === 9; at++);
  return input.peek(at) === code('=') && input.peek(at + 1) !== code('=') && input.peek(at + 1) !== code('>')
}

// A string that is not closed, or has an escape that does not exist, is coloured to the end of its line.
export const unfinished = new ExternalTokenizer(
  (input) => {
    let at = 0
    while (at < 2 && 'rbdtsf'.includes(String.fromCharCode(input.peek(at)))) at++
    if (input.peek(at) !== code("'")) return
    for (at++; input.peek(at) >= 0 && input.peek(at) !== newline; at++) {
      if (input.peek(at) === code("'")) {
        at++
        break
      }
      if (input.peek(at) === code('\\') && input.peek(at + 1) !== newline) at++
    }
    input.acceptToken(BadString, at)
  },
  { fallback: true },
)
