// One small window at a place of the text: the parameters of a call, a new name, a list of fixes. There is at most one; Escape
// closes it.
import { StateEffect, StateField, type EditorState, type TransactionSpec } from '@codemirror/state'
import { EditorView, showTooltip, type Tooltip } from '@codemirror/view'

export interface Popup extends Tooltip {
  kind: 'signature' | 'rename' | 'fixes'
}

const set = StateEffect.define<Popup | null>()

/** Opens a window, or closes what is open. */
export const showPopup = (popup: Popup | null): TransactionSpec => ({ effects: set.of(popup) })

export const popupField = StateField.define<Popup | null>({
  create: () => null,
  update(popup, transaction) {
    for (const effect of transaction.effects) if (effect.is(set)) return effect.value
    if (!popup || !transaction.docChanged) return popup
    // The window of a call follows the text; the others are about the text as it was.
    return popup.kind === 'signature' ? { ...popup, pos: transaction.changes.mapPos(popup.pos) } : null
  },
  provide: (field) => showTooltip.from(field),
})

export const popupOf = (state: EditorState): Popup | null => state.field(popupField, false) ?? null

/** Closes what is open, and says whether there was anything. */
export function closePopup(view: EditorView): boolean {
  if (!popupOf(view.state)) return false
  view.dispatch(showPopup(null))
  return true
}
