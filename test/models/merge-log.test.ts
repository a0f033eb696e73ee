import fc from 'fast-check'
import type { Interactions } from 'kindred'
import { expect, it } from 'vitest'
import type { FittedLog } from '#lib/models/base/fitted-log.js'
import { mergeLog } from '#lib/models/base/merge-log.js'
import { anyLog } from '../support/logs.js'

const fitted = async (log: Interactions): Promise<FittedLog> => ({
  users: log.users,
  items: log.items,
  seen: await log.byUser(),
})

/** [user, item] -> weight of a merged or fitted log. */
function entries({ users, items, seen }: FittedLog): Map<string, number> {
  const map = new Map<string, number>()
  for (let row = 0; row < seen.rows; row++)
    for (let n = seen.indptr[row]!; n < seen.indptr[row + 1]!; n++)
      map.set(JSON.stringify([users.idAt(row), items.idAt(seen.indices[n]!)]), seen.values![n]!)
  return map
}

const pairs = (log: Interactions) =>
  new Map([...log].map(({ user, item, weight }) => [JSON.stringify([user, item]), weight] as const))

it('holds every pair once, new weights over old ones, rows in order, the old log untouched', async () => {
  await fc.assert(
    fc.asyncProperty(anyLog, anyLog, async (old, added) => {
      const before = await fitted(old)
      const copy = structuredClone({ ...before.seen })
      const merged = await mergeLog(before, added)
      expect(entries(merged.log)).toEqual(new Map([...pairs(old), ...pairs(added)]))

      const { seen, users, items } = merged.log
      expect([seen.rows, seen.cols]).toEqual([users.size, items.size])
      expect(seen.indices.length).toBe(seen.indptr[seen.rows])
      for (let row = 0; row < seen.rows; row++) {
        const indices = [...seen.indices.subarray(seen.indptr[row], seen.indptr[row + 1])]
        expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b))
      }
      expect([...users]).toEqual([...new Set([...old.users, ...added.users])])
      expect([...items]).toEqual([...new Set([...old.items, ...added.items])])
      expect(new Set([...merged.changedUsers].map((row) => users.idAt(row)))).toEqual(new Set(added.users))
      expect(new Set([...merged.touchedItems].map((row) => items.idAt(row)))).toEqual(new Set(added.items))
      for (const rows of [merged.changedUsers, merged.touchedItems]) expect(rows).toEqual(rows.slice().sort())

      expect(before.seen).toEqual(copy)
      expect(old.users.size).toBe(before.seen.rows)
    }),
  )
})

it('stops when aborted', async () => {
  const [log] = fc.sample(anyLog, { numRuns: 1, seed: 1 })
  await expect(mergeLog(await fitted(log!), log!, AbortSignal.abort())).rejects.toMatchObject({ code: 'ERR_ABORTED' })
})
