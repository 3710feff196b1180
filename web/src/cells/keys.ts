// Keys that work in every editor of a cell.
import { closeCompletion, completionStatus } from '@codemirror/autocomplete'
import type { KeyBinding } from '@codemirror/view'
import { closePopup } from '../editor/assist/popup'
import type { CellProps } from './all'

export function cellKeys(on: () => CellProps['on']): KeyBinding[] {
  const does = (run: (on: CellProps['on']) => void) => () => {
    run(on())
    return true
  }
  return [
    { key: 'Mod-Enter', run: does((o) => o.run()) },
    { key: 'Shift-Enter', run: does((o) => o.runAndAdvance()) },
    { key: 'Mod-Shift-f', run: does((o) => o.format()) },
    { key: 'Alt-ArrowUp', run: does((o) => o.move(-1)) },
    { key: 'Alt-ArrowDown', run: does((o) => o.move(1)) },
    {
      key: 'Escape',
      run: (view) => {
        // The first press closes what is seen, a list or a window; a list that is still being looked for is only dropped.
        const seen = completionStatus(view.state) === 'active'
        closeCompletion(view)
        if (closePopup(view) || seen) return true
        on().leave()
        return true
      },
    },
  ]
}
