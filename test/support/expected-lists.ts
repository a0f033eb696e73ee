// The contract of lists by brute force over `score`.
import type { Id, Interactions, Recommender } from 'kindred'
import type { Algorithm } from './models.js'

/** Models whose weights are not negative: a score below 0 is evidence against, behind what nothing is known for. */
const NOT_NEGATIVE: readonly Algorithm[] = ['ItemKNN', 'P3alpha', 'Popularity', 'RP3beta', 'SLIM', 'UserKNN']

export interface Scored {
  id: Id
  score: number
}

export interface Wanted {
  k: number
  allowed?: (id: Id) => boolean
  minScore?: number
  fallback?: 'popularity' | 'none'
}

/** How many users each item had, or how many items each user. */
export function counts(log: Iterable<{ user: Id; item: Id }>, of: 'item' | 'user'): Map<Id, number> {
  const pairs = new Map([...log].map((row) => [JSON.stringify([row.user, row.item]), row[of]]))
  const found = new Map<Id, number>()
  for (const id of pairs.values()) found.set(id, (found.get(id) ?? 0) + 1)
  return found
}

/** What a list of these, in row order, has to be. */
export function expectedList(
  name: Algorithm,
  scored: readonly Scored[],
  popularity: ReadonlyMap<Id, number>,
  { k, allowed = () => true, minScore = -Infinity, fallback = 'popularity' }: Wanted,
): Scored[] {
  const known = (score: number) => name === 'RandomBaseline' || score !== 0
  const group = (score: number) => {
    if (!known(score)) return 1
    return score < 0 && NOT_NEGATIVE.includes(name) ? 2 : 0
  }
  return scored
    .map(({ id, score }, row) => ({ id, score: score === 0 ? 0 : score, row }))
    .filter(({ id, score }) => allowed(id) && score >= minScore && (fallback === 'popularity' || known(score)))
    .sort(
      (a, b) =>
        group(a.score) - group(b.score) ||
        (known(a.score) ? b.score - a.score : (popularity.get(b.id) ?? 0) - (popularity.get(a.id) ?? 0)) ||
        a.row - b.row,
    )
    .slice(0, k)
    .map(({ id, score }) => ({ id, score }))
}

export async function scoredItems(model: Recommender, user: Id): Promise<Scored[]> {
  const scores = await model.score(user, model.items)
  return Array.from(model.items, (id, row) => ({ id, score: scores[row]! }))
}

export async function scoredUsers(model: Recommender, item: Id): Promise<Scored[]> {
  const all = [...model.users].map(async (id) => ({ id, score: (await model.score(id, [item]))[0]! }))
  return Promise.all(all)
}

/** A log and what `update` adds to it. */
export const together = (...logs: readonly Interactions[]) => logs.flatMap((log) => [...log])

export const asItems = (list: readonly Scored[]) => list.map(({ id, score }) => ({ item: id, score }))
export const asUsers = (list: readonly Scored[]) => list.map(({ id, score }) => ({ user: id, score }))
