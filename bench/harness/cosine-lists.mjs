import { sample } from './neighbors.mjs'

const TOLERANCE = 1e-6

/** Every cosine of one item with the others that share a user, in double precision, of the pattern alone. */
function cosinesOf(item, byItem, byUser) {
  const shared = new Map()
  for (let at = byItem.indptr[item]; at < byItem.indptr[item + 1]; at++) {
    const user = byItem.indices[at]
    for (let place = byUser.indptr[user]; place < byUser.indptr[user + 1]; place++) {
      const other = byUser.indices[place]
      if (other !== item) shared.set(other, (shared.get(other) ?? 0) + 1)
    }
  }
  const length = (row) => byItem.indptr[row + 1] - byItem.indptr[row]
  return new Map([...shared].map(([other, count]) => [other, count / Math.sqrt(length(item) * length(other))]))
}

/**
 * A validation of neighbour lists { indices, scores } [items, k], best first, padded with -1 and 0: a sample of items has
 * the reference's cosines place by place and each neighbour its own; all items have the cosines of the first
 * contestant's lists. The first contestant is held to 1e-6; others may add up their products in float32, which for the n
 * users of the longest item is off by up to n * 2^-24 of the sum (scipy: 1e-5 for an item of 17,000 users).
 * @returns validate(contestant, answer) for compete
 */
export function cosineListsValidator({ byItem, byUser, k, sampled = 20 }) {
  const references = new Map(sample(byItem.rows, sampled).map((item) => [item, cosinesOf(item, byItem, byUser)]))
  const longest = byItem.indptr.reduce((most, end, i) => Math.max(most, end - (byItem.indptr[i - 1] ?? 0)), 0)
  let first
  return ({ name }, { indices, scores }) => {
    first ??= { name, scores }
    const slack = name === first.name ? 0 : longest * 2 ** -24
    const check = (item, place, expected, found) => {
      if (!(Math.abs(expected - found) <= TOLERANCE + slack * expected))
        throw new Error(`${name}, item ${item}, place ${place}: expected ${expected} but found ${found}.`)
    }
    for (const [item, cosines] of references) {
      const wanted = [...cosines.values()].sort((a, b) => b - a)
      for (let place = 0; place < k; place++) {
        const at = item * k + place
        check(item, place, wanted[place] ?? 0, scores[at])
        if (indices[at] !== -1) check(item, place, cosines.get(indices[at]) ?? Number.NaN, scores[at])
      }
    }
    for (let at = 0; at < scores.length; at++) check(Math.floor(at / k), at % k, first.scores[at], scores[at])
  }
}
