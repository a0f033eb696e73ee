import { Catalogue } from 'kindred'
import { expect, it } from 'vitest'
import { code, read } from '../support/table-files.js'

// fixtures/make-tables.py writes them.
const fixture = (name: string) => `test/fixtures/tables/${name}.parquet`

it('NaN is no id, also where the least and greatest value of the file leave it out', async () => {
  const log = await read(fixture('nan-ids'))
  expect([...log]).toEqual([
    { user: 1, item: 1, weight: 1 },
    { user: 3, item: 4, weight: 1 },
  ])
  expect(log.report.dropped.nullUser).toBe(2)
})

it('decimals that DuckDB reads as other numbers are refused, the columns beside them read', async () => {
  const path = fixture('wide-decimals')
  const refused = code('ERR_COLUMN', /column "price" holds decimals of 50 digits; expected at most 38/)
  await expect(read(path, { item: 'user', weight: 'price' })).rejects.toThrow(refused)
  await expect(Catalogue.read(path, { id: 'user', text: '{price}' })).rejects.toThrow(refused)
  await expect(read(path, { item: 'item.id' })).rejects.toThrow(code('ERR_COLUMN', /"item" holds decimals of 76/))
  expect((await read(path, { item: 'user' })).size).toBe(2)
})
