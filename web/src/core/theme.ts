// The colour theme: the system's, or a choice that is kept in this browser. public/theme.js applies it before first paint.
import { useSyncExternalStore } from 'react'

export type ThemeChoice = 'system' | 'light' | 'dark'

const key = 'dreamql.theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

function read(): ThemeChoice {
  try {
    const value = localStorage.getItem(key)
    if (value === 'light' || value === 'dark') return value
  } catch {
    // Storage can be forbidden.
  }
  return 'system'
}

let choice = read()

function apply(): void {
  const dark = choice === 'dark' || (choice === 'system' && system.matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  listeners.forEach((listener) => listener())
}

system.addEventListener('change', apply)
apply()

export function setTheme(next: ThemeChoice): void {
  choice = next
  try {
    localStorage.setItem(key, next)
  } catch {
    // Then the choice lasts as long as the page.
  }
  apply()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, () => choice)
export const useIsDark = (): boolean => useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme === 'dark')
