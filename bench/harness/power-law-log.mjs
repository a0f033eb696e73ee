import { aliasTable, generator } from './random.mjs'

/** The shape of MovieLens-20M without its least popular films. */
export const ML20M = { users: 138_493, items: 26_744, nonzeros: 15_700_000 }

/** Of taste: a user is in two, an item in one. */
const GROUPS = 64
/** The share of choices by popularity alone, and of the others the share of a user's first group. */
const STRAY = 0.4
const FIRST = 0.7
/** What each user has at least, as in logs that keep users with a history. */
const LEAST = 10
/** The standard deviation of the logarithm of users' activity. */
const ACTIVITY = 1.25
/** Draws for each item wanted, before a user is content with fewer: what is drawn twice counts once. */
const TRIES = 8

/**
 * A synthetic log, in the shape that people's choices have: activity beyond 10 items is log-normal, an item is drawn with
 * weight (rank + 50)^-1.1 (Zipf-Mandelbrot), and users choose six times of ten within two groups of taste. No user has
 * more than half of the items.
 * @param {object} shape
 * @param {number} shape.nonzeros about as many interactions
 * @returns {{ users: number, items: number, size: number, userOf: Int32Array, itemOf: Int32Array }} user by user, in the
 *   order of the draws; each pair once
 */
export function powerLawLog({ users, items, nonzeros, seed = 1 }) {
  const next = generator(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const activity = Float64Array.from({ length: users }, () => Math.exp(ACTIVITY * normal()))
  const scale = Math.max(0, nonzeros - LEAST * users) / activity.reduce((sum, one) => sum + one, 0)
  const popularity = Float64Array.from({ length: items }, (_, rank) => (rank + 50) ** -1.1)
  const all = aliasTable(popularity)
  const members = Array.from({ length: GROUPS }, () => [])
  for (let item = 0; item < items; item++) members[Math.floor(next() * GROUPS)].push(item)
  const within = members.map((group) => aliasTable(group.map((item) => popularity[item])))
  const wanted = activity.map((one) => Math.min(Math.round(LEAST + scale * one), items >> 1))
  const most = wanted.reduce((sum, one) => sum + one, 0)
  const [userOf, itemOf] = [new Int32Array(most), new Int32Array(most)]
  const taken = new Int32Array(items).fill(-1)
  let size = 0
  for (let user = 0; user < users; user++) {
    const tastes = [Math.floor(next() * GROUPS), Math.floor(next() * GROUPS)]
    const end = size + wanted[user]
    for (let tries = TRIES * wanted[user]; size < end && tries > 0; tries--) {
      const group = tastes[next() < FIRST ? 0 : 1]
      const item = next() < STRAY || members[group].length === 0 ? all(next) : members[group][within[group](next)]
      if (taken[item] === user) continue
      taken[item] = user
      userOf[size] = user
      itemOf[size++] = item
    }
  }
  return { users, items, size, userOf: userOf.slice(0, size), itemOf: itemOf.slice(0, size) }
}

/** The same as rows for Interactions.from. */
export function* rowsOf({ size, userOf, itemOf }) {
  for (let i = 0; i < size; i++) yield { user: userOf[i], item: itemOf[i], time: i }
}
