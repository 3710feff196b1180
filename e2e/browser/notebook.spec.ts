import { accessible, cell, editor, expect, newNotebook, phase, rowsInView, runs, run, saved, test, write } from './person'

test('from an empty notebook to rows, a chart and the plan', async ({ page }) => {
  await newNotebook(page, 'Late flights')
  await write(page, 1, 'flights\n-> { @origin, n: count(), late: mean(delay) }\n-> sort -n')
  await runs(page, 1)
  await expect(cell(page, 1).getByText('3,000,000 rows read')).toBeVisible()
  const [first] = await rowsInView(page, 1)
  expect(first).toContain('ORD')

  await cell(page, 1).getByRole('tab', { name: 'Chart' }).click()
  for (const kind of ['bar', 'line', 'scatter']) {
    await cell(page, 1).getByRole('button', { name: kind }).click()
    await expect(cell(page, 1).locator(`[data-chart=${kind}] svg path`).first()).toBeVisible()
  }
  await cell(page, 1).getByLabel('Up', { exact: true }).selectOption('late')
  await expect(cell(page, 1).getByRole('img', { name: /scatter chart of late/ })).toBeVisible()
  await saved(page)
  await accessible(page, 'a chart')
  await page.reload()
  await expect(cell(page, 1).getByRole('img', { name: /scatter chart of late/ })).toBeVisible() // saved with the cell

  await cell(page, 1).getByRole('tab', { name: 'Plan' }).click()
  await expect(cell(page, 1).getByRole('region', { name: 'Tasks' })).toBeVisible()
  await expect(cell(page, 1).getByText(/scan flights|flights \(/).first()).toBeVisible()
  await accessible(page, 'a plan')
})

test('the plan is a graph with the hot path marked, and says where a function ran and why', async ({ page }) => {
  await newNotebook(page, 'Far flights')
  await write(
    page,
    1,
    'import std/geo@^1.0 (haversine)\nflights\n-> join_one airports, as: o, on: origin == o.iata\n-> join_one airports, as: d, on: destination == d.iata\n-> filter haversine(o.latitude, o.longitude, d.latitude, d.longitude) > 2000.0\n-> { @state: o.state, n: count(), late: mean(delay) }\n-> sort -n\n-> take 10',
  )
  await runs(page, 1)
  await cell(page, 1).getByRole('tab', { name: 'Plan' }).click()
  const graph = cell(page, 1).getByRole('region', { name: 'Graph of the plan' })
  const operators = graph.getByRole('list', { name: 'Operators, the result first' })
  await expect(operators.locator('[data-operator=hash_join]')).toHaveCount(2)
  await expect(operators.locator('[data-operator=scan]').filter({ hasText: '3,000,000 out' })).toHaveCount(1)
  await expect(operators.locator('[data-hot=true]').first()).toContainText('hot path')
  const filter = operators.locator('[data-operator=filter]').filter({ hasText: 'haversine' })
  await expect(filter).toContainText('Not pushed down: it takes columns of both sides of the join')
  await expect(filter).toContainText(/wasm, [\d.]+ ns a row/)
  await expect(cell(page, 1).getByRole('region', { name: 'Where functions ran, and why' })).toContainText(/haversine ran in the executors of .*it is a WebAssembly function/)

  // What is in the nested lists stands where the picture shows it, and keys scroll it.
  const [top, scan] = [await operators.locator('[data-operator]').first().boundingBox(), await operators.locator('[data-operator=scan]').first().boundingBox()]
  expect(scan!.y).toBeGreaterThan(top!.y + top!.height)
  await graph.focus()
  await page.keyboard.press('End')
  await expect.poll(() => graph.evaluate((element) => element.scrollTop)).toBeGreaterThan(0)
  await accessible(page, 'the graph of a plan')

  await cell(page, 1).getByRole('button', { name: 'Stages' }).click()
  await expect(cell(page, 1).getByRole('region', { name: 'Stages' })).toContainText('stage 0')
})

test('the grid scrolls over three million rows without loading them', async ({ page }) => {
  await newNotebook(page, 'All of them')
  let fetched = 0
  page.on('request', (request) => (fetched += request.url().includes('/result') ? 1 : 0))
  await write(page, 1, 'flights')
  await runs(page, 1)
  const grid = cell(page, 1).getByRole('grid')
  await expect(grid).toHaveAttribute('aria-rowcount', '3000001')
  await expect(grid.getByRole('columnheader')).toHaveCount(5)
  const top = await rowsInView(page, 1)
  expect(top[0]).toMatch(/2001/)

  await grid.focus()
  await page.keyboard.press('ControlOrMeta+End')
  const last = grid.locator('[role=row][aria-rowindex="3000001"]')
  await expect(last.getByRole('rowheader')).toHaveText('3,000,000')
  await expect(last.getByRole('gridcell').first()).toContainText('2001-')
  await page.keyboard.press('PageUp')
  await page.keyboard.press('ControlOrMeta+Home')
  await expect(grid.locator('[role=row][aria-rowindex="2"]').getByRole('gridcell').first()).toContainText('2001-01-01')

  // By scrollbar to the middle, then by wheel: pixels stay pixels.
  await grid.evaluate((element) => (element.scrollTop = element.scrollHeight / 2))
  const header = grid.getByRole('rowheader').first()
  await expect(header).toHaveText(/^1,\d{3},\d{3}$/)
  const before = Number((await header.innerText()).replaceAll(',', ''))
  await grid.hover()
  await page.mouse.wheel(0, 28 * 3)
  await expect(header).toHaveText((before + 3).toLocaleString('en-US'))
  await expect(grid.getByRole('gridcell').first()).toContainText('2001-')
  expect(fetched).toBeLessThan(30)
  await accessible(page, 'a large grid')
})

test('an error is underlined at its place, with what to do', async ({ page }) => {
  await newNotebook(page, 'Slips')
  await write(page, 1, 'flights -> filter delai > 60')
  const underline = cell(page, 1).locator('.cm-lintRange-error')
  await expect(underline).toHaveText('delai') // by the checker, before any run
  await underline.hover()
  await expect(page.locator('.cm-tooltip .cm-diagnostic')).toContainText('delai')
  await page.keyboard.press('Escape')
  await run(page, 1)
  await expect(phase(page, 1, 'failed')).toBeVisible()
  const alert = cell(page, 1).getByRole('alert')
  await expect(alert).toContainText('delai')
  await alert.getByRole('button', { name: /Go to line 1/ }).click()
  await expect(editor(page, 1)).toBeFocused()
  await accessible(page, 'an error')
  await write(page, 1, 'flights -> filter delay > 60 -> take 5')
  await expect(underline).toHaveCount(0)
  await runs(page, 1)
  expect(await rowsInView(page, 1)).toHaveLength(5)
})

test('cells are added, edited, moved, deleted and brought back', async ({ page }) => {
  await newNotebook(page, 'Cells')
  await write(page, 1, 'flights -> take 1')
  await page.getByRole('toolbar').getByRole('button', { name: 'Text' }).click()
  await page.keyboard.insertText('# Some *words*')
  await page.keyboard.press('Escape')
  await expect(cell(page, 2).getByRole('heading', { name: 'Some words' })).toBeVisible()
  await page.getByRole('toolbar').getByRole('button', { name: 'Query' }).click()
  await expect(page.locator('[data-cell]')).toHaveCount(3)
  await write(page, 3, 'airports -> take 2')

  await cell(page, 3).getByRole('button', { name: 'Move up' }).click()
  await expect(editor(page, 2)).toContainText('airports')
  await cell(page, 3).getByRole('heading', { name: 'Some words' }).dblclick()
  await editor(page, 3).click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.insertText(' and more')
  await page.keyboard.press('Escape')
  await expect(cell(page, 3).getByRole('heading', { name: 'Some words and more' })).toBeVisible()

  await cell(page, 2).hover()
  await cell(page, 2).getByRole('button', { name: 'Delete cell' }).click()
  await expect(page.locator('[data-cell]')).toHaveCount(2)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(editor(page, 2)).toContainText('airports')

  await page.getByRole('button', { name: 'Run all' }).click()
  await expect(phase(page, 1, 'done')).toBeVisible()
  await expect(phase(page, 2, 'done')).toBeVisible()
  await saved(page)
  await page.reload()
  await expect(editor(page, 2)).toContainText('airports -> take 2')
  expect(await rowsInView(page, 2)).toHaveLength(2) // the results are there again
})

test('notebooks are listed, renamed, deleted and brought back', async ({ page }) => {
  await newNotebook(page, 'To be renamed')
  await page.getByRole('link', { name: 'Notebooks', exact: true }).click()
  const list = page.getByRole('main')
  await accessible(page, 'the notebooks')
  await list.getByRole('button', { name: 'Actions for To be renamed' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('New title of To be renamed').fill('Renamed')
  await page.keyboard.press('Enter')
  await expect(list.getByRole('link', { name: 'Renamed', exact: true })).toBeVisible()
  await list.getByRole('button', { name: 'Actions for Renamed' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(list.getByRole('link', { name: 'Renamed', exact: true })).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(list.getByRole('link', { name: 'Renamed', exact: true })).toBeVisible()
})
