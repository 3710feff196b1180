// Addresses and pages. One flat table of patterns; a page is a plain value that app.tsx turns into a component.
import { useSyncExternalStore, type MouseEvent } from 'react'

export type Page =
  | { name: 'notebooks' }
  | { name: 'notebook'; id: string }
  | { name: 'packages' }
  | { name: 'package'; scope: string; package: string }
  | { name: 'datasets' }
  | { name: 'dataset'; dataset: string }
  | { name: 'account' }
  | { name: 'missing' }

export function pageOf(path: string): Page {
  const parts = path.split('/').filter(Boolean).map(decode)
  const [area, a, b] = parts
  if (parts.length === 0) return { name: 'notebooks' }
  if (area === 'notebooks') {
    if (parts.length === 1) return { name: 'notebooks' }
    if (parts.length === 2) return { name: 'notebook', id: a }
  }
  if (area === 'packages') {
    if (parts.length === 1) return { name: 'packages' }
    if (parts.length === 3) return { name: 'package', scope: a, package: b }
  }
  if (area === 'datasets') {
    if (parts.length === 1) return { name: 'datasets' }
    if (parts.length === 2) return { name: 'dataset', dataset: a }
  }
  if (area === 'account' && parts.length === 1) return { name: 'account' }
  return { name: 'missing' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export const paths = {
  notebooks: '/notebooks',
  notebook: (id: string) => `/notebooks/${encodeURIComponent(id)}`,
  packages: '/packages',
  package: (scope: string, name: string) => `/packages/${encodeURIComponent(scope)}/${encodeURIComponent(name)}`,
  datasets: '/datasets',
  dataset: (name: string) => `/datasets/${encodeURIComponent(name)}`,
  account: '/account',
}

const listeners = new Set<() => void>()
const notify = () => listeners.forEach((listener) => listener())

export function navigate(path: string, { replace = false } = {}): void {
  if (path === location.pathname) return
  history[replace ? 'replaceState' : 'pushState'](null, '', path)
  window.scrollTo(0, 0)
  notify()
}

export function usePath(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      window.addEventListener('popstate', listener)
      return () => {
        listeners.delete(listener)
        window.removeEventListener('popstate', listener)
      }
    },
    () => location.pathname,
  )
}

/** Properties of a link inside the application: a real address, followed without loading the page again. */
export function linkTo(path: string) {
  return {
    href: path,
    onClick: (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      navigate(path)
    },
  }
}
