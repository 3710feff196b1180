import type { Locator, Page } from '@playwright/test'
import { accessible, cell, editor, expect, newNotebook, phase, run, runs, saved, test, write } from './person'

const list = (page: Page): Locator => page.getByRole('listbox', { name: 'Completions' })
const option = (page: Page, name: string): Locator => list(page).getByRole('option').filter({ has: page.locator('.cm-completionLabel', { hasText: new RegExp(`^${name}$`) }) })
const text = (page: Page, n: number): Promise<string> => editor(page, n).evaluate((element) => [...element.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n'))

/** Types as a person does: a list that has come up this very moment is not taken for wanted. */
const typed = (page: Page, keys: string): Promise<void> => page.keyboard.type(keys, { delay: 60 })

/** Waits until the language server has looked at what was written. */
async function looked(page: Page, n: number): Promise<void> {
  await write(page, n, 'flights -> filter nothing_such')
  await expect(cell(page, n).locator('.cm-lintRange-error')).toHaveText('nothing_such')
}

/** Rests the pointer on a place of a line, in characters. */
async function point(page: Page, n: number, line: number, character: number): Promise<void> {
  const box = (await editor(page, n).locator('.cm-line').nth(line - 1).boundingBox())!
  const width = await editor(page, n).evaluate((element) => {
    const ruler = element.ownerDocument.createElement('canvas').getContext('2d')!
    ruler.font = getComputedStyle(element).font
    return ruler.measureText('0').width
  })
  await page.mouse.move(box.x + 200, box.y + 200)
  await page.mouse.move(box.x + 13 + width * (character + 0.5), box.y + box.height / 2, { steps: 4 })
}

async function addQuery(page: Page, source: string, n: number): Promise<void> {
  await page.getByRole('toolbar', { name: 'Notebook' }).getByRole('button', { name: 'Query' }).click()
  await write(page, n, source)
}

test('a query is written with completion: stages, columns with their types, functions with what they do', async ({ page }) => {
  await newNotebook(page, 'Written with help')
  await looked(page, 1)
  await write(page, 1, 'flights')
  await page.keyboard.type(' -> ')
  await expect(option(page, 'filter')).toBeVisible()
  await typed(page, 'fil')
  await page.keyboard.press('Enter')
  await expect(editor(page, 1)).toHaveText('flights -> filter')
  await page.keyboard.type(' ')
  await expect(option(page, 'delay')).toContainText('int')
  await expect(option(page, 'origin')).toContainText('string')
  await typed(page, 'del')
  await page.keyboard.press('Enter')
  await page.keyboard.type(' > 60 -> { far: rou')
  await expect(option(page, 'round')).toBeVisible()
  await expect(page.locator('.cm-completionInfo')).toContainText('round(x: int) => int')
  await accessible(page, 'completion')
  await page.keyboard.press('Enter')
  await page.keyboard.type('(')
  await expect(page.locator('.cm-signature')).toContainText('round')
  await page.keyboard.type('distance')
  await page.keyboard.press('Escape') // closes the list and the window
  await expect(page.locator('.cm-tooltip')).toHaveCount(0)
  await expect(editor(page, 1)).toBeFocused()
  expect(await text(page, 1)).toBe('flights -> filter delay > 60 -> { far: round(distance)}') // brackets close themselves
  await runs(page, 1)
})

test('Enter ends a line where nothing was chosen from a list', async ({ page }) => {
  await newNotebook(page, 'Lines')
  await looked(page, 1)
  await write(page, 1, 'flights')
  await page.keyboard.type(' -> ')
  await expect(option(page, 'filter')).toBeVisible()
  await page.keyboard.press('Enter')
  await page.keyboard.type('take 3')
  await page.keyboard.press('Escape')
  expect((await text(page, 1)).replace(/\s+/g, ' ')).toBe('flights -> take 3')
  await runs(page, 1)
})

test('a finding is mended by keyboard, and undone', async ({ page }) => {
  await newNotebook(page, 'Mended')
  await write(page, 1, 'flights -> filter delai > 60 -> take 3')
  const underline = cell(page, 1).locator('.cm-lintRange-error')
  await expect(underline).toHaveText('delai')
  await expect(cell(page, 1).getByRole('button', { name: 'Show fixes' })).toBeVisible()
  await editor(page, 1).press('Control+.')
  const menu = page.getByRole('menu', { name: 'Fixes' })
  await expect(menu.getByRole('menuitem').first()).toBeFocused()
  await accessible(page, 'the menu of fixes')
  await page.keyboard.press('Enter')
  await expect(editor(page, 1)).toContainText('filter delay > 60')
  await expect(editor(page, 1)).toBeFocused()
  await expect(underline).toHaveCount(0)
  await page.keyboard.press('ControlOrMeta+Z')
  await expect(underline).toHaveText('delai')

  // The same by pointer, from the finding itself.
  await underline.hover()
  const action = page.locator('.cm-diagnosticAction').first()
  await expect(action).toBeVisible()
  await accessible(page, 'a finding that is looked at')
  await underline.hover()
  await action.click()
  await expect(underline).toHaveCount(0)
  await runs(page, 1)
})

test('a name is looked at, followed to its cell, and renamed in all, in one step', async ({ page }) => {
  await newNotebook(page, 'Names')
  await write(page, 1, 'late = flights -> filter delay > 60')
  await addQuery(page, 'late -> take 5', 2)
  await runs(page, 2)
  await point(page, 2, 1, 1)
  await expect(page.locator('.cm-hover')).toContainText('table')
  await accessible(page, 'what stands under the pointer')

  await editor(page, 2).click()
  await page.keyboard.press('Home')
  await page.keyboard.press('F12')
  await expect(editor(page, 1)).toBeFocused()

  await page.keyboard.press('F2')
  const name = page.getByRole('textbox', { name: 'New name of late' })
  await expect(name).toBeFocused()
  await name.fill('with`quotes')
  await name.press('Enter')
  await expect(page.locator('.cm-rename')).toContainText('A name has 1 to 200 characters')
  await accessible(page, 'a name that is refused')
  await name.fill('delayed')
  await name.press('Enter')
  await expect(editor(page, 1)).toContainText('delayed = flights')
  await expect(editor(page, 2)).toContainText('delayed -> take 5')
  await saved(page)
  await runs(page, 2)

  await editor(page, 2).click()
  await page.keyboard.press('ControlOrMeta+Z')
  await expect(editor(page, 2)).toContainText('late -> take 5')
  await expect(editor(page, 1)).toContainText('late = flights')
})

test('without the language server everything else works, and it is found again', async ({ page }) => {
  let isBlocked = true
  let attempts = 0
  await page.routeWebSocket(/\/api\/v1\/language$/, (socket) => {
    attempts++
    if (isBlocked) void socket.close({ code: 1013 })
    else socket.connectToServer()
  })
  await newNotebook(page, 'Alone')
  await write(page, 1, 'flights -> filter delai > 60')
  await expect(cell(page, 1).locator('.cm-lintRange-error')).toHaveText('delai')
  await expect(editor(page, 1).locator('.tok-pipe')).toHaveText('->')
  await write(page, 1, 'flights -> take 5 ->')
  await page.keyboard.type(' s')
  await expect(option(page, 'sort')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.type('ort delay')
  await page.keyboard.press('Escape')
  await page.keyboard.press('F12') // quiet
  await run(page, 1)
  await expect(phase(page, 1, 'done')).toBeVisible()
  expect(attempts).toBeLessThan(12) // it waits longer each time

  isBlocked = false
  await page.evaluate(() => window.dispatchEvent(new Event('online')))
  await expect(async () => {
    await point(page, 1, 1, 1)
    await expect(page.locator('.cm-hover')).toContainText('flights', { timeout: 2_000 })
  }).toPass()
})
