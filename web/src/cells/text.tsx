// Text in Markdown: shown rendered, edited as it is.
import { Pencil } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { renderMarkdown } from '../core/markdown'
import { Editor } from '../editor/editor'
import { IconButton } from '../ui/button'
import type { CellProps } from './all'
import { cellKeys } from './keys'

export function TextCell({ cell, number, editing: startEditing, on }: CellProps) {
  const [editing, setEditing] = useState(startEditing || cell.source === '')
  useEffect(() => {
    if (startEditing) setEditing(true)
  }, [startEditing])
  const html = useMemo(() => renderMarkdown(cell.source), [cell.source])
  const latest = useRef(on)
  latest.current = {
    ...on,
    run: () => {
      setEditing(cell.source.trim() === '')
      on.leave()
    },
    runAndAdvance: () => {
      setEditing(cell.source.trim() === '')
      on.runAndAdvance()
    },
    leave: () => {
      setEditing(cell.source.trim() === '')
      on.leave()
    },
  }
  const keys = useMemo(() => cellKeys(() => latest.current), [])
  if (editing) {
    return (
      <div className="card">
        <Editor value={cell.source} label={`Text of cell ${number}, in Markdown`} language="markdown" placeholder="Write in Markdown. Escape when you are done." autoFocus={startEditing} onChange={on.source} keys={keys} onReady={on.editor} />
      </div>
    )
  }
  return (
    <div className="relative rounded-lg border border-transparent px-3 py-1.5 hover:border-line" onDoubleClick={() => setEditing(true)}>
      <div className="prose" dangerouslySetInnerHTML={{ __html: html }} />
      <span className="quiet-actions absolute top-1 right-1">
        <IconButton label="Edit text" onClick={() => setEditing(true)}>
          <Pencil size={14} />
        </IconButton>
      </span>
    </div>
  )
}
