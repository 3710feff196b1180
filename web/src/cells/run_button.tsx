// The button beside a cell's source: it runs the cell, or cancels the run.
import { Play, Square } from 'lucide-react'
import { IconButton } from '../ui/button'
import { mod } from '../ui/help'
import type { CellProps } from './all'

export function RunButton({ active, on }: { active: boolean; on: CellProps['on'] }) {
  return (
    <div className="pt-1.5 pl-1.5">
      {active ? (
        <IconButton label="Cancel" onClick={on.cancel} tone="danger">
          <Square size={14} fill="currentColor" />
        </IconButton>
      ) : (
        <IconButton label="Run" hint={`${mod} Enter`} onClick={on.run} tone="accent">
          <Play size={15} fill="currentColor" />
        </IconButton>
      )}
    </div>
  )
}
