import fc from 'fast-check'
import { Features, Interactions, Matrix } from 'kindred'
import { expect } from 'vitest'
import { createRandom } from '#lib/data/random.js'

/** A random log: users and items with string and integer ids, weights 1..5, at least one row. */
export const anyLog = fc
  .array(
    fc.record({
      user: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom('ann', 'bob', '7')),
      item: fc.oneof(fc.integer({ min: 0, max: 25 }), fc.constantFrom('x', 'y', '3')),
      weight: fc.integer({ min: 1, max: 5 }),
      time: fc.integer({ min: 0, max: 1000 }),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((rows) => Interactions.from(rows))

/** Two groups of users with tastes of their own: items are even or odd. */
export function tasteLog({ users = 60, items = 40, perUser = 8, seed = 1 } = {}): Interactions {
  const random = createRandom(seed)
  const rows = []
  for (let user = 0; user < users; user++)
    for (let n = 0; n < perUser; n++) {
      const stray = random.next() < 0.1 ? 1 : 0
      rows.push({ user, item: 2 * random.integer(items / 2) + ((user + stray) % 2), time: n })
    }
  return Interactions.from(rows)
}

/** Features that tell the parity of an item, and noise. */
export function parityFeatures(ids: readonly number[], dims = 6, seed = 2): Features {
  const random = createRandom(seed)
  const matrix = new Matrix(ids.length, dims)
  for (let i = 0; i < ids.length; i++) {
    const row = matrix.row(i)
    for (let d = 0; d < dims; d++) row[d] = 0.3 * random.normal()
    row[0] = ids[i]! % 2 === 0 ? 1 : -1
  }
  return Features.from(ids, matrix)
}

export const code = (expected: string, message = /./) =>
  expect.objectContaining({ name: expect.any(String), code: expected, message: expect.stringMatching(message) })
