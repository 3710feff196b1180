// What stands under the pointer: its type and what it is for. By keyboard it is in signature.ts.
import type { Extension } from '@codemirror/state'
import { hoverTooltip } from '@codemirror/view'
import type { CellLanguage } from '../../language/language'
import { prose } from './prose'

export function hover(language: () => CellLanguage | undefined): Extension {
  return hoverTooltip(
    async (_, at) => {
      const server = language()
      if (!server?.isLive()) return null
      const found = await server.hover(at).catch(() => null)
      return found && { pos: found.from, end: found.to, above: true, create: () => ({ dom: about(found.markdown) }) }
    },
    { hoverTime: 350, hideOnChange: true },
  )
}

export function about(markdown: string): HTMLElement {
  const dom = document.createElement('div')
  dom.className = 'cm-hover'
  dom.append(prose(markdown))
  return dom
}
