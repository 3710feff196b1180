// A change of several editors at once, such as a rename, is one step of undo: undoing it in one of them undoes it in all.
import { invertedEffects, isolateHistory } from '@codemirror/commands'
import { StateEffect, type Extension, type TransactionSpec } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import type { Change } from '../language/language'

const part = StateEffect.define<string>()

/** Changes that are one part of the whole of that name. */
export function partOf(whole: string, changes: Change[]): TransactionSpec {
  return { changes, effects: part.of(whole), annotations: isolateHistory.of('full'), userEvent: 'rename' }
}

export function linked(onStep: (whole: string, step: 'undo' | 'redo') => void): Extension {
  return [
    invertedEffects.of((transaction) => transaction.effects.filter((effect) => effect.is(part))),
    EditorView.updateListener.of((update) => {
      for (const transaction of update.transactions) {
        const step = transaction.isUserEvent('undo') ? 'undo' : transaction.isUserEvent('redo') ? 'redo' : undefined
        if (!step) continue
        for (const effect of transaction.effects) if (effect.is(part)) queueMicrotask(() => onStep(effect.value, step))
      }
    }),
  ]
}
