// Python and AssemblyScript for CodeMirror: colours, brackets and comments, by their words. What a text means is the server's matter.
import { LanguageSupport, StreamLanguage, indentUnit, syntaxHighlighting, type StringStream } from '@codemirror/language'
import { colours } from './language'

interface Rules {
  keywords: Set<string>
  types: Set<string>
  literals: Set<string>
  comment: string
  block?: [string, string]
  /** What may begin a text of several lines. */
  long: string[]
}

const words = (text: string) => new Set(text.split(' '))

const python: Rules = {
  keywords: words('and as assert async await break class continue def del elif else except finally for from global if import in is lambda match case nonlocal not or pass raise return try while with yield'),
  types: words('int float str bool bytes date datetime list dict set tuple Optional Iterator'),
  literals: words('True False None'),
  comment: '#',
  long: ['"""', "'''"],
}

const assemblyscript: Rules = {
  keywords: words('as break case class const continue default do else enum export extends for function if implements import in instanceof let namespace new of operator private protected public readonly return static super switch this throw try typeof var void while type interface'),
  types: words('f64 f32 i64 i32 u64 u32 i16 u16 i8 u8 bool string usize isize v128 Array StaticArray Map Set Math String NativeMath Mathf'),
  literals: words('true false null NaN Infinity'),
  comment: '//',
  block: ['/*', '*/'],
  long: ['`'],
}

interface State {
  /** What ends the text or comment that the line is in. */
  until?: { end: string; style: string }
  defines: boolean
}

function languageOf(name: string, rules: Rules, indent: string): LanguageSupport {
  const rest = (stream: StringStream, state: State): string => {
    const { end, style } = state.until!
    while (!stream.eol()) {
      if (stream.match(end)) {
        state.until = undefined
        return style
      }
      if (stream.next() === '\\') stream.next()
    }
    return style
  }
  const language = StreamLanguage.define<State>({
    name,
    startState: () => ({ defines: false }),
    token(stream, state) {
      if (state.until) return rest(stream, state)
      if (stream.eatSpace()) return null
      if (stream.match(rules.comment)) {
        stream.skipToEnd()
        return 'comment'
      }
      if (rules.block && stream.match(rules.block[0])) {
        state.until = { end: rules.block[1], style: 'comment' }
        return rest(stream, state)
      }
      for (const long of rules.long) {
        if (stream.match(long)) {
          state.until = { end: long, style: 'string' }
          return rest(stream, state)
        }
      }
      const quote = stream.match(/^["']/) as RegExpMatchArray | null
      if (quote) {
        let c: string | void
        while ((c = stream.next()) && c !== quote[0]) if (c === '\\') stream.next()
        return 'string'
      }
      if (stream.match(/^(0[xob][\da-f_]+|\d[\d_]*(\.[\d_]*)?(e[+-]?\d+)?)/i)) return 'number'
      const word = stream.match(/^[\p{L}_$][\p{L}\p{N}_$]*/u) as RegExpMatchArray | null
      if (word) {
        const defines = state.defines
        state.defines = word[0] === 'def' || word[0] === 'function' || word[0] === 'class'
        if (rules.keywords.has(word[0])) return 'keyword'
        if (rules.literals.has(word[0])) return 'bool'
        if (rules.types.has(word[0])) return 'typeName'
        return defines || stream.match(/^\s*\(/, false) ? 'variableName.function' : 'variableName'
      }
      stream.next()
      return 'operator'
    },
    languageData: {
      commentTokens: rules.block ? { line: rules.comment, block: { open: rules.block[0], close: rules.block[1] } } : { line: rules.comment },
      closeBrackets: { brackets: ['(', '[', '{', '"', "'", ...(rules.block ? ['`'] : [])] },
    },
  })
  return new LanguageSupport(language, [syntaxHighlighting(colours), indentUnit.of(indent)])
}

export const foreignLanguages = {
  python: languageOf('python', python, '    '),
  assemblyscript: languageOf('assemblyscript', assemblyscript, '  '),
}
