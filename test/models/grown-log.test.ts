import fc from 'fast-check'
import { Interactions } from 'kindred'
import { expect, it } from 'vitest'
import type { FittedLog } from '#lib/models/base/fitted-log.js'
import { historiesOf, itemsOf, wholeLog } from '#lib/models/base/grown-log.js'
import { mergeLog } from '#lib/models/base/merge-log.js'

const rows = fc.array(
  fc.record({
    user: fc.integer({ min: 0, max: 30 }),
    item: fc.integer({ min: 0, max: 30 }),
    weight: fc.constantFrom(0, 1, 2),
  }),
  { minLength: 1, maxLength: 12 },
)

const plain = ({ rows, cols, indptr, indices, values }: Awaited<ReturnType<typeof wholeLog>>) => ({
  rows,
  cols,
  indptr: [...indptr],
  indices: [...indices],
  values: [...values!],
})

it('a log that grows by rows has what a log has that is copied at each update', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.array(rows, { maxLength: 8 }), async (first, updates) => {
      const log = Interactions.from(first, { duplicates: 'last' })
      let copied: FittedLog = { users: log.users, items: log.items, seen: await log.byUser() }
      let grown = copied
      for (const update of updates) {
        const added = Interactions.from(update, { duplicates: 'last' })
        const before = grown
        const seenBefore = plain(await wholeLog(before, undefined))
        copied = (await mergeLog(copied, added)).log
        grown = (await mergeLog(grown, added, undefined, true)).log
        expect([...grown.users]).toEqual([...copied.users])
        expect([...grown.items]).toEqual([...copied.items])
        const all = Int32Array.from({ length: copied.users.size }, (_, row) => row).reverse()
        const [own, other] = [historiesOf(grown, all), historiesOf(copied, all)]
        expect(plain(own)).toEqual(plain({ ...other, cols: copied.items.size }))
        for (const row of all) expect([...itemsOf(grown, row)]).toEqual([...itemsOf(copied, row)])
        expect([...grown.grown!.itemCounts]).toEqual(countsOf(copied.seen.indices, copied.items.size))
        expect(plain(await wholeLog(before, undefined))).toEqual(seenBefore)
      }
      expect(plain(grown.seen)).toEqual(plain(copied.seen))
      expect(plain(await wholeLog(grown, undefined))).toEqual(plain(copied.seen))
    }),
    { numRuns: 100 },
  )
})

function countsOf(indices: Int32Array, items: number): number[] {
  const counts = new Array<number>(items).fill(0)
  for (const item of indices) counts[item]!++
  return counts
}
