// The application: the frame around every page, and which page an address is.
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useSignedOut } from './api/session'
import { pageOf, usePath, type Page } from './core/router'
import { useStore } from './core/store'
import { NotebooksPage } from './pages/notebooks'
import { NotFound } from './pages/not_found'
import { SignInPage } from './pages/sign_in'
import { helpOpen } from './ui/commands'
import { DropZone } from './ui/drop'
import { Help } from './ui/help'
import { Loading } from './ui/page'
import { Palette } from './ui/palette'
import { useShortcuts } from './ui/shortcuts'
import { Sidebar } from './ui/sidebar'
import { Toasts } from './ui/toast'

// The list of notebooks is there at once; the rest comes when it is first needed.
const NotebookPage = lazy(() => import('./pages/notebook').then((m) => ({ default: m.NotebookPage })))
const DatasetsPage = lazy(() => import('./pages/datasets').then((m) => ({ default: m.DatasetsPage })))
const DatasetPage = lazy(() => import('./pages/dataset').then((m) => ({ default: m.DatasetPage })))
const PackagesPage = lazy(() => import('./pages/packages').then((m) => ({ default: m.PackagesPage })))
const PackagePage = lazy(() => import('./pages/package').then((m) => ({ default: m.PackagePage })))

const AccountPage = lazy(() => import('./pages/account').then((m) => ({ default: m.AccountPage })))

export function App() {
  const path = usePath()
  const isSignedOut = useSignedOut()
  const isHelpOpen = useStore(helpOpen)
  useShortcuts()
  // A page that is gone to by a link has the focus, as one that is loaded has.
  const before = useRef(path)
  useEffect(() => {
    if (before.current !== path) document.getElementById('main')?.focus({ preventScroll: true })
    before.current = path
  }, [path])
  if (isSignedOut) return <SignInPage />
  return (
    <div className="min-h-screen md:flex">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink">
        Skip to the content
      </a>
      <Sidebar />
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 focus-visible:outline-none">
        <Suspense fallback={<div className="mx-auto max-w-5xl p-8"><Loading /></div>}>
          <Content page={pageOf(path)} />
        </Suspense>
      </main>
      <Palette />
      <Help open={isHelpOpen} onClose={() => helpOpen.set(false)} />
      <DropZone />
      <Toasts />
    </div>
  )
}

function Content({ page }: { page: Page }) {
  switch (page.name) {
    case 'notebooks':
      return <NotebooksPage />
    case 'notebook':
      return <NotebookPage key={page.id} id={page.id} />
    case 'datasets':
      return <DatasetsPage />
    case 'dataset':
      return <DatasetPage key={page.dataset} name={page.dataset} />
    case 'packages':
      return <PackagesPage />
    case 'package':
      return <PackagePage key={`${page.scope}/${page.package}`} scope={page.scope} name={page.package} />
    case 'account':
      return <AccountPage />
    case 'missing':
      return <NotFound />
  }
}
