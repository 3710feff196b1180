// DreamQL for CodeMirror: colours, brackets, folding, comments, indentation. What a program means is the language server's matter.
import { LRLanguage, LanguageSupport, foldInside, foldNodeProp, indentService, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { tagHighlighter, tags } from '@lezer/highlight'
import { parser } from './grammar/generated/parser'

const dreamql = LRLanguage.define({
  name: 'dreamql',
  parser: parser.configure({
    props: [
      foldNodeProp.add({
        'Braces List Args PatternArms ConditionArms RecordPat': foldInside,
        BlockComment: (node) => ({ from: node.from + 2, to: node.to - 2 }),
      }),
    ],
  }),
  languageData: {
    commentTokens: { line: '//', block: { open: '/*', close: '*/' } },
    closeBrackets: { brackets: ['(', '[', '{', "'", '`'], stringPrefixes: ['f', 'r', 'b', 'd', 't', 'ts'] },
    indentOnInput: /^\s*[)\]}]$/,
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
  { tag: tags.typeName, class: 'tok-type' },
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
