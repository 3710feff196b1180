// How the nodes of the grammar are coloured; the classes are in ../language.ts.
import { styleTags, tags as t } from '@lezer/highlight'

export const dreamqlStyles = styleTags({
  'match if else and or not in is import param type export as some': t.keyword,
  'true false none': t.bool,
  'LineComment BlockComment': t.comment,
  Arrow: t.controlOperator,
  'String Interp BadString': t.string,
  'Number Duration': t.number,
  Version: t.number,
  'ParamRef/...': t.special(t.variableName),
  'Path/Name Call/Name': t.function(t.variableName),
  'Field/Name GroupField/Name ColumnRef/... ArgName PatField/Name TypeField/Name': t.propertyName,
  'NameType/Name': t.typeName,
  '"@" Annotation/Name': t.annotation,
  Name: t.variableName,
  '"(" ")" "[" "]" "{" "}" "," ":" "|" "=" "." "?"': t.punctuation,
  '"=>" "==" "!=" "<" "<=" ">" ">=" ".." "..<" "..." "?." "??" "+" "-" "*" "/" "%" "**"': t.operator,
})
