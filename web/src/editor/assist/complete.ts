// Completion by the language server; by what the page knows while the server cannot be reached.
import { acceptCompletion, autocompletion, closeCompletion, completionStatus, pickedCompletion, selectedCompletionIndex, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { Prec, type ChangeSpec, type Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import type { CellLanguage, Suggestion } from '../../language/language'
import { markdownOf } from '../../language/protocol'
import { codeElement } from '../colour'
import { completionSource, type Knowledge } from '../completion'
import { prose } from './prose'

/** Characters behind which the server may know what comes; it is silent where it is not certain. */
const triggers = ".$@/({,:'> "
const word = /^[\p{L}\p{N}_]*$/u

export function completion(language: () => CellLanguage | undefined, knowledge: () => Knowledge): Extension {
  const fallback = completionSource(knowledge)
  /** Whether the list that is open was asked for. */
  let asked = false

  const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const result = await look(context)
    return context.view?.hasFocus === false ? null : result // nobody types here any more
  }

  const look = async (context: CompletionContext): Promise<CompletionResult | null> => {
    asked = context.explicit
    const server = language()
    if (!server?.isLive()) return fallback(context)
    const before = context.state.sliceDoc(context.pos - 1, context.pos)
    const typed = triggers.includes(before) && !context.explicit ? before : undefined
    if (!context.explicit && !typed && !/[\p{L}\p{N}_]/u.test(before)) return null
    const abort = new AbortController()
    context.addEventListener('abort', () => abort.abort())
    const found = await server.complete(context.pos, typed, abort.signal).catch(() => [])
    if (found.length === 0) return null
    const from = Math.min(...found.map((each) => each.from))
    return { from, to: Math.max(context.pos, ...found.map((each) => each.to)), options: found.map(optionOf), validFor: word }
  }

  return [
    // Before the keys of the list itself: Enter ends the line where a list came up by itself and nothing of a name was typed: `flights ->` and Enter is a line end.
    Prec.highest(
      keymap.of([
        {
          key: 'Enter',
          run: (view) => completionStatus(view.state) === 'active' && (asked || selectedCompletionIndex(view.state) !== 0 || isInName(view) ? acceptCompletion(view) : dismiss(view)),
        },
      ]),
    ),
    EditorView.updateListener.of((update) => {
      // A list that scrolls can be reached by keyboard too; its options are chosen from the text.
      if (completionStatus(update.state) === 'active') queueMicrotask(() => update.view.dom.querySelector('.cm-tooltip-autocomplete > ul')?.setAttribute('tabindex', '0'))
    }),
    autocompletion({ override: [source], icons: false, closeOnBlur: true, optionClass: (option) => `cm-is-${option.type ?? 'text'}` }),
  ]
}

function isInName(view: EditorView): boolean {
  const { head } = view.state.selection.main
  return /[\p{L}\p{N}_`]/u.test(view.state.sliceDoc(head - 1, head))
}

/** Closes the list and lets the key do what it does. */
function dismiss(view: EditorView): false {
  closeCompletion(view)
  return false
}

/** CompletionItemKind, as the server uses it. */
const kinds: Record<number, string> = { 2: 'stage', 3: 'function', 5: 'column', 6: 'variable', 7: 'dataset', 9: 'package', 10: 'argument', 12: 'version', 14: 'keyword', 20: 'value', 22: 'type' }

function optionOf({ item, from, to, insert, more }: Suggestion): Completion {
  const documentation = markdownOf(item.documentation)
  const signature = item.detail ?? ''
  return {
    label: item.filterText ?? item.label,
    displayLabel: item.label,
    sortText: item.sortText,
    type: kinds[item.kind ?? 0],
    detail: signature.split('\n')[0],
    info: documentation || signature.length > 40 ? () => info(signature.startsWith('(') ? item.label + signature : signature, documentation) : undefined,
    apply: (view: EditorView, option: Completion, _: number, cursor: number) => {
      // What was typed since the server answered stands between its range and the cursor.
      const changes: ChangeSpec[] = [{ from, to: Math.max(to, cursor), insert }, ...more]
      const set = view.state.changes(changes)
      view.dispatch({
        changes: set,
        selection: { anchor: set.mapPos(Math.max(to, cursor), 1) },
        userEvent: 'input.complete',
        annotations: pickedCompletion.of(option),
        scrollIntoView: true,
      })
    },
  }
}

function info(signature: string, documentation: string): HTMLElement {
  const box = document.createElement('div')
  if (signature) {
    const head = document.createElement('pre')
    head.append(codeElement(signature))
    box.append(head)
  }
  if (documentation) box.append(prose(documentation))
  return box
}
