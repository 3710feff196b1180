// What the checker found, as CodeMirror shows it: underlined at its place, with the message and how to mend it.
import type { Diagnostic as Shown } from '@codemirror/lint'
import type { Diagnostic } from '../api/types'
import type { Fix } from '../language/language'

/** Offsets are clamped, because the text may have changed since it was checked. */
export function toEditor(diagnostics: Diagnostic[], length: number, onFix: (fix: Fix) => void = () => {}): Shown[] {
  return diagnostics.map((found) => {
    const start = Math.min(found.range?.start ?? 0, length)
    const end = Math.min(Math.max(found.range?.end ?? length, start), length)
    // A place without extent, such as the end of the text, is shown on the character before it.
    const from = start === end ? Math.max(0, start - 1) : start
    return {
      from,
      to: start === end ? Math.min(length, from + 1) : end,
      severity: found.severity,
      message: found.message,
      source: found.code,
      renderMessage: () => render(found),
      actions: found.fixes?.map((fix) => ({ name: fix.title, apply: () => onFix(fix) })),
    }
  })
}

function render(found: Diagnostic): HTMLElement {
  const box = document.createElement('div')
  box.append(...withCode(found.message))
  if (found.help) {
    const help = document.createElement('div')
    help.className = 'cm-help'
    help.append(...withCode(found.help))
    box.append(help)
  }
  return box
}

/** What stands in backquotes is code. */
export function withCode(text: string): (string | HTMLElement)[] {
  return text.split(/(`[^`\n]+`)/).map((part) => {
    if (!part.startsWith('`') || part.length < 3) return part
    const code = document.createElement('code')
    code.textContent = part.slice(1, -1)
    return code
  })
}
