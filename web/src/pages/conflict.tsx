// The same cell was edited here and in another tab. Nothing was overwritten yet: a person decides.
import type { Conflict } from '../core/merge'
import { Button } from '../ui/button'
import { Code } from '../ui/code'
import { Dialog } from '../ui/dialog'

interface Props {
  conflicts: Conflict[]
  title: string
  onSettle(choice: 'theirs' | 'both'): void
  onLater(): void
}

export function ConflictDialog({ conflicts, title, onSettle, onLater }: Props) {
  return (
    <Dialog
      open
      wide
      onClose={onLater}
      title="Changed in another tab"
      description={`“${title}” was saved elsewhere after you began this edit. Your text is safe in this browser; nothing has been overwritten.`}
    >
      <div className="space-y-4">
        {conflicts.map((conflict) => (
          <section key={conflict.id}>
            <h3 className="mb-1.5 text-sm font-medium">{conflict.id === 'title' ? 'Both changed the title' : `A cell, ${conflict.what}`}</h3>
            {conflict.id !== 'title' && (
              <div className="grid gap-3 sm:grid-cols-2">
                <Side name="Yours" source={conflict.mine?.source} />
                <Side name="Theirs" source={conflict.theirs?.source} />
              </div>
            )}
          </section>
        ))}
      </div>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button tone="ghost" onClick={onLater}>
          Decide later
        </Button>
        <Button onClick={() => onSettle('theirs')}>Take theirs</Button>
        <Button tone="primary" onClick={() => onSettle('both')}>
          Keep mine as a copy
        </Button>
      </div>
    </Dialog>
  )
}

function Side({ name, source }: { name: string; source?: string }) {
  return (
    <div className="min-w-0">
      <p className="eyebrow mb-1">{name}</p>
      <div className="max-h-56 overflow-auto rounded-md border border-line bg-page p-3" tabIndex={0} role="region" aria-label={`${name}, the whole text`}>
        {source === undefined ? <span className="text-sm text-muted italic">deleted</span> : <Code source={source} />}
      </div>
    </div>
  )
}
