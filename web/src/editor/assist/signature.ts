// The parameters of the call that the cursor is in, from its opening bracket or comma on, with the one that comes next in bold. Asked
// for by key outside of a call, it is what stands at the cursor.
import type { Extension } from '@codemirror/state'
import { EditorView, keymap, type ViewUpdate } from '@codemirror/view'
import type { CellLanguage } from '../../language/language'
import { markdownOf, type SignatureHelp } from '../../language/protocol'
import { about } from './hover'
import { closePopup, popupOf, showPopup } from './popup'
import { prose } from './prose'

export function signature(language: () => CellLanguage | undefined): Extension {
  let asked = 0
  const show = async (view: EditorView, isAsked = false): Promise<void> => {
    const server = language()
    if (!server?.isLive()) return
    const turn = ++asked
    const { state } = view
    const at = state.selection.main.head
    const follows = popupOf(state)?.kind === 'signature'
    const help = await server.signature(at).catch(() => null)
    const isCall = help !== null && help.signatures.length > 0
    const word = !isCall && isAsked ? await server.hover(at).catch(() => null) : null
    if (turn !== asked || view.state.doc !== state.doc || view.state.selection.main.head !== at) return
    const open = popupOf(view.state)
    if (open ? open.kind !== 'signature' : follows) return // another has opened, or Escape has closed this one
    if (!isCall && !word) return void (open && closePopup(view))
    view.dispatch(showPopup({ kind: 'signature', pos: word?.from ?? at, above: true, create: () => ({ dom: word ? about(word.markdown) : render(help!) }) }))
  }
  return [
    EditorView.updateListener.of((update) => {
      if (isWanted(update)) queueMicrotask(() => void show(update.view))
    }),
    keymap.of([{ key: 'Mod-Shift-Space', run: (view) => (void show(view, true), true) }]),
    EditorView.domEventHandlers({
      blur: (_, view) => {
        if (popupOf(view.state)?.kind === 'signature') queueMicrotask(() => closePopup(view))
      },
    }),
  ]
}

/** It opens where an argument begins, and follows the cursor while it is open. */
function isWanted(update: ViewUpdate): boolean {
  if (popupOf(update.state)?.kind === 'signature') return update.docChanged || update.selectionSet
  if (!update.docChanged || !update.transactions.some((each) => each.isUserEvent('input'))) return false
  const { head } = update.state.selection.main
  return /[(,]\s?$/.test(update.state.sliceDoc(Math.max(0, head - 2), head))
}

function render(help: SignatureHelp): HTMLElement {
  const dom = document.createElement('div')
  dom.className = 'cm-signature'
  dom.setAttribute('role', 'tooltip')
  const shown = help.signatures[help.activeSignature ?? 0] ?? help.signatures[0]
  const active = shown.parameters?.[shown.activeParameter ?? help.activeParameter ?? -1]
  const line = document.createElement('code')
  const [from, to] = place(shown.label, active?.label)
  const strong = document.createElement('strong')
  strong.textContent = shown.label.slice(from, to)
  line.append(shown.label.slice(0, from), strong, shown.label.slice(to))
  dom.append(line)
  if (help.signatures.length > 1) {
    const more = document.createElement('span')
    more.className = 'cm-more'
    more.textContent = ` and ${help.signatures.length - 1} more`
    dom.append(more)
  }
  const about = markdownOf(active?.documentation) || markdownOf(shown.documentation)
  if (about) dom.append(prose(about))
  return dom
}

function place(label: string, parameter: string | [number, number] | undefined): [number, number] {
  if (Array.isArray(parameter)) return parameter
  const at = parameter ? label.indexOf(parameter) : -1
  return at < 0 ? [0, 0] : [at, at + parameter!.length]
}
