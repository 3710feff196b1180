import { describe, expect, it } from 'vitest'
import { renderMarkdown } from './markdown'

describe('Markdown', () => {
  it('is rendered', () => {
    expect(renderMarkdown('# Hi\n\n**bold** `code`')).toContain('<strong>bold</strong>')
  })

  it('never carries anything that runs', () => {
    const bad = '<img src=x onerror="alert(1)"><script>alert(1)</script>[x](javascript:alert(1))<form action="/x"><input></form><p style="position:fixed">z</p>'
    const html = renderMarkdown(bad)
    for (const word of ['onerror', '<script', 'javascript:', '<form', '<input', 'style=']) expect(html).not.toContain(word)
  })

  it('opens foreign links elsewhere, without telling where from', () => {
    expect(renderMarkdown('[a](https://example.org)')).toMatch(/rel="noopener noreferrer"/)
  })
})
