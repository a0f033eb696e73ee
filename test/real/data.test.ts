import { join } from 'node:path'
import { Interactions } from 'kindred'
import { describe, expect, it } from 'vitest'

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
})
