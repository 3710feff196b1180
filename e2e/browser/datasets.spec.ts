import type { Page } from '@playwright/test'
import { accessible, editor, expect, newNotebook, rowsInView, runs, test, write } from './person'

/** Drags a file from the desktop and drops it on the page. */
async function drop(page: Page, name: string, content: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([fileName, text]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([text], fileName))
      return transfer
    },
    [name, content],
  )
  await page.dispatchEvent('main', 'dragenter', { dataTransfer: data })
  await expect(page.getByText('Drop to import')).toBeVisible()
  await page.dispatchEvent('main', 'drop', { dataTransfer: data })
}

test('datasets are listed with their schema and rows', async ({ page }) => {
  await page.getByRole('link', { name: 'Datasets' }).click()
  for (const name of ['flights', 'airports', 'movies', 'weather']) await expect(page.getByRole('rowheader', { name, exact: true })).toBeVisible()
  await accessible(page, 'the datasets')
  await page.getByRole('link', { name: 'flights', exact: true }).click()
  await expect(page.getByText('3,000,000 rows ·')).toBeVisible()
  await expect(page.getByRole('grid', { name: 'Rows of flights' }).getByRole('gridcell').first()).toContainText('2001-')
  await expect(page.getByRole('region', { name: 'Columns with statistics' })).toContainText('destination')
  await accessible(page, 'a dataset')
})

test('a file is dropped and queried', async ({ page }) => {
  await newNotebook(page, 'Anything open')
  await drop(page, 'fruit.csv', 'name,weight,ripe\napple,182.5,true\npear,170,false\nplum,66,true\n')
  const uploads = page.getByRole('region', { name: 'Uploads' })
  await expect(uploads).toContainText('3 rows')
  await accessible(page, 'an upload')
  await uploads.getByRole('button', { name: 'Query this' }).click()
  await expect(page.getByLabel('Title of the notebook')).toHaveValue('About fruit')
  await expect(editor(page, 1)).toContainText('fruit -> take 100')
  await runs(page, 1)
  expect(await rowsInView(page, 1)).toHaveLength(3)
  await write(page, 1, 'fruit -> filter ripe -> agg { total: sum(weight) }')
  await runs(page, 1)
  expect((await rowsInView(page, 1))[0]).toContain('248.5')
})

test('a JSON file works too, and a name that is taken is a question', async ({ page }) => {
  await page.getByRole('link', { name: 'Datasets' }).click()
  await drop(page, 'cities.json', JSON.stringify([{ city: 'Oslo', people: 709_000 }, { city: 'Bern', people: 134_000 }]))
  const uploads = page.getByRole('region', { name: 'Uploads' })
  await expect(uploads).toContainText('2 rows')
  await uploads.getByRole('button', { name: 'Dismiss' }).click()
  await drop(page, 'cities.json', JSON.stringify([{ city: 'Rome', people: 2_800_000 }]))
  await uploads.getByRole('button', { name: 'Add rows to it' }).click()
  await expect(uploads).toContainText('3 rows')
})

for (const [name, content, says] of [
  ['empty.csv', '', /empty|0 bytes|no bytes/i],
  ['ragged.csv', 'a,b\n1,2\n3\n', /line 3|row|column|field/i],
  ['broken.parquet', 'PAR1 and then nothing', /parquet/i],
  ['scalar.json', '42', /table|array|object|record/i],
] as const) {
  test(`a bad file (${name}) gets a clear error and changes nothing`, async ({ page }) => {
    await page.getByRole('link', { name: 'Datasets' }).click()
    await expect(page.getByRole('rowheader', { name: 'flights', exact: true })).toBeVisible()
    await drop(page, name, content)
    const uploads = page.getByRole('region', { name: 'Uploads' })
    await expect(uploads).toContainText(says)
    await expect(page.getByRole('rowheader', { name: name.split('.')[0], exact: true })).toHaveCount(0)
  })
}

test('a dataset is deleted after a question', async ({ page }) => {
  await drop(page, 'old.csv', 'a\n1\n')
  await page.getByRole('region', { name: 'Uploads' }).getByRole('link', { name: 'old' }).click()
  await page.getByRole('main').getByRole('button', { name: 'Delete' }).click()
  await accessible(page, 'the question')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete old' }).click()
  await expect(page.getByRole('heading', { name: 'Datasets' })).toBeVisible()
  await expect(page.getByRole('rowheader', { name: 'old', exact: true })).toHaveCount(0)
})
