import fc from 'fast-check'
import { type Id, Interactions } from 'kindred'
import { expect, it } from 'vitest'
import { hashOfId, idOrder, placesOf } from '#lib/data/id-order.js'

const ids = fc.uniqueArray(fc.oneof(fc.string({ maxLength: 5 }), fc.integer()), { minLength: 1, maxLength: 60 })
const mapOf = (list: readonly Id[]) => Interactions.from(list.map((user) => ({ user, item: 1 }))).users

it('the order of ids does not depend on which came first', async () => {
  await fc.assert(
    fc.asyncProperty(ids, fc.nat(), async (list, turn) => {
      const turned = [...list.slice(turn % list.length), ...list.slice(0, turn % list.length)].reverse()
      const ordered = async (some: readonly Id[]) => Array.from(await idOrder(mapOf(some)), (index) => some[index]!)
      expect(await ordered(turned)).toEqual(await ordered(list))
      expect(new Set(await ordered(list))).toEqual(new Set(list))
    }),
  )
})

it('an integer and the string of its digits have hashes of their own, spread over 53 bits', () => {
  const hashes = Array.from({ length: 20_000 }, (_, id) => [hashOfId(id), hashOfId(String(id))]).flat()
  expect(new Set(hashes).size).toBe(hashes.length)
  for (const hash of hashes.slice(0, 100)) expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true)
  const buckets = new Int32Array(16)
  for (const hash of hashes) buckets[Math.floor(hash / 2 ** 49)]!++
  for (const count of buckets) expect(Math.abs(count / (hashes.length / 16) - 1)).toBeLessThan(0.1)
})

it('places are the inverse of an order', () => {
  expect(placesOf(Int32Array.of(2, 0, 1))).toEqual(Int32Array.of(1, 2, 0))
})
