// F2 asks for a new name and changes it in every cell.
import type { Extension } from '@codemirror/state'
import { keymap, type EditorView } from '@codemirror/view'
import { isForPeople } from '../../language/connection'
import type { CellLanguage } from '../../language/language'
import { withCode } from '../diagnostics'
import { closePopup, showPopup } from './popup'

export function rename(language: () => CellLanguage | undefined): Extension {
  const start = (view: EditorView): boolean => {
    const server = language()
    if (!server?.isLive()) return false
    void ask(view, server)
    return true
  }
  return keymap.of([{ key: 'F2', run: start, preventDefault: true }])
}

async function ask(view: EditorView, server: CellLanguage): Promise<void> {
  const { doc, selection } = view.state
  const at = selection.main.head
  let found: Awaited<ReturnType<CellLanguage['startRename']>> = null
  let refusal = 'Only a name can be renamed. Put the cursor on one.'
  try {
    found = await server.startRename(at)
  } catch (error) {
    if (!isForPeople(error)) return
    refusal = error.message
  }
  if (view.state.doc !== doc) return
  const target = found
  if (!target) return view.dispatch(showPopup({ kind: 'rename', pos: at, above: true, create: () => ({ dom: note(refusal) }) }))
  view.dispatch(showPopup({ kind: 'rename', pos: target.from, above: true, create: () => form(view, server, target) }))
}

function note(text: string): HTMLElement {
  const dom = document.createElement('div')
  dom.className = 'cm-note'
  dom.setAttribute('role', 'alert')
  dom.append(...withCode(text))
  return dom
}

function form(view: EditorView, server: CellLanguage, target: { from: number; to: number; name: string }): { dom: HTMLElement; mount(): void } {
  const dom = document.createElement('form')
  dom.className = 'cm-rename'
  const input = document.createElement('input')
  input.value = target.name
  input.setAttribute('aria-label', `New name of ${target.name}`)
  input.autocomplete = 'off'
  input.spellcheck = false
  const problem = document.createElement('p')
  problem.setAttribute('role', 'alert')
  dom.append(input, problem)
  const leave = () => {
    closePopup(view)
    view.focus()
  }
  dom.onsubmit = async (event) => {
    event.preventDefault()
    const name = input.value.trim()
    if (!name || name === target.name) return leave()
    try {
      const edits = await server.rename(target.from, name)
      leave()
      server.apply(edits)
    } catch (error) {
      problem.replaceChildren(...withCode(isForPeople(error) ? error.message : 'The language server did not answer. Try again in a moment.'))
      input.focus()
    }
  }
  dom.onkeydown = (event) => {
    event.stopPropagation()
    if (event.key === 'Escape') leave()
  }
  input.onblur = (event) => {
    if (!dom.contains(event.relatedTarget as Node | null)) closePopup(view)
  }
  return {
    dom,
    mount() {
      input.focus()
      input.select()
    },
  }
}
