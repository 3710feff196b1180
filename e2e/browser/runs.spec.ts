import { accessible, cell, editor, expect, longQuery, newNotebook, phase, rowsInView, run, saved, signIn, test, write } from './person'

test('a long run shows its tasks and time, and stops when it is cancelled', async ({ page }) => {
  await newNotebook(page, 'Too long')
  await write(page, 1, longQuery)
  await run(page, 1)
  await expect(phase(page, 1, 'running')).toBeVisible()
  await expect(cell(page, 1).getByText(/of \d+ tasks?/)).toBeVisible()
  await expect(phase(page, 1, 'running')).toContainText(/\d\.\d s/)
  await accessible(page, 'a running cell')
  await cell(page, 1).getByRole('button', { name: 'Cancel' }).click()
  await expect(phase(page, 1, 'cancelled')).toBeVisible()

  // The worker is free at once for something else.
  await write(page, 1, 'flights -> take 3')
  await run(page, 1)
  await expect(phase(page, 1, 'done')).toBeVisible()
  expect(await rowsInView(page, 1)).toHaveLength(3)
})

test('a run goes on after its tab is closed', async ({ page, context }) => {
  await newNotebook(page, 'Left alone')
  await write(page, 1, longQuery)
  await page.getByRole('toolbar').getByRole('button', { name: 'Query' }).click()
  await write(page, 2, 'flights -> { @origin, n: count() } -> sort -n -> take 4')
  await run(page, 2)
  await expect(phase(page, 2, 'done')).toBeVisible()
  await run(page, 1)
  await expect(phase(page, 1, 'running')).toBeVisible()
  const address = page.url()
  await page.close()

  const again = await context.newPage()
  await again.goto(address)
  await expect(phase(again, 1, 'running')).toBeVisible() // found again, and followed
  expect(await rowsInView(again, 2)).toHaveLength(4) // the result of before is there
  await again.getByRole('toolbar').getByRole('button', { name: 'Cancel' }).click()
  await expect(phase(again, 1, 'cancelled')).toBeVisible()
})

test('a run that ends while nobody looks has its result there', async ({ page, context }) => {
  await newNotebook(page, 'Ends alone')
  await write(page, 1, 'flights -> { @origin, @destination, n: count(), d: mean(delay) } -> sort -n')
  await saved(page)
  await run(page, 1)
  const address = page.url()
  await page.close()
  const again = await context.newPage()
  await again.goto(address)
  await expect(phase(again, 1, 'done')).toBeVisible()
  expect((await rowsInView(again, 1)).length).toBeGreaterThan(5)
})

test('two tabs cannot overwrite each other', async ({ page, browser }) => {
  await newNotebook(page, 'Shared')
  await write(page, 1, 'flights -> take 1')
  await page.getByRole('toolbar').getByRole('button', { name: 'Query' }).click()
  await write(page, 2, 'airports -> take 1')
  await saved(page)

  const elsewhere = await browser.newContext() // another browser, so that nothing is shared but the server
  const other = await elsewhere.newPage()
  await signIn(other)
  await other.goto(page.url())
  await expect(editor(other, 2)).toContainText('airports')

  // Different cells are merged.
  await write(page, 1, 'flights -> take 11')
  await saved(page)
  await write(other, 2, 'airports -> take 22')
  await saved(other)
  await expect(editor(other, 1)).toContainText('take 11')

  // The same cell is a question.
  await write(other, 1, 'flights -> take 100')
  await saved(other)
  await write(page, 1, 'flights -> take 200')
  const dialog = page.getByRole('dialog', { name: 'Changed in another tab' })
  await expect(dialog).toBeVisible()
  await expect(dialog).toContainText('take 100')
  await expect(dialog).toContainText('take 200')
  await accessible(page, 'a conflict')
  await dialog.getByRole('button', { name: 'Keep mine as a copy' }).click()
  await saved(page)
  await expect(editor(page, 1)).toContainText('take 100')
  await expect(editor(page, 2)).toContainText('take 200')
  await expect(editor(page, 3)).toContainText('take 22')
  await elsewhere.close()
})

test('edits made offline are kept, and saved when the server is back', async ({ page, context }) => {
  await newNotebook(page, 'On a train')
  await context.setOffline(true)
  await write(page, 1, 'flights -> take 7')
  await expect(page.getByRole('status', { name: 'Saving' })).toContainText('Offline')
  const address = page.url()
  await page.close({ runBeforeUnload: false })
  await context.setOffline(false)

  const again = await context.newPage()
  await again.goto(address)
  await expect(editor(again, 1)).toContainText('take 7') // from the journal of the closed tab
  await saved(again)
  await again.reload()
  await expect(editor(again, 1)).toContainText('take 7')
})
