import { accessible, cell, editor, expect, newNotebook, rowsInView, runs, test, write } from './person'

test('a package is found, read, imported and run', async ({ page }) => {
  await newNotebook(page, 'Distances')
  await page.getByRole('link', { name: 'Packages' }).click()
  for (const name of ['std/geo', 'std/text', 'std/finance']) await expect(page.getByRole('link', { name })).toBeVisible()
  await accessible(page, 'the packages')
  await page.getByLabel('Search packages').fill('haversine')
  await expect(page.getByRole('link', { name: 'std/text' })).toHaveCount(0)
  await page.getByRole('link', { name: 'std/geo' }).click()

  await expect(page.getByRole('heading', { name: 'std/geo', exact: true }).first()).toBeVisible()
  const haversine = page.getByRole('article', { name: 'haversine' })
  await expect(haversine).toContainText('lat1: float')
  await expect(haversine).toContainText('WASM')
  await expect(haversine).toContainText('=') // an example with its result
  await expect(page.getByRole('button', { name: 'Copy the digest' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Readme' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Versions' })).toBeVisible()
  await accessible(page, 'a package')

  await page.getByRole('button', { name: /Insert import into notebook/ }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Notebook')).toContainText('Distances')
  await expect(dialog.getByText(/import std\/geo@\^1\.0 \(haversine\)/)).toBeVisible()
  await accessible(page, 'the choice of a notebook')
  await dialog.getByRole('button', { name: 'Insert' }).click()

  await expect(page.getByLabel('Title of the notebook')).toHaveValue('Distances')
  await expect(editor(page, 1)).toContainText('import std/geo@^1.0 (haversine)')
  await write(page, 2, "airports\n-> filter iata == 'SEA'\n-> { km: haversine(latitude, longitude, 40.64, -73.78) }")
  await runs(page, 2)
  const [row] = await rowsInView(page, 2)
  expect(Number(row.trim().split(/\s+/)[0])).toBeCloseTo(3890, -2) // Seattle to New York

  await cell(page, 2).getByRole('tab', { name: 'Plan' }).click()
  const functions = cell(page, 2).getByRole('region', { name: 'Functions that ran' })
  await expect(functions).toContainText('haversine')
  await expect(functions).toContainText('WASM')

  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Locked packages' }).click()
  const lock = page.getByRole('dialog', { name: 'Locked packages' })
  await expect(lock.getByRole('row', { name: /std\/geo 1\.\d+\.\d+ [0-9a-f]{12}… newest/ })).toBeVisible()
  await expect(lock.getByRole('button', { name: 'Upgrade all' })).toBeDisabled()
  await accessible(page, 'the locked packages')
})

test('the welcome notebook runs from top to bottom', async ({ page }) => {
  await page.getByRole('main').getByRole('link', { name: /Welcome/ }).click()
  await expect(page.locator('[data-cell]').first()).toBeVisible()
  const runnable = await page.getByRole('region', { name: /^(Query|Function) cell/ }).count() // a function is run for its examples
  expect(runnable).toBeGreaterThan(3)
  await page.getByRole('button', { name: 'Run all' }).click()
  await expect(page.locator('[data-phase=done]')).toHaveCount(runnable, { timeout: 240_000 }) // the first Python function waits for its interpreter
  await expect(page.locator('[data-phase=failed]')).toHaveCount(0)
  await accessible(page, 'the welcome notebook')
})
