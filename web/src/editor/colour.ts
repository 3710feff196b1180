// DreamQL text in colours, outside of an editor.
import { highlightTree } from '@lezer/highlight'
import { colours, dreamqlLanguage } from './language'

export interface Piece {
  text: string
  style?: string
}

export function colour(source: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  highlightTree(dreamqlLanguage.language.parser.parse(source), colours, (from, to, style) => {
    if (from > at) pieces.push({ text: source.slice(at, from) })
    pieces.push({ text: source.slice(from, to), style })
    at = to
  })
  if (at < source.length) pieces.push({ text: source.slice(at) })
  return pieces
}

export function codeElement(source: string): HTMLElement {
  const code = document.createElement('code')
  for (const piece of colour(source)) {
    const span = document.createElement('span')
    span.textContent = piece.text
    if (piece.style) span.className = piece.style
    code.append(span)
  }
  return code
}
