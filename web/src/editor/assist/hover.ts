// What stands under the pointer: its type and what it is for. Ctrl-K Ctrl-I is not needed for it: the same text is in the list of
// completions and in the window of a call.
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
      if (!found) return null
      return {
        pos: found.from,
        end: found.to,
        above: true,
        create: () => {
          const dom = document.createElement('div')
          dom.className = 'cm-hover'
          dom.append(prose(found.markdown))
          return { dom }
        },
      }
    },
    { hoverTime: 350, hideOnChange: true },
  )
}
