// Changes that span cells. Each editor keeps its own history; a change of several is remembered here, so that its undo and redo
// reach all of them that still hold the text that it left.
import type { EditorHandle } from '../editor/editor'
import type { Edits } from '../language/language'

type Editors = ReadonlyMap<string, EditorHandle>

export class WholeChanges {
  private readonly made = new Map<string, Map<string, { before: string; after: string }>>()
  private busy = false

  constructor(private readonly editors: Editors) {}

  /** Returns how many cells it changed. */
  apply(edits: Edits): number {
    const whole = `change ${this.made.size + 1}`
    const texts = new Map<string, { before: string; after: string }>()
    for (const [cell, changes] of edits) {
      const editor = this.editors.get(cell)
      if (!editor || changes.length === 0) continue
      const before = editor.text()
      editor.change(whole, changes)
      texts.set(cell, { before, after: editor.text() })
    }
    this.made.set(whole, texts)
    return texts.size
  }

  follow(from: string, whole: string, step: 'undo' | 'redo'): void {
    if (this.busy) return // this very step, in another cell
    this.busy = true
    for (const [cell, { before, after }] of this.made.get(whole) ?? []) {
      const editor = this.editors.get(cell)
      if (editor && cell !== from && editor.text() === (step === 'undo' ? after : before)) editor.step(step)
    }
    queueMicrotask(() => queueMicrotask(() => (this.busy = false)))
  }
}
