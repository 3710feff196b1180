// The left side: where to go, what was open lately, the theme, and the account.
import { useQuery } from '@tanstack/react-query'
import { Database, Keyboard, Menu as MenuIcon, Monitor, Moon, NotebookText, Package, Plus, Search, Sun, UserRound, X } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { accountQuery, notebooksQuery } from '../api/queries'
import { linkTo, paths, usePath } from '../core/router'
import { setTheme, useThemeChoice, type ThemeChoice } from '../core/theme'
import { newNotebook } from '../pages/notebook_actions'
import { IconButton } from './button'
import { helpOpen, paletteOpen } from './commands'
import { mod } from './help'
import { Logo } from './logo'
import { toastError } from './toast'

export function Sidebar() {
  const path = usePath()
  const [open, setOpen] = useState(false)
  useEffect(() => setOpen(false), [path])
  return (
    <>
      <header className="flex h-12 items-center gap-2 border-b border-line bg-panel px-3 md:hidden">
        <IconButton label={open ? 'Close the menu' : 'Open the menu'} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <X size={18} /> : <MenuIcon size={18} />}
        </IconButton>
        <Logo size={22} />
        <span className="font-semibold">DreamQL</span>
      </header>
      <div className={`${open ? 'flex' : 'hidden'} fixed inset-x-0 top-12 bottom-0 z-30 flex-col border-r border-line bg-panel md:sticky md:top-0 md:flex md:h-screen md:w-56 md:shrink-0`}>
        <div className="hidden items-center gap-2.5 px-4 pt-4 pb-3 md:flex">
          <Logo size={26} />
          <span className="text-[1.05rem] font-semibold tracking-tight">DreamQL</span>
        </div>
        <div className="px-2.5 pt-2 pb-2 md:pt-0">
          <button
            type="button"
            onClick={() => paletteOpen.set(true)}
            className="flex h-8 w-full items-center gap-2 rounded-md border border-line bg-page px-2.5 text-sm text-muted hover:border-line-strong"
          >
            <Search size={14} />
            <span className="flex-1 text-left">Find or do</span>
            <kbd className="text-2xs">{mod} K</kbd>
          </button>
        </div>
        <nav aria-label="Main" className="px-2.5">
          <Item path={paths.notebooks} current={path} icon={<NotebookText size={16} />}>
            Notebooks
          </Item>
          <Item path={paths.datasets} current={path} icon={<Database size={16} />}>
            Datasets
          </Item>
          <Item path={paths.packages} current={path} icon={<Package size={16} />}>
            Packages
          </Item>
        </nav>
        <Recent current={path} />
        <div className="mt-auto border-t border-line p-2.5">
          <Themes />
          <div className="mt-1 flex items-center">
            <AccountLink current={path} />
            <IconButton label="Keyboard help" hint="?" onClick={() => helpOpen.set(true)}>
              <Keyboard size={16} />
            </IconButton>
          </div>
        </div>
      </div>
    </>
  )
}

function Item({ path, current, icon, children }: { path: string; current: string; icon: ReactNode; children: ReactNode }) {
  const isHere = current === path || (path === paths.notebooks && current === '/')
  const isWithin = current.startsWith(`${path}/`)
  return (
    <a
      {...linkTo(path)}
      aria-current={isHere ? 'page' : undefined}
      className={`flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm ${isHere ? 'bg-accent-soft font-medium text-accent' : isWithin ? 'font-medium hover:bg-hover' : 'text-muted hover:bg-hover hover:text-ink'}`}
    >
      {icon}
      {children}
    </a>
  )
}

function Recent({ current }: { current: string }) {
  const notebooks = useQuery(notebooksQuery).data ?? []
  return (
    <nav aria-labelledby="recent" className="mt-5 min-h-0 flex-1 overflow-y-auto px-2.5">
      <div className="flex items-center justify-between pr-0.5 pl-2.5">
        <h2 id="recent" className="eyebrow">
          Recent
        </h2>
        <IconButton label="New notebook" onClick={() => void newNotebook().catch(toastError)}>
          <Plus size={15} />
        </IconButton>
      </div>
      <ul>
        {notebooks.slice(0, 12).map((notebook) => {
          const path = paths.notebook(notebook.id)
          return (
            <li key={notebook.id}>
              <a
                {...linkTo(path)}
                aria-current={current === path ? 'page' : undefined}
                className={`block truncate rounded-md px-2.5 py-1 text-sm ${current === path ? 'bg-accent-soft font-medium text-accent' : 'text-muted hover:bg-hover hover:text-ink'}`}
              >
                {notebook.title}
              </a>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

const themes: { choice: ThemeChoice; label: string; icon: ReactNode }[] = [
  { choice: 'light', label: 'Light theme', icon: <Sun size={14} /> },
  { choice: 'system', label: 'Theme of the system', icon: <Monitor size={14} /> },
  { choice: 'dark', label: 'Dark theme', icon: <Moon size={14} /> },
]

function Themes() {
  const current = useThemeChoice()
  return (
    <div role="group" aria-label="Theme" className="flex rounded-md border border-line bg-page p-0.5">
      {themes.map(({ choice, label, icon }) => (
        <button
          key={choice}
          type="button"
          aria-label={label}
          title={label}
          aria-pressed={current === choice}
          onClick={() => setTheme(choice)}
          className={`flex h-6 flex-1 items-center justify-center rounded ${current === choice ? 'bg-panel text-accent shadow-sm' : 'text-muted hover:text-ink'}`}
        >
          {icon}
        </button>
      ))}
    </div>
  )
}

function AccountLink({ current }: { current: string }) {
  const account = useQuery(accountQuery).data
  return (
    <a
      {...linkTo(paths.account)}
      aria-current={current === paths.account ? 'page' : undefined}
      className={`flex h-8 min-w-0 flex-1 items-center gap-2.5 rounded-md px-2.5 text-sm ${current === paths.account ? 'bg-accent-soft font-medium text-accent' : 'text-muted hover:bg-hover hover:text-ink'}`}
    >
      <UserRound size={16} className="shrink-0" />
      <span className="truncate">{account?.name ?? 'Account'}</span>
    </a>
  )
}
