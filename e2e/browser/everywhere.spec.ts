import { test as fresh } from '@playwright/test'
import { accessible, cell, editor, expect, phase, saved, test } from './person'

fresh('without a session the page asks for the token', async ({ page }) => {
  await page.goto('/datasets')
  await expect(page.getByRole('heading', { name: 'Sign in to DreamQL' })).toBeVisible()
  await accessible(page, 'sign in')
  await page.getByLabel('Token').fill('not-a-token')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toContainText('does not know this token')
  await page.getByLabel('Token').fill(process.env.DREAMQL_TOKEN!)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Datasets' })).toBeVisible() // the page that was asked for
})

test('everything has a path by keyboard', async ({ page }) => {
  await page.keyboard.press('ControlOrMeta+K')
  await expect(page.getByRole('dialog', { name: 'Command palette' })).toBeVisible()
  await accessible(page, 'the palette')
  await page.keyboard.type('new notebook')
  await page.keyboard.press('Enter')
  await expect(cell(page, 1)).toBeVisible()

  await cell(page, 1).focus()
  await page.keyboard.press('Enter')
  await expect(editor(page, 1)).toBeFocused()
  await page.keyboard.insertText('flights -> take 3')
  await page.keyboard.press('Shift+Enter') // runs, and makes the next cell
  await expect(phase(page, 1, 'done')).toBeVisible()
  await expect(editor(page, 2)).toBeFocused()
  await page.keyboard.insertText('airports -> take 2')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(phase(page, 2, 'done')).toBeVisible()

  await page.keyboard.press('Alt+ArrowUp')
  await expect(editor(page, 1)).toContainText('airports')
  await page.keyboard.press('Escape')
  await expect(cell(page, 1)).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(cell(page, 2)).toBeFocused()
  await page.keyboard.press('t')
  await page.keyboard.insertText('Done by keyboard')
  await page.keyboard.press('Escape')
  await expect(cell(page, 3).getByText('Done by keyboard')).toBeVisible()
  await page.keyboard.press('Delete')
  await expect(page.locator('[data-cell]')).toHaveCount(2)
  await page.getByRole('button', { name: 'Undo' }).focus()
  await page.keyboard.press('Enter')
  await expect(cell(page, 3).getByText('Done by keyboard')).toBeVisible()

  const grid = cell(page, 2).getByRole('grid')
  await grid.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await expect(grid.locator('[aria-selected=true]')).toHaveAttribute('aria-colindex', '2')
  await saved(page)

  await cell(page, 1).focus()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible()
  await accessible(page, 'the help')
  await page.keyboard.press('Escape')
  await page.keyboard.press('g')
  await page.keyboard.press('p')
  await expect(page.getByRole('heading', { name: 'Packages' })).toBeVisible()
})

test('the theme is a choice that stays', async ({ page }) => {
  await page.getByRole('button', { name: 'Dark theme' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('an address without a page says so', async ({ page }) => {
  await page.goto('/nowhere')
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await accessible(page, 'not found')
  await page.goto('/notebooks/00000000-0000-4000-8000-000000000000')
  await expect(page.getByRole('heading', { name: 'There is no such notebook' })).toBeVisible()
})

test('the account makes and revokes tokens', async ({ page }) => {
  await page.goto('/account')
  await page.getByLabel('Name').fill('nightly report')
  await page.getByRole('button', { name: 'Make token' }).click()
  await expect(page.getByText('Copy the token now')).toBeVisible()
  await accessible(page, 'the account')
  await page.getByRole('button', { name: 'Revoke nightly report' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke token' }).click()
  await expect(page.getByRole('button', { name: 'Revoke nightly report' })).toHaveCount(0)
})

test('a narrow screen keeps everything reachable', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 })
  await page.getByRole('button', { name: 'Open the menu' }).click()
  await accessible(page, 'the menu')
  await page.getByRole('link', { name: 'Datasets' }).click()
  await expect(page.getByRole('heading', { name: 'Datasets' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})
