// What a person does in DreamQL, for the tests to tell their stories with.
import AxeBuilder from '@axe-core/playwright'
import { expect, test as base, type Locator, type Page } from '@playwright/test'

/** A page that is signed in, the way that the printed address signs in. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await signIn(page)
    await use(page)
    expect(problems, 'errors in the page').toEqual([])
  },
})
export { expect }

export async function signIn(page: Page): Promise<void> {
  await page.goto(`/?token=${process.env.DREAMQL_TOKEN}`)
  await expect(page.getByRole('heading', { name: 'Notebooks', exact: true })).toBeVisible()
  expect(page.url()).not.toContain('token')
}

export async function newNotebook(page: Page, title: string): Promise<void> {
  await page.getByRole('link', { name: 'Notebooks', exact: true }).click()
  await page.getByRole('main').getByRole('button', { name: 'New notebook' }).first().click()
  await expect(page.getByLabel('Title of the notebook')).toHaveValue('Untitled notebook')
  await page.getByLabel('Title of the notebook').fill(title)
  await saved(page)
}

export const saved = (page: Page): Promise<void> => expect(page.getByRole('status', { name: 'Saving' })).toHaveText('Saved')

/** The nth cell, from 1. */
export const cell = (page: Page, n: number): Locator => page.locator('[data-cell]').nth(n - 1)
export const editor = (page: Page, n: number): Locator => cell(page, n).locator('.cm-content')

/** Types over whatever the cell holds. Completion is closed before the text is read back. */
export async function write(page: Page, n: number, text: string): Promise<void> {
  await editor(page, n).click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(text)
  await expect(editor(page, n)).toContainText(text.split('\n')[0])
}

export async function run(page: Page, n: number): Promise<void> {
  await cell(page, n).getByRole('button', { name: 'Run', exact: true }).click()
}

export const phase = (page: Page, n: number, name: string): Locator => cell(page, n).locator(`[data-phase=${name}]`)

export async function runs(page: Page, n: number): Promise<void> {
  await run(page, n)
  await expect(phase(page, n, 'done')).toBeVisible()
}

/** The rows that are in view, as texts, once they are there. */
export async function rowsInView(page: Page, n: number): Promise<string[]> {
  const grid = cell(page, n).getByRole('grid')
  const rows = grid.locator('[role=row]:has([role=gridcell])')
  await expect(rows.first()).toBeVisible()
  await expect(grid.locator('[aria-busy=true]')).toHaveCount(0)
  return rows.allInnerTexts()
}

/** No serious finding by axe, in either theme. */
export async function accessible(page: Page, what: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const { violations } = await new AxeBuilder({ page }).analyze()
    const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
    expect(serious.map((v) => `${v.id}: ${v.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`), `${what}, ${theme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** A query that keeps the workers busy for minutes: every pair of flights from the same airport. */
export const longQuery = 'flights\n-> join_many flights, as: f, on: origin == f.origin\n-> filter delay + f.delay > 1_000_000\n-> agg { n: count() }'
