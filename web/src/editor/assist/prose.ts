// Documentation as the server writes it: Markdown, with DreamQL in fenced blocks, which is coloured as in the editor. The renderer
// of Markdown comes when it is first needed.
import { codeElement } from '../colour'

const fence = /^```(?:dreamql)?\n([\s\S]*?)^```$/gm

export function prose(markdown: string): HTMLElement {
  const box = document.createElement('div')
  box.className = 'cm-doc'
  let at = 0
  for (const block of markdown.matchAll(fence)) {
    text(box, markdown.slice(at, block.index))
    const pre = document.createElement('pre')
    pre.append(codeElement(block[1].trimEnd()))
    box.append(pre)
    at = block.index + block[0].length
  }
  text(box, markdown.slice(at))
  return box
}

function text(box: HTMLElement, markdown: string): void {
  if (!markdown.trim()) return
  const part = document.createElement('div')
  part.className = 'prose'
  part.textContent = markdown.trim()
  box.append(part)
  void import('../../core/markdown').then(({ renderMarkdown }) => (part.innerHTML = renderMarkdown(markdown)))
}
