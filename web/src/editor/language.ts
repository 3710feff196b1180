// DreamQL for CodeMirror: colours, brackets, comments, indentation. It reads tokens only; what they mean is the checker's matter,
// and its findings come from the server.
import { LanguageSupport, StreamLanguage, indentService, indentUnit, syntaxHighlighting, type StringStream } from '@codemirror/language'
import { tagHighlighter, tags } from '@lezer/highlight'

const keywords = new Set(['match', 'if', 'else', 'and', 'or', 'not', 'in', 'is', 'import', 'param', 'type', 'export', 'as'])
const constants = new Set(['true', 'false', 'none'])

interface State {
  /** Inside a block comment. */
  comment: boolean
  /** The last token was the pipe arrow, so that a name is a stage. */
  afterPipe: boolean
}

function token(stream: StringStream, state: State): string | null {
  if (state.comment) return blockComment(stream, state)
  if (stream.eatSpace()) return null
  const isStage = state.afterPipe
  if (stream.match('//')) {
    stream.skipToEnd()
    return 'comment'
  }
  if (stream.match('/*')) {
    state.comment = true
    return blockComment(stream, state)
  }
  state.afterPipe = false
  if (stream.match('->')) {
    state.afterPipe = true
    return 'pipe'
  }
  if (stream.match(/^(ts|[frbdt])?'/)) return string(stream)
  if (stream.match(/^`[^`]*`?/)) return 'variableName'
  if (stream.match(/^\$[A-Za-z_]\w*/)) return 'parameter'
  if (stream.match(/^@(?=[A-Za-z_`,}\s])[A-Za-z_]?\w*/)) return 'group'
  if (stream.match(/^\d[\d_]*(\.\d[\d_]*)?([eE][+-]?\d+)?(mo|ns|us|ms|[smhdwqy])?\b/)) return 'number'
  if (stream.match(/^\.[A-Za-z_]\w*/)) return 'propertyName'
  if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u)) return word(stream, isStage)
  if (stream.match(/^(=>|==|!=|<=|>=|\?\?|\?\.|\.\.\.|\.\.<|\.\.|\*\*|[-+*/%<>=|])/)) return 'operator'
  stream.next()
  return 'punctuation'
}

function blockComment(stream: StringStream, state: State): string {
  if (stream.skipTo('*/')) {
    stream.match('*/')
    state.comment = false
  } else stream.skipToEnd()
  return 'comment'
}

function string(stream: StringStream): string {
  let escaped = false
  for (let next = stream.next(); next; next = stream.next()) {
    if (next === "'" && !escaped) break
    escaped = next === '\\' && !escaped
  }
  return 'string'
}

function word(stream: StringStream, isStage: boolean): string {
  const name = stream.current()
  if (constants.has(name)) return 'bool'
  if (keywords.has(name) && !isStage) return 'keyword'
  if (isStage || stream.match(/^\s*\(/, false)) return 'function'
  if (stream.match(/^\s*:(?!:)/, false)) return 'propertyName'
  return 'variableName'
}

const dreamql = StreamLanguage.define<State>({
  name: 'dreamql',
  startState: () => ({ comment: false, afterPipe: false }),
  token,
  languageData: {
    commentTokens: { line: '//', block: { open: '/*', close: '*/' } },
    closeBrackets: { brackets: ['(', '[', '{', "'", '`'] },
    indentOnInput: /^\s*[)\]}]$/,
  },
  tokenTable: {
    pipe: tags.controlOperator,
    parameter: tags.special(tags.variableName),
    group: tags.annotation,
    function: tags.function(tags.variableName),
  },
})

/** Classes by kind of token; styles.css colours them, in the editor and in texts that are only read. */
export const colours = tagHighlighter([
  { tag: tags.keyword, class: 'tok-keyword' },
  { tag: tags.controlOperator, class: 'tok-pipe' },
  { tag: tags.string, class: 'tok-string' },
  { tag: [tags.number, tags.bool], class: 'tok-number' },
  { tag: tags.comment, class: 'tok-comment' },
  { tag: tags.function(tags.variableName), class: 'tok-function' },
  { tag: tags.special(tags.variableName), class: 'tok-parameter' },
  { tag: tags.annotation, class: 'tok-group' },
  { tag: tags.propertyName, class: 'tok-field' },
  { tag: [tags.operator, tags.punctuation], class: 'tok-punctuation' },
])

/** A new line is as deep as the one above; two more after an opening bracket, two fewer before a closing one. */
const indentation = indentService.of((context, pos) => {
  const above = context.lineAt(pos, -1).text
  const below = context.textAfterPos(pos, 1)
  const base = /^\s*/.exec(above)![0].length
  return Math.max(0, base + (/[([{]\s*$/.test(above) ? 2 : 0) - (/^\s*[)\]}]/.test(below) ? 2 : 0))
})

export const dreamqlLanguage = new LanguageSupport(dreamql, [syntaxHighlighting(colours), indentUnit.of('  '), indentation])
