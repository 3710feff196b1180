import type { Page } from '@playwright/test'
import { accessible, cell, editor, expect, newNotebook, phase, rowsInView, run, runs, saved, test, write } from './person'

/** Adds a function cell at the end, in a language, with a text. */
async function addFunction(page: Page, n: number, language: string, text: string): Promise<void> {
  await page.getByRole('toolbar', { name: 'Notebook' }).getByRole('button', { name: 'Function' }).click()
  await expect(editor(page, n)).toBeVisible()
  await cell(page, n).getByLabel(/Language of function cell/).selectOption(language)
  await write(page, n, text)
}

async function addQuery(page: Page, n: number, text: string): Promise<void> {
  await page.getByRole('toolbar', { name: 'Notebook' }).getByRole('button', { name: 'Query' }).click()
  await write(page, n, text)
}

const withTax = 'def with_tax(price: float, rate: float) -> float:\n    """The price with tax.\n\n    >>> with_tax(100.0, 0.5)\n    150.0\n    """\n    return price * (1 + rate)'

test('a Python function is called by a later cell, which is stale when it changes', async ({ page }) => {
  await newNotebook(page, 'Taxes')
  await write(page, 1, "airports\n-> filter iata == 'SEA'\n-> { iata, total: with_tax(20, 0.5) }")
  await expect(cell(page, 1).locator('.cm-lintRange-error').first()).toBeVisible() // nobody defines it yet
  await addFunction(page, 2, 'python', withTax)
  await expect(cell(page, 2).getByRole('list', { name: 'Defined functions' })).toContainText('with_tax(price: float, rate: float) => float')
  await expect(cell(page, 1).locator('.cm-lintRange-error')).toHaveCount(0)
  await accessible(page, 'a function cell')

  // What it is, where it is called.
  await cell(page, 1).locator('.cm-line').filter({ hasText: 'with_tax' }).getByText('with_tax').hover()
  await expect(page.locator('.cm-tooltip')).toContainText('The price with tax.')
  await page.mouse.move(0, 0)

  await runs(page, 1)
  expect((await rowsInView(page, 1))[0]).toMatch(/SEA\s+30/)
  await cell(page, 1).getByRole('tab', { name: 'Plan' }).click()
  const ran = cell(page, 1).getByRole('region', { name: 'Functions that ran' })
  await expect(ran).toContainText('with_tax')
  await expect(ran).toContainText('python')

  await write(page, 2, withTax.replace('(1 + rate)', '(2 + rate)'))
  await expect(cell(page, 1).getByText('Cell 2, which it uses, changed since this run')).toBeVisible()
  await runs(page, 1)
  await expect(cell(page, 1).getByText(/which it uses, changed/)).toHaveCount(0)
  await cell(page, 1).getByRole('tab', { name: 'Table' }).click()
  expect((await rowsInView(page, 1))[0]).toMatch(/SEA\s+50/)
  await saved(page)
  await page.reload()
  await expect(cell(page, 2).getByLabel(/Language of function cell/)).toHaveValue('python') // saved with the cell
})

test('a wrong function says where, as it is written and as it fails', async ({ page }) => {
  await newNotebook(page, 'Wrong functions')
  await write(page, 1, 'broken(7)')
  await addFunction(page, 2, 'python', 'def broken(x) -> int:\n    return 1 // (x - 7)')
  await expect(cell(page, 2).locator('.cm-lintRange-error')).toHaveText('x')
  await write(page, 2, 'def broken(x: int) -> int:\n    return 1 // (x - 7)')
  await expect(cell(page, 2).locator('.cm-lintRange-error')).toHaveCount(0)
  await run(page, 1)
  await expect(phase(page, 1, 'failed')).toBeVisible()
  await expect(cell(page, 1).getByRole('alert')).toContainText(/ZeroDivisionError|division/)
  await cell(page, 1).getByRole('button', { name: 'line 2' }).click() // to the line that failed
  await expect(editor(page, 2)).toBeFocused()
  await accessible(page, 'a failed function')
})

