// Why a cell failed: each finding with its code, message, what to do, and a way to its place.
import { CircleAlert, TriangleAlert } from 'lucide-react'
import type { Diagnostic } from '../../api/types'
import { Message } from '../../ui/message'

interface Props {
  diagnostics: Diagnostic[]
  cell: string
  onJump(cell: string, start: number, end: number): void
}

export function Errors({ diagnostics, cell, onJump }: Props) {
  return (
    <div role="alert">
      <ul className="divide-y divide-line">
        {diagnostics.map((found, i) => {
          const isError = found.severity === 'error'
          const place = found.range
          const at = found.cell_id ?? cell
          return (
            <li key={i} className={`flex gap-3 px-4 py-3 text-sm ${isError ? 'bg-danger-soft' : 'bg-warn-soft'}`}>
              {isError ? <CircleAlert size={17} className="mt-0.5 shrink-0 text-danger" /> : <TriangleAlert size={17} className="mt-0.5 shrink-0 text-warn" />}
              <div className="min-w-0 flex-1">
                <p className="font-medium break-words whitespace-pre-wrap first-letter:uppercase"><Message text={found.message} /></p>
                {found.help && <p className="mt-0.5 break-words whitespace-pre-wrap first-letter:uppercase"><Message text={found.help} /></p>}
                {found.notes?.map((note, n) => (
                  <p key={n} className="mt-0.5 text-xs break-words whitespace-pre-wrap text-muted">
                    <Message text={note.message} />
                    {note.range && (
                      <>
                        {' '}
                        <button type="button" className="underline" onClick={() => onJump(note.cell_id ?? at, note.range!.start, note.range!.end)}>
                          line {note.range.line}
                        </button>
                      </>
                    )}
                  </p>
                ))}
                <p className="mt-1 flex flex-wrap items-center gap-x-3 text-xs text-muted">
                  {place && (
                    <button type="button" className={`font-medium underline underline-offset-2 ${isError ? 'text-danger' : 'text-warn'}`} onClick={() => onJump(at, place.start, place.end)}>
                      Go to line {place.line}, column {place.column}
                    </button>
                  )}
                  <span className="font-mono">{found.code}</span>
                </p>
              </div>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
