// Ways to mend what the checker found: a light at the end of the line, and Ctrl-. (⌘ .) for a menu of them at the cursor.
import { forEachDiagnostic, type Action } from '@codemirror/lint'
import { RangeSetBuilder, StateField, type EditorState, type Extension } from '@codemirror/state'
import { Decoration, EditorView, WidgetType, keymap, type DecorationSet } from '@codemirror/view'
import { closePopup, showPopup } from './popup'

interface Offer {
  action: Action
  from: number
  to: number
}

/** The fixes for the line of a place, those at the place itself first. */
function offersAt(state: EditorState, at: number): Offer[] {
  const line = state.doc.lineAt(at)
  const here: Offer[] = []
  const elsewhere: Offer[] = []
  forEachDiagnostic(state, (found, from, to) => {
    if (to < line.from || from > line.to) return
    const list = from <= at && at <= to ? here : elsewhere
    for (const action of found.actions ?? []) list.push({ action, from, to })
  })
  return [...here, ...elsewhere]
}

function openMenu(view: EditorView, at = view.state.selection.main.head): boolean {
  const offers = offersAt(view.state, at)
  if (offers.length === 0) return false
  view.dispatch(showPopup({ kind: 'fixes', pos: offers[0].from, above: false, create: () => menu(view, offers) }))
  return true
}

function menu(view: EditorView, offers: Offer[]): { dom: HTMLElement; mount(): void } {
  const dom = document.createElement('div')
  dom.className = 'cm-fixes'
  dom.setAttribute('role', 'menu')
  dom.setAttribute('aria-label', 'Fixes')
  const items = offers.map(({ action, from, to }) => {
    const item = document.createElement('button')
    item.type = 'button'
    item.tabIndex = -1
    item.setAttribute('role', 'menuitem')
    item.textContent = action.name
    item.onclick = () => {
      leave()
      action.apply(view, from, to)
    }
    return item
  })
  dom.append(...items)
  const leave = () => {
    closePopup(view)
    view.focus()
  }
  const move = (to: number) => items[(to + items.length) % items.length].focus()
  dom.onkeydown = (event) => {
    event.stopPropagation()
    const at = items.indexOf(document.activeElement as HTMLButtonElement)
    const steps: Record<string, () => void> = { Escape: leave, Tab: leave, ArrowDown: () => move(at + 1), ArrowUp: () => move(at - 1), Home: () => move(0), End: () => move(items.length - 1) }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    step()
  }
  dom.addEventListener('focusout', (event) => {
    if (!dom.contains(event.relatedTarget as Node | null)) closePopup(view)
  })
  return { dom, mount: () => items[0].focus() }
}

class Light extends WidgetType {
  override eq(): boolean {
    return true
  }

  override toDOM(view: EditorView): HTMLElement {
    const button = document.createElement('button')
    button.type = 'button'
    button.tabIndex = -1
    button.className = 'cm-light'
    button.title = 'Fixes (Ctrl .)'
    button.setAttribute('aria-label', 'Show fixes')
    button.onmousedown = (event) => {
      event.preventDefault()
      openMenu(view, view.posAtDOM(button))
    }
    return button
  }

  override ignoreEvent(): boolean {
    return true
  }
}

const light = Decoration.widget({ widget: new Light(), side: 1 })

const lights = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    if (!transaction.docChanged && transaction.effects.length === 0) return shown
    const lines = new Set<number>()
    forEachDiagnostic(transaction.state, (found, from) => {
      if (found.actions?.length) lines.add(transaction.state.doc.lineAt(from).to)
    })
    const builder = new RangeSetBuilder<Decoration>()
    for (const end of [...lines].sort((a, b) => a - b)) builder.add(end, end, light)
    return builder.finish()
  },
  provide: (field) => EditorView.decorations.from(field),
})

export const fixes: Extension = [lights, keymap.of([{ key: 'Mod-.', run: (view) => openMenu(view), preventDefault: true }])]
