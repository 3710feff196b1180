// Go to definition: F12, or a click with Ctrl (⌘).
import type { Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import type { CellLanguage } from '../../language/language'

export function define(language: () => CellLanguage | undefined): Extension {
  const go = (at: number): boolean => {
    const server = language()
    if (!server?.isLive()) return false
    void server.define(at).then(
      (target) => target && server.open(target),
      () => {},
    )
    return true
  }
  return [
    keymap.of([{ key: 'F12', run: (view) => go(view.state.selection.main.head), preventDefault: true }]),
    EditorView.domEventHandlers({
      mousedown(event, view) {
        if (event.button !== 0 || !(event.ctrlKey || event.metaKey)) return false
        const at = view.posAtCoords({ x: event.clientX, y: event.clientY })
        return at !== null && go(at) && (event.preventDefault(), true)
      },
    }),
  ]
}
