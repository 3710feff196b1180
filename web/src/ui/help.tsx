// Every keyboard path, in one dialog (press ?).
import { Dialog } from './dialog'

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
export const mod = isMac ? '⌘' : 'Ctrl'

const groups: { title: string; keys: [string, string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      [`${mod} K`, 'Command palette: go anywhere, do anything'],
      ['?', 'This help'],
      ['G then N / D / P', 'Go to notebooks, datasets, packages'],
      ['Escape', 'Close, or leave an editor'],
    ],
  },
  {
    title: 'In an editor',
    keys: [
      [`${mod} Enter`, 'Run the cell'],
      ['Shift Enter', 'Run and go to the next cell'],
      ['Alt ↑ / ↓', 'Move the cell'],
      [`${mod} Space`, 'Completion'],
      [`${mod} Shift F`, 'Format the query'],
      [`${mod} Shift Space`, 'Parameters of the call, or what stands at the cursor'],
      ['F12', `Go to the definition (or ${mod} and a click)`],
      ['F2', 'Rename, in every cell'],
      [`${mod} .`, 'Fixes for this line'],
      [`${mod} /`, 'Comment or uncomment'],
      [`${mod} S`, 'Save now (it also saves by itself)'],
    ],
  },
  {
    title: 'On a cell',
    keys: [
      ['↑ / ↓', 'Go to the cell above or below'],
      ['Enter', 'Edit'],
      ['A / B', 'Add a query above or below'],
      ['F', 'Add a function below'],
      ['T', 'Add text below'],
      ['Delete', 'Delete, with undo'],
      ['Alt ↑ / ↓', 'Move the cell'],
    ],
  },
  {
    title: 'In a result',
    keys: [
      ['← ↑ → ↓', 'Move by a cell'],
      ['Page Up / Down', 'Move by a screen'],
      ['Home / End', 'First or last column'],
      [`${mod} Home / End`, 'First or last row'],
      ['Shift + move', 'Select rows and columns'],
      [`${mod} C`, 'Copy'],
      ['Alt ← / →', 'Make the column narrower or wider'],
    ],
  },
]

export function Help({ open, onClose }: { open: boolean; onClose(): void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard" description="Everything works without a mouse." wide>
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {groups.map((group) => (
          <section key={group.title}>
            <h3 className="eyebrow mb-1.5">{group.title}</h3>
            <dl className="text-sm">
              {group.keys.map(([keys, what]) => (
                <div key={keys} className="flex items-baseline gap-3 border-t border-line py-1.5">
                  <dt className="w-36 shrink-0">
                    <Keys text={keys} />
                  </dt>
                  <dd className="text-muted">{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

/** Keys as caps; words that only join them are plain. */
export function Keys({ text }: { text: string }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      {text.split(' ').map((part, i) =>
        ['then', '/', '+', 'move'].includes(part) ? (
          <span key={i} className="text-xs text-muted">
            {part}
          </span>
        ) : (
          <kbd key={i} className="key">
            {part}
          </kbd>
        ),
      )}
    </span>
  )
}
