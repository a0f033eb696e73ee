import { generator } from './random.mjs'

/**
 * A synthetic log, in the shape that people's choices have:
 * - a user's number of draws is Pareto with exponent `activityExponent` from `least` on, cut at `most` (density ~ n^-(a + 1));
 * - an item is drawn with weight (rank + 20)^-`popularityExponent`, Zipf-Mandelbrot, and counts once for each user.
 * With the defaults: as many users as MovieLens-20M has, 20,000 items, 4.5 million interactions (mean 32), the most
 * popular item with 13% of the users; the products of all pairs within a user are 670 million.
 * @returns {{ users: number, items: number, size: number, userOf: Int32Array, itemOf: Int32Array }} user by user
 */
export function powerLawLog({
  users = 138_000,
  items = 20_000,
  least = 12,
  most = 2000,
  activityExponent = 1.5,
  popularityExponent = 0.9,
  seed = 1,
} = {}) {
  const next = generator(seed)
  const upTo = new Float64Array(items)
  let total = 0
  for (let rank = 0; rank < items; rank++) {
    total += (rank + 20) ** -popularityExponent
    upTo[rank] = total
  }
  const draw = () => {
    const target = next() * total
    let [low, high] = [0, items - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle] > target) high = middle
      else low = middle + 1
    }
    return low
  }
  const userOf = []
  const itemOf = []
  const taken = new Int32Array(items).fill(-1)
  for (let user = 0; user < users; user++) {
    const draws = Math.min(most, items, Math.floor(least * (1 - next()) ** (-1 / activityExponent)))
    for (let i = 0; i < draws; i++) {
      const item = draw()
      if (taken[item] === user) continue
      taken[item] = user
      userOf.push(user)
      itemOf.push(item)
    }
  }
  return { users, items, size: userOf.length, userOf: Int32Array.from(userOf), itemOf: Int32Array.from(itemOf) }
}

/** The same as rows for Interactions.from. */
export function* rowsOf({ size, userOf, itemOf }) {
  for (let i = 0; i < size; i++) yield { user: userOf[i], item: itemOf[i], time: i }
}