test('AssemblyScript is compiled in the browser and kept for runs without one', async ({ page }) => {
  await newNotebook(page, 'AssemblyScript')
  await write(page, 1, "{ a: shout('ab'), b: score(2, 0.5) }")
  await addFunction(page, 2, 'assemblyscript', 'export function shout(s: string): string { return s.toUpperCase() + "!"; }\nexport function score(x: f64, boost: f64): f64 { return x * (1 + bost); }')
  await expect(cell(page, 2).getByRole('alert')).toContainText(/bost/)
  await expect(cell(page, 2).locator('.cm-lintRange-error')).toContainText('bost')
  await accessible(page, 'a function that does not compile')
  await write(page, 2, 'export function shout(s: string): string { return s.toUpperCase() + "!"; }\nexport function score(x: f64, boost: f64): f64 { return x * (1 + boost); }')
  await expect(cell(page, 2).getByText('Compiled', { exact: true })).toBeVisible()
  await runs(page, 1)
  expect((await rowsInView(page, 1))[0]).toMatch(/AB!\s+3/)
  await saved(page)

  const notebook = page.url().split('/').pop()
  const ran = await page.request.post(`/api/v1/notebooks/${notebook}/runs`, { data: {}, headers: { Authorization: `Bearer ${process.env.DREAMQL_TOKEN}` } })
  const { id } = await ran.json()
  await expect
    .poll(async () => (await (await page.request.get(`/api/v1/runs/${id}`, { headers: { Authorization: `Bearer ${process.env.DREAMQL_TOKEN}` } })).json()).state)
    .toBe('succeeded')
})

test('a function cell is published, and imported by another notebook', async ({ page }) => {
  const scope = `e${Date.now().toString(36)}`
  await newNotebook(page, 'To publish')
  await addFunction(page, 2, 'dreamql', '// Half of a number.\nhalf = (x: float) => x / 2')
  await expect(cell(page, 2).getByRole('list', { name: 'Defined functions' })).toContainText('half(x: float) => float')
  await cell(page, 2).getByRole('button', { name: 'Publish' }).click()
  const dialog = page.getByRole('dialog', { name: 'Publish as a package' })
  await expect(dialog.getByLabel('Description')).toHaveValue('Half of a number.')
  await expect(dialog.getByLabel('Version')).toHaveValue('0.1.0')
  await expect(dialog.getByText('None yet.')).toBeVisible()
  await accessible(page, 'the publish dialog')

  // What is missing is said at its field.
  await dialog.getByLabel('Scope').fill('Not A Scope')
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await expect(dialog.getByLabel('Scope')).toHaveAttribute('aria-invalid', 'true')
  await dialog.getByLabel('Scope').fill(scope)
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await expect(dialog.getByRole('group', { name: /half/ })).toContainText('example')
  await accessible(page, 'the publish dialog with problems')

  // An example that does not hold is shown with what it gave.
  await dialog.getByRole('button', { name: 'Add an example' }).click()
  await dialog.getByLabel('Call of example 1 of half').fill('half(3)')
  await dialog.getByLabel('Result of example 1 of half').fill('2')
  await dialog.getByRole('button', { name: 'Run the checks' }).click()
  await expect(dialog.getByText('Expected 2, got 1.5')).toBeVisible()
  await dialog.getByLabel('Result of example 1 of half').fill('1.5')
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  const done = page.getByRole('dialog', { name: `${scope}/half 0.1.0 is published` })
  await expect(done).toBeVisible()
  await accessible(page, 'a published function')
  await done.getByRole('button', { name: 'Replace it by the import' }).click()
  await expect(editor(page, 2)).toContainText(`import ${scope}/half@0.1.0 (half)`)
  await write(page, 1, 'half(9)')
  await runs(page, 1)
  expect((await rowsInView(page, 1))[0]).toContain('4.5')
  await saved(page)

  await newNotebook(page, 'Another')
  await write(page, 1, `import ${scope}/half@0.1.0 (half)`)
  await addQuery(page, 2, 'half(5)')
  await runs(page, 2)
  expect((await rowsInView(page, 2))[0]).toContain('2.5')
})
