import { join } from 'node:path'
import { Catalogue, Interactions, readNegatives } from 'kindred'
import { describe, expect, it } from 'vitest'
import { ncf } from '../support/ncf.js'

const real = process.env.KINDRED_REAL
if (!real) console.warn('KINDRED_REAL is not set: tests on real data are skipped.')

describe.skipIf(!real)('MovieLens 1M', () => {
  it('is read and split whole', async () => {
    const log = await Interactions.read(join(real!, 'data/ml-1m/interactions.parquet'), {
      user: 'user_id',
      item: 'item_id',
      weight: 'rating',
      time: 'position',
    })
    expect([log.size, log.users.size, log.items.size]).toEqual([1_000_209, 6040, 3706])
    expect(log.report).toMatchObject({ read: 1_000_209, kept: 1_000_209, rowsWithoutTime: 598 })
    const { train, test } = log.split({ by: 'leave-last-out' })
    expect([train.size, test.size, test.users.size]).toEqual([994_169, 6040, 6040])
    const csr = await log.byItem()
    expect([csr.rows, csr.cols, csr.indices.length]).toEqual([3706, 6040, 1_000_209])
    const cold = log.split({ by: 'cold-items', seed: 1 })
    expect([...cold.test.items].some((item) => cold.train.items.has(item))).toBe(false)
  })

  it('comes with negatives, whose reader gives what the file says', async () => {
    const { test, negatives } = await readNegatives(join(real!, 'data/ncf-ml-1m/ml-1m.test.negative'))
    const expected = ncf()
    expect([...test].map(({ user, item }) => [user, item])).toEqual(
      [...expected.test].map(({ user, item }) => [user, item]),
    )
    expect([...negatives]).toEqual(expected.negatives.map(([user, items]) => [user, [...new Set(items)]]))
  })

  it('has a catalogue with the same ids', async () => {
    const catalogue = await Catalogue.read(join(real!, 'data/ml-1m/items.jsonl'), {
      id: 'item_id',
      text: '{title}. {plot}',
      keep: ['genres'],
    })
    expect(catalogue.size).toBe(3883)
    expect(catalogue.report.missing).toMatchObject({ title: 0, plot: 3883 - 3845 })
    expect(catalogue.text(1)).toMatch(/^Toy Story\. A little boy named Andy/)
    expect(catalogue.field(1, 'genres')).toBe("Animation, Children's, Comedy")
    const log = await Interactions.read(join(real!, 'data/ml-1m/interactions.parquet'), {
      user: 'user_id',
      item: 'item_id',
    })
    expect([...log.items].every((item) => catalogue.ids.has(item))).toBe(true)
  })
})
