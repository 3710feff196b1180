// A CodeMirror editor as a React component. React owns the text; the editor tells of edits, and takes in text that was changed
// elsewhere (an undo, another tab) as the smallest replacement, so that the cursor stays where it was.
import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentLess, insertTab, redo, undo } from '@codemirror/commands'
import { bracketMatching, codeFolding, foldKeymap, indentOnInput } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { EditorState, Prec, type Extension } from '@codemirror/state'
import { EditorView, drawSelection, keymap, placeholder, type KeyBinding } from '@codemirror/view'
import { useEffect, useLayoutEffect, useRef } from 'react'
import type { Diagnostic } from '../api/types'
import type { CellLanguage, Change, Fix } from '../language/language'
import { assist } from './assist/all'
import type { Knowledge } from './completion'
import { toEditor } from './diagnostics'
import { foreignLanguages } from './foreign'
import { dreamqlLanguage } from './language'
import { linked, partOf } from './linked'

export interface EditorHandle {
  focus(): void
  /** Selects a place and scrolls to it. */
  jump(start: number, end: number): void
  text(): string
  /** Makes a part of a change that spans editors. */
  change(whole: string, changes: Change[]): void
  step(step: 'undo' | 'redo'): void
}

interface Props {
  value: string
  label: string
  language: 'dreamql' | 'markdown' | keyof typeof foreignLanguages
  placeholder?: string
  diagnostics?: Diagnostic[]
  knowledge?: Knowledge
  /** The language server; without it there are colours, and completion from what the page knows. */
  server?: CellLanguage
  /** A change that spans editors was undone or done again in this one. */
  onStep?(whole: string, step: 'undo' | 'redo'): void
  /** Makes the edits of a fix. */
  onFix?(fix: Fix): void
  autoFocus?: boolean
  onChange(value: string): void
  /** Keys that leave the editor: run, move, escape. They come before the editor's own. */
  keys: KeyBinding[]
  onReady?(handle: EditorHandle | null): void
}

export function Editor(props: Props) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const latest = useRef(props)
  latest.current = props

  useLayoutEffect(() => {
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({ doc: props.value, extensions: extensions(() => latest.current) }),
    })
    view.current = editor
    props.onReady?.({
      focus: () => editor.focus(),
      jump(start, end) {
        const length = editor.state.doc.length
        const selection = { anchor: Math.min(start, length), head: Math.min(end, length) }
        editor.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: 'center' }) })
        editor.focus()
      },
      text: () => editor.state.doc.toString(),
      change: (whole, changes) => editor.dispatch(partOf(whole, changes)),
      step: (step) => void (step === 'undo' ? undo : redo)(editor),
    })
    if (props.autoFocus) editor.focus()
    return () => {
      latest.current.onReady?.(null)
      editor.destroy()
    }
    // The editor lives as long as the component; what changes is read through `latest`.
  }, [])

  useEffect(() => {
    const editor = view.current
    if (!editor) return
    const now = editor.state.doc.toString()
    if (now !== props.value) editor.dispatch({ changes: smallestChange(now, props.value) })
  }, [props.value])

  useEffect(() => {
    const editor = view.current
    if (editor) editor.dispatch(setDiagnostics(editor.state, toEditor(props.diagnostics ?? [], editor.state.doc.length, (fix) => latest.current.onFix?.(fix))))
  }, [props.diagnostics])

  return <div ref={host} className="editor" />
}

function extensions(props: () => Props): Extension[] {
  const { label, language, placeholder: hint } = props()
  const dreamql = [
    dreamqlLanguage,
    assist(
      () => props().server,
      () => props().knowledge ?? noKnowledge,
    ),
    codeFolding({ placeholderText: '…' }),
    keymap.of(foldKeymap),
    closeBrackets(),
    bracketMatching(),
    indentOnInput(),
  ]
  return [
    Prec.highest(keymap.of(props().keys)),
    language === 'dreamql' ? dreamql : language === 'markdown' ? [] : [foreignLanguages[language], closeBrackets(), bracketMatching(), indentOnInput()],
    history(),
    linked((whole, step) => props().onStep?.(whole, step)),
    drawSelection(),
    EditorView.lineWrapping,
    hint ? placeholder(hint) : [],
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: language === 'markdown' ? 'true' : 'false' }),
    // Tab indents only inside a line of code; Escape first, then Tab, leaves the editor by keyboard.
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap, { key: 'Tab', run: insertTabAfterText, shift: indentLess }]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) props().onChange(update.state.doc.toString())
    }),
  ]
}

function insertTabAfterText(view: EditorView): boolean {
  if (view.state.doc.length === 0) return false // an empty cell is passed by Tab
  return insertTab(view)
}

const noKnowledge: Knowledge = { functions: [], datasets: [], packages: [], cells: [], columns: [] }

/** The one replacement that turns one text into another. */
export function smallestChange(from: string, to: string): { from: number; to: number; insert: string } {
  let start = 0
  while (start < from.length && start < to.length && from[start] === to[start]) start++
  let end = 0
  while (end < from.length - start && end < to.length - start && from[from.length - 1 - end] === to[to.length - 1 - end]) end++
  return { from: start, to: from.length - end, insert: to.slice(start, to.length - end) }
}
