// What the command palette offers. Pages add their own commands while they are open.
import { useEffect } from 'react'
import { Store } from '../core/store'

export interface Command {
  id: string
  title: string
  group: string
  keys?: string
  run(): unknown
}

export const pageCommands = new Store<Command[]>([])
export const paletteOpen = new Store(false)
export const helpOpen = new Store(false)

/** Offers these commands while the component is mounted. */
export function useCommands(commands: Command[]): void {
  useEffect(() => {
    pageCommands.set(commands)
    return () => pageCommands.set([])
  }, [commands])
}
