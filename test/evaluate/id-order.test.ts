import fc from 'fast-check'
import type { Id } from 'kindred'
import { describe, expect, it } from 'vitest'
import { compareIds, positionsById, seedOf } from '#lib/evaluate/id-order.js'
import { code } from '../support/logs.js'

describe('the order of ids', () => {
  it('is integers, then strings, whatever the order given', async () => {
    expect(['b', 10, 'a', 9, '9', -1].sort(compareIds)).toEqual([-1, 9, 10, '9', 'a', 'b'])
    const ids = fc.uniqueArray(fc.oneof(fc.integer(), fc.string()), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(ids, async (list: Id[]) => {
        const order = await positionsById(list)
        expect(Array.from(order, (position) => list[position])).toEqual([...list].sort(compareIds))
      }),
    )
  })

  it.each([2047, 2048, 2049, 4096, 6145, 20_000])('holds for %d ids, in runs that are merged', async (count) => {
    const list = Array.from({ length: count }, (_, i) => (i * 7919) % count)
    const order = await positionsById([...new Set(list)])
    expect(Array.from(order, (position) => list[position])).toEqual([...new Set(list)].sort((a, b) => a - b))
  })

  it('stops when aborted', async () => {
    await expect(positionsById([1, 2], AbortSignal.abort())).rejects.toEqual(code('ERR_ABORTED'))
  })

  it('gives each user and seed a seed of its own', () => {
    const seeds = [seedOf(1, 7), seedOf(1, '7'), seedOf(2, 7), seedOf(1, 8)]
    expect(new Set(seeds).size).toBe(4)
    expect(seedOf(1, 7)).toBe(seeds[0])
    for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true)
  })
})
