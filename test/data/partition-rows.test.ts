import fc from 'fast-check'
import { expect, it } from 'vitest'
import { partitionRows } from '#lib/data/log/split/partition-rows.js'
import { runAtOnce } from '#lib/data/resumable.js'

const values = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 })
const byValue = (of: readonly number[]) => (a: number, b: number) => of[a]! - of[b]! || a - b

it('brings before each cut what a sort brings there, and sorts without cuts', () => {
  fc.assert(
    fc.property(values, fc.array(fc.nat(210), { minLength: 1, maxLength: 4 }), fc.boolean(), (of, cuts, few) => {
      const compare = byValue(of)
      const sorted = Array.from(of.keys()).sort(compare)
      const own = few ? cuts.map((cut) => cut % 10) : cuts
      const rows = Int32Array.from(of.keys()).reverse()
      runAtOnce(partitionRows(rows, compare, own))
      const bounds = [0, ...own.toSorted((a, b) => a - b), of.length]
      for (const [n, bound] of bounds.entries())
        expect([...rows.slice(bounds[n - 1] ?? 0, bound)].sort(compare)).toEqual(
          sorted.slice(bounds[n - 1] ?? 0, bound),
        )
      runAtOnce(partitionRows(rows, compare))
      expect([...rows]).toEqual(sorted)
    }),
    { numRuns: 500 },
  )
})

it.each([
  ['ascending', (n: number) => n],
  ['descending', (n: number) => -n],
  ['as organ pipes', (n: number) => Math.min(n, 100_000 - n)],
  ['all equal', () => 0],
])('takes a time proportional to the rows, and pauses: %s', (_, value) => {
  const of = Array.from({ length: 100_000 }, (_, n) => value(n))
  let comparisons = 0
  const compare = byValue(of)
  const counted = (a: number, b: number) => {
    comparisons++
    return compare(a, b)
  }
  for (const cuts of [[5], [40_000, 70_000]]) {
    const rows = Int32Array.from(of.keys())
    let pauses = 0
    let most = 0
    let before = comparisons
    const work = partitionRows(rows, counted, cuts)
    while (!work.next().done) {
      pauses++
      most = Math.max(most, comparisons - before)
      before = comparisons
    }
    expect(pauses).toBeGreaterThan(3)
    expect(most).toBeLessThan(10 * 2 ** 14)
  }
  expect(comparisons).toBeLessThan(3_000_000)
})
