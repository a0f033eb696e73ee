import { type Id, toId } from '../../data/id-map.js'
import type { HistoryEntry } from '../../models/base/recommend-options.js'
import { checkInteger, checkIterable, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'

/** An item of a list, as `recommend` gives it. */
export interface CandidateItem {
  /** Id of the item. */
  item: Id
  /** A finite number; the higher the better. */
  score: number
  /** What was done with it so far. */
  reasons?: readonly string[]
}

/** An item of a list that was ranked anew. */
export interface RankedItem {
  /** Id of the item. */
  item: Id
  /** The score that it came with, changed by boosts alone: a list need not be in the order of its scores. */
  score: number
  /** What was done with it, in the order in which it was done, each a short sentence. Empty for nothing. */
  reasons: readonly string[]
}

/** A list to be ranked anew, best first. */
export type CandidateList = Iterable<CandidateItem>

/** What is known of a request whose list is ranked anew. */
export interface RankOptions extends AbortOptions {
  /** How many items the list is to have, a natural number. Default 10. */
  k?: number
  /** Whom the list is for; of exposure caps per user. */
  user?: Id
  /** What the user had; of lists that are calibrated to it. */
  history?: Iterable<HistoryEntry>
  /** The time of the request, in the unit of the items' times. Default Date.now(). */
  now?: number
}

/** The options' names. */
export const RANK_OPTIONS = ['k', 'user', 'history', 'now', 'signal'] as const

/** A request that was checked. */
export interface RankRequest {
  readonly k: number
  readonly user: Id | undefined
  readonly history: readonly Required<HistoryEntry>[]
  readonly now: number
  readonly signal: AbortSignal | undefined
}

/** @throws ERR_VALUE */
export function rankRequest(where: string, options: RankOptions): RankRequest {
  const { k = 10, user, history = [], now = Date.now(), signal } = checkOptions(where, options, RANK_OPTIONS)
  return {
    k: checkInteger('k', k, { min: 0 }),
    user: user === undefined ? undefined : toId(user, () => 'user'),
    history: Array.from(checkIterable('history', history, 'a list of { item, weight? }'), (entry, n) => {
      if (typeof entry !== 'object' || entry === null)
        throw new KindredError('ERR_VALUE', `history[${n}]: expected { item, weight? } but received ${show(entry)}.`)
      const weight = checkNumber(`history[${n}].weight`, entry.weight ?? 1)
      return { item: toId(entry.item, () => `history[${n}]`), weight }
    }),
    now: checkNumber('now', now),
    signal,
  }
}

/** The list as an array of items of its own. @throws ERR_VALUE, ERR_DUPLICATE for an item that comes twice */
export function checkList(where: string, list: CandidateList): RankedItem[] {
  const seen = new Set<Id>()
  const out: RankedItem[] = []
  const at = () => `${where}: place ${out.length}`
  for (const entry of checkIterable(where, list, 'a list of { item, score }')) {
    if (typeof entry !== 'object' || entry === null)
      throw new KindredError('ERR_VALUE', `${at()}: expected { item, score } but received ${show(entry)}.`)
    const { score, reasons } = entry
    const item = toId(entry.item, at)
    seen.add(item)
    if (seen.size === out.length)
      throw new KindredError('ERR_DUPLICATE', `${at()}: ${show(item)} comes twice. List it once.`)
    if (!Number.isFinite(score)) checkNumber(`${at()}: score`, score)
    out.push({ item, score, reasons: reasons === undefined ? [] : [...reasons] })
  }
  return out
}

/** The item with one reason more. */
export const withReason = (entry: RankedItem, reason: string): RankedItem => ({
  ...entry,
  reasons: [...entry.reasons, reason],
})

/** These items of the list first, in this order, each with its reason; the others follow as they were. */
export function movedToFront(
  list: readonly RankedItem[],
  chosen: ArrayLike<number>,
  reasonOf: (place: number, row: number) => string,
): RankedItem[] {
  const isChosen = new Uint8Array(list.length)
  const front = Array.from(chosen, (row, place) => {
    isChosen[row] = 1
    return withReason(list[row]!, reasonOf(place, row))
  })
  for (let row = 0; row < list.length; row++) if (isChosen[row] === 0) front.push(list[row]!)
  return front
}

/**
 * Scores as relevance from 0 to 1 [items]: the distance from the least in shares of the range; all 1 where they are equal. So weights
 * mean the same for the scores of any model.
 */
export function relevanceOf(list: readonly RankedItem[]): Float64Array {
  let [least, most] = [Infinity, -Infinity]
  for (const { score } of list) {
    least = Math.min(least, score)
    most = Math.max(most, score)
  }
  // Halved, a range that has no double has one.
  const range = most / 2 - least / 2
  const relevance = new Float64Array(list.length).fill(1)
  if (range > 0) for (const [row, { score }] of list.entries()) relevance[row] = (score / 2 - least / 2) / range
  return relevance
}

/** A number as reasons show it. */
export const told = (value: number) => String(Number(value.toFixed(2)))
