import { type Id, toId } from '../../data/id-map.js'
import { checkInteger, checkIterable, checkNumber } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** An item of a list and its score: what `recommend` and `similarItems` give. */
export interface ScoredItem {
  /** Id of the item. */
  item: Id
  /** The higher the better. */
  score: number
}

/** Options of what fuses lists. */
export interface FuseListsOptions {
  /** How many items the fused list has at most; default all. */
  k?: number
  /** The weight of each list, from 0; default 1 each. */
  weights?: readonly number[]
}

/** The lists as arrays. @throws ERR_VALUE for what is no list of { item, score }, ERR_DUPLICATE for an item twice in one list */
export function checkLists(where: string, lists: Iterable<Iterable<ScoredItem>>): ScoredItem[][] {
  return [...checkIterable(where, lists, 'an iterable of lists')].map((list, n) => {
    const seen = new Set<Id>()
    return [...checkIterable(`${where}: list ${n}`, list, 'an iterable of { item, score }')].map((entry, rank) => {
      const at = `${where}: list ${n}, place ${rank}`
      if (typeof entry !== 'object' || entry === null)
        throw new KindredError('ERR_VALUE', `${at}: expected { item, score } but received ${show(entry)}.`)
      const item = toId(entry.item, () => at)
      const score = checkNumber(`${at}: score`, entry.score)
      if (seen.has(item)) throw new KindredError('ERR_DUPLICATE', `${at}: ${show(item)} comes twice in one list.`)
      seen.add(item)
      return { item, score }
    })
  })
}

/** One weight per list. @throws ERR_VALUE, ERR_SHAPE */
export function checkWeights(where: string, weights: readonly number[] | undefined, lists: number): number[] {
  if (weights === undefined) return new Array<number>(lists).fill(1)
  const all = [...checkIterable(`${where}: weights`, weights, 'one number per list')]
  if (all.length !== lists)
    throw new KindredError(
      'ERR_SHAPE',
      `${where}: expected ${lists} weights, one per list, but received ${all.length}.`,
    )
  return all.map((weight, n) => checkNumber(`weights[${n}]`, weight, { min: 0 }))
}

/** Adds up what `points` gives each item of each list; best first, ties by first appearance. */
export function fuseLists(
  lists: readonly ScoredItem[][],
  k: number | undefined,
  points: (list: number, rank: number) => number,
): ScoredItem[] {
  if (k !== undefined) checkInteger('k', k, { min: 0 })
  const sums = new Map<Id, number>()
  for (const [n, list] of lists.entries())
    for (const [rank, { item }] of list.entries()) sums.set(item, (sums.get(item) ?? 0) + points(n, rank))
  const fused = [...sums].map(([item, score]) => ({ item, score }))
  return fused.sort((a, b) => b.score - a.score).slice(0, k)
}
