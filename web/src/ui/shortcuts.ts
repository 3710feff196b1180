// Keys that work on every page.
import { useEffect } from 'react'
import { navigate, paths } from '../core/router'
import { helpOpen, paletteOpen } from './commands'

const places: Record<string, string> = { n: paths.notebooks, d: paths.datasets, p: paths.packages }

export function useShortcuts(): void {
  useEffect(() => {
    let afterG = 0
    const listener = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        paletteOpen.set(!paletteOpen.get())
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (event.key === '?') {
        event.preventDefault()
        helpOpen.set(true)
      } else if (event.key === 'g') {
        afterG = event.timeStamp
      } else if (places[event.key] && event.timeStamp - afterG < 1200 && afterG > 0) {
        event.preventDefault()
        event.stopPropagation()
        afterG = 0
        navigate(places[event.key])
      } else afterG = 0
    }
    window.addEventListener('keydown', listener, true)
    return () => window.removeEventListener('keydown', listener, true)
  }, [])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
