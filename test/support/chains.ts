import { Features, Interactions, Matrix } from 'kindred'
import { createRandom } from '#lib/data/random.js'

/** The item after another, in most of the steps of {@link chainLog}. */
export const following = (item: number, items = 29) => (2 * item + 1) % items

/** Users who go from item to item by {@link following}, at random in a tenth of the steps. */
export function chainLog({ users = 150, items = 29, steps = 10, seed = 1 } = {}): Interactions {
  const random = createRandom(seed)
  const rows = []
  for (let user = 0; user < users; user++) {
    let item = random.integer(items - 1) // the last follows itself
    for (let time = 0; time < steps; time++) {
      rows.push({ user, item, time })
      item = random.next() < 0.9 ? following(item, items) : random.integer(items)
    }
  }
  return Interactions.from(rows)
}

/** Features that tell which items are alike: those of one remainder by `groups`. */
export function groupFeatures(ids: readonly number[], groups: number, dims = groups): Features {
  const matrix = new Matrix(ids.length, dims)
  ids.forEach((id, n) => {
    matrix.row(n)[id % groups] = 1
  })
  return Features.from(ids, matrix)
}
