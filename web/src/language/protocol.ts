// The part of the Language Server Protocol that the notebook speaks, and the way between its positions and offsets in a text. Both
// count in UTF-16 code units, as JavaScript does.

export interface Position {
  line: number
  character: number
}

export interface Range {
  start: Position
  end: Position
}

export interface TextEdit {
  range: Range
  newText: string
}

export interface WorkspaceEdit {
  changes?: Record<string, TextEdit[]>
  documentChanges?: { textDocument: { uri: string }; edits: TextEdit[] }[]
}

export interface ServerDiagnostic {
  range: Range
  severity?: number
  code?: string | number
  message: string
  data?: unknown
}

export interface PublishedDiagnostics {
  uri: string
  version?: number
  diagnostics: ServerDiagnostic[]
}

export interface CodeAction {
  title: string
  edit?: WorkspaceEdit
  diagnostics?: ServerDiagnostic[]
  isPreferred?: boolean
}

export type Markup = string | { kind: string; value: string } | Markup[]

export interface CompletionItem {
  label: string
  kind?: number
  detail?: string
  documentation?: Markup
  sortText?: string
  filterText?: string
  textEdit?: TextEdit
  insertText?: string
  additionalTextEdits?: TextEdit[]
}

export type CompletionAnswer = CompletionItem[] | { items: CompletionItem[]; isIncomplete?: boolean } | null

export interface Hover {
  contents: Markup
  range?: Range
}

export interface SignatureHelp {
  signatures: { label: string; documentation?: Markup; parameters?: { label: string | [number, number]; documentation?: Markup }[]; activeParameter?: number }[]
  activeSignature?: number
  activeParameter?: number
}

export interface Location {
  uri: string
  range: Range
}

export type DefinitionAnswer = Location | Location[] | { targetUri: string; targetSelectionRange: Range }[] | null

export type PrepareRenameAnswer = Range | { range: Range; placeholder: string } | null

/** The text of documentation in any of the forms that it may have. */
export function markdownOf(markup: Markup | undefined): string {
  if (!markup) return ''
  if (typeof markup === 'string') return markup
  if (Array.isArray(markup)) return markup.map(markdownOf).join('\n\n')
  return markup.value
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length - 1, character: offset - start }
}

/** The offset of a position; one behind the end of its line or of the text stands at that end. */
export function offsetAt(text: string, { line, character }: Position): number {
  let start = 0
  for (let i = 0; i < line; i++) {
    const next = text.indexOf('\n', start)
    if (next < 0) return text.length
    start = next + 1
  }
  const end = text.indexOf('\n', start)
  return Math.min(start + character, end < 0 ? text.length : end)
}
