// Markdown to HTML that is safe to show: texts come from other people's notebooks and packages, so everything that could run
// or reach out is removed.
import DOMPurify from 'dompurify'
import { marked } from 'marked'

export function renderMarkdown(source: string): string {
  if (!DOMPurify.isSupported) return source.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`) // better plain than unsafe
  const html = marked.parse(source.slice(0, 500_000), { async: false, gfm: true })
  return DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'audio', 'video', 'dialog'],
    FORBID_ATTR: ['style', 'id', 'class', 'srcset', 'autofocus', 'tabindex'],
  })
}

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'PRE' || node.tagName === 'TABLE') node.setAttribute('tabindex', '0') // they scroll sideways, by keyboard too
  if (node.tagName !== 'A') return
  if (/^https?:/i.test(node.getAttribute('href') ?? '')) {
    node.setAttribute('target', '_blank')
    node.setAttribute('rel', 'noopener noreferrer')
  }
})
