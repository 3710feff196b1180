// The command palette (Ctrl or Cmd K): pages, notebooks, datasets, packages and the commands of the open page.
import { useQuery } from '@tanstack/react-query'
import { Command as Cmdk } from 'cmdk'
import { Dialog as Radix } from 'radix-ui'
import { datasetsQuery, notebooksQuery, packagesQuery } from '../api/queries'
import { navigate, paths } from '../core/router'
import { Store, useStore } from '../core/store'
import { setTheme } from '../core/theme'
import { newNotebook } from '../pages/notebook_actions'
import { pickFiles } from './drop'
import { helpOpen, pageCommands, paletteOpen, type Command } from './commands'
import { Keys, mod } from './help'
import { toastError } from './toast'

const everywhere: Command[] = [
  { id: 'new', title: 'New notebook', group: 'Do', run: () => newNotebook() },
  { id: 'upload', title: 'Upload a file…', group: 'Do', run: pickFiles },
  { id: 'help', title: 'Keyboard help', group: 'Do', keys: '?', run: () => helpOpen.set(true) },
  { id: 'light', title: 'Light theme', group: 'Theme', run: () => setTheme('light') },
  { id: 'dark', title: 'Dark theme', group: 'Theme', run: () => setTheme('dark') },
  { id: 'system', title: 'Theme of the system', group: 'Theme', run: () => setTheme('system') },
  { id: 'go-n', title: 'Notebooks', group: 'Go to', keys: 'G N', run: () => navigate(paths.notebooks) },
  { id: 'go-d', title: 'Datasets', group: 'Go to', keys: 'G D', run: () => navigate(paths.datasets) },
  { id: 'go-p', title: 'Packages', group: 'Go to', keys: 'G P', run: () => navigate(paths.packages) },
  { id: 'go-a', title: 'Account', group: 'Go to', run: () => navigate(paths.account) },
]

const search = new Store('')

export function Palette() {
  const open = useStore(paletteOpen)
  return (
    <Radix.Root open={open} onOpenChange={(next) => paletteOpen.set(next)}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content aria-describedby={undefined} className="lift pop fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised">
          <Radix.Title className="sr-only">Command palette</Radix.Title>
          {open && <Choices />}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function Choices() {
  const here = useStore(pageCommands)
  const notebooks = useQuery(notebooksQuery).data ?? []
  const datasets = useQuery(datasetsQuery).data ?? []
  const packages = useQuery(packagesQuery('')).data ?? []
  const text = useStore(search)
  const places: Command[] = [
    ...notebooks.map((n) => ({ id: n.id, title: n.title, group: 'Notebooks', run: () => navigate(paths.notebook(n.id)) })),
    ...datasets.map((d) => ({ id: `d-${d.name}`, title: d.name, group: 'Datasets', run: () => navigate(paths.dataset(d.name)) })),
    ...packages.map((p) => ({ id: `p-${p.scope}/${p.name}`, title: `${p.scope}/${p.name}`, group: 'Packages', run: () => navigate(paths.package(p.scope, p.name)) })),
  ]
  const groups = Map.groupBy([...here, ...everywhere, ...places], (command) => command.group)
  const choose = (command: Command) => {
    paletteOpen.set(false)
    search.set('')
    // After the dialog has given the focus back, so that the command may move it.
    setTimeout(() => void Promise.resolve(command.run()).catch(toastError))
  }
  return (
    <Cmdk label="Command palette" loop>
      <Cmdk.Input
        autoFocus
        value={text}
        onValueChange={(value) => search.set(value)}
        placeholder="Go to, run, add…"
        className="h-12 w-full border-b border-line bg-transparent px-4 text-base placeholder:text-muted focus-visible:outline-none"
      />
      <Cmdk.List label="Commands" className="max-h-[52vh] overflow-auto p-1.5">
        <Cmdk.Empty className="px-3 py-8 text-center text-sm text-muted">Nothing is called that.</Cmdk.Empty>
        {[...groups].map(([group, commands]) => (
          <Cmdk.Group key={group} heading={group} className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:uppercase">
            {commands.map((command) => (
              <Cmdk.Item
                key={command.id}
                value={`${command.title} ${command.group} ${command.id}`}
                onSelect={() => choose(command)}
                className="flex items-center gap-2 rounded-md px-2.5 py-1.5 text-sm data-[selected=true]:bg-accent-soft"
              >
                <span className="min-w-0 flex-1 truncate">{command.title}</span>
                {command.keys && <Keys text={command.keys.replace('Mod', mod)} />}
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        ))}
      </Cmdk.List>
    </Cmdk>
  )
}
