import { history, redo, undo } from '@codemirror/commands'
import { EditorView } from '@codemirror/view'
import { afterEach, describe, expect, it } from 'vitest'
import type { EditorHandle } from '../editor/editor'
import { linked, partOf } from '../editor/linked'
import { WholeChanges } from './whole_changes'

const opened: EditorView[] = []
afterEach(() => opened.splice(0).forEach((view) => view.destroy()))

function notebook(texts: Record<string, string>) {
  const editors = new Map<string, EditorHandle>()
  const views = new Map<string, EditorView>()
  const whole = new WholeChanges(editors)
  for (const [cell, doc] of Object.entries(texts)) {
    const view = new EditorView({ doc, extensions: [history(), linked((change, step) => whole.follow(cell, change, step))] })
    views.set(cell, view)
    opened.push(view)
    editors.set(cell, {
      focus: () => {},
      jump: () => {},
      text: () => view.state.doc.toString(),
      change: (name, changes) => view.dispatch(partOf(name, changes)),
      step: (step) => void (step === 'undo' ? undo : redo)(view),
    })
  }
  const type = (cell: string, insert: string) => views.get(cell)!.dispatch({ changes: { from: 0, insert }, userEvent: 'input.type' })
  return { whole, views, type, text: () => Object.fromEntries([...views].map(([cell, view]) => [cell, view.state.doc.toString()])) }
}

/** The other editors follow in microtasks. */
const settled = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}
const rename = new Map([
  ['a', [{ from: 0, to: 1, insert: 'limit' }]],
  ['b', [{ from: 5, to: 6, insert: 'limit' }]],
])

describe('a change of several cells', () => {
  it('is one step of undo and of redo, from any of them', async () => {
    const { whole, views, text } = notebook({ a: 'x = 1', b: 'y -> x', c: 'z' })
    expect(whole.apply(rename)).toBe(2)
    expect(text()).toEqual({ a: 'limit = 1', b: 'y -> limit', c: 'z' })
    undo(views.get('b')!)
    await settled()
    expect(text()).toEqual({ a: 'x = 1', b: 'y -> x', c: 'z' })
    redo(views.get('a')!)
    await settled()
    expect(text()).toEqual({ a: 'limit = 1', b: 'y -> limit', c: 'z' })
  })

  it('leaves alone a cell that was edited since', async () => {
    const { whole, views, type, text } = notebook({ a: 'x = 1', b: 'y -> x' })
    whole.apply(rename)
    type('b', '// ')
    undo(views.get('a')!)
    await settled()
    expect(text()).toEqual({ a: 'x = 1', b: '// y -> limit' })
  })

  it('does not take typing before or after it along', async () => {
    const { whole, views, type, text } = notebook({ a: 'x = 1', b: 'y -> x' })
    whole.apply(rename)
    type('a', '!')
    undo(views.get('a')!)
    await settled()
    expect(text()).toEqual({ a: 'limit = 1', b: 'y -> limit' })
  })
})
