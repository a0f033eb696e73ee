import type { Random } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { NnNumbers } from '../../native/addon.js'
import type { UserSequences } from './user-sequences.js'

/** Parts of sequences that a network is trained on. */
export interface TrainingWindows {
  /** [events] places in the table of items, user after user */
  readonly items: Int32Array
  /** [windows] where each begins in `items` */
  readonly begins: Int32Array
  /** [windows] where each ends: the last item of a window is only told */
  readonly ends: Int32Array
}

/** Numbers of a batch, as the graph of a network takes them. */
export interface SequenceBatch {
  readonly inputs: Readonly<Record<string, NnNumbers>>
  readonly sizes: { readonly tokens: number; readonly sequences: number }
  /** Tokens whose next item, or own, is told. */
  readonly terms: number
}

const USERS_AT_ONCE = 1 << 8

/**
 * The windows of sequences of at least two items, `maxLength` items and the one that follows them each, from the end of a
 * sequence to its begin, so that every event is told once.
 * @param users rows of users, in the order in which they come
 * @param placeOf [items] the place of each in the table, -1 for those that are left out
 * @throws ERR_ABORTED
 */
export async function trainingWindows(
  { indptr, items }: UserSequences,
  users: Int32Array,
  placeOf: Int32Array,
  maxLength: number,
  signal: AbortSignal | undefined,
): Promise<TrainingWindows> {
  const places = new Int32Array(items.length)
  const begins: number[] = []
  const ends: number[] = []
  let at = 0
  await new LoopYielder(signal).over(users.length, USERS_AT_ONCE, (first, until) => {
    for (const user of users.subarray(first, until)) {
      const begin = at
      for (let n = indptr[user]!; n < indptr[user + 1]!; n++) {
        const place = placeOf[items[n]!]!
        if (place >= 0) places[at++] = place
      }
      for (let end = at; end - begin > 1; end -= maxLength) {
        begins.push(Math.max(begin, end - maxLength - 1))
        ends.push(end)
      }
    }
  })
  return { items: places.slice(0, at), begins: Int32Array.from(begins), ends: Int32Array.from(ends) }
}

/** A batch in which each token is asked for the item that follows. */
export function nextItemBatch({ items, begins, ends }: TrainingWindows, chosen: Int32Array): SequenceBatch {
  const offsets = new Int32Array(chosen.length + 1)
  chosen.forEach((window, n) => {
    offsets[n + 1] = offsets[n]! + ends[window]! - begins[window]! - 1
  })
  const tokens = offsets[chosen.length]!
  const [ids, labels, positions] = [new Int32Array(tokens), new Int32Array(tokens), new Int32Array(tokens)]
  chosen.forEach((window, n) => {
    const [begin, end, at] = [begins[window]!, ends[window]!, offsets[n]!]
    ids.set(items.subarray(begin, end - 1), at)
    labels.set(items.subarray(begin + 1, end), at)
    for (let i = 0; i < end - 1 - begin; i++) positions[at + i] = i
  })
  return {
    inputs: { ids, labels, positions, offsets },
    sizes: { tokens, sequences: chosen.length },
    terms: tokens,
  }
}

/** What masking of sequences does. */
export interface Masking {
  /** The share of items that are masked. */
  readonly share: number
  /** The share of sequences of which the last item alone is masked. */
  readonly lastOnly: number
  /** What stands for a masked item. */
  readonly mask: number
  /** The position of the first of so many items. */
  firstPosition(items: number): number
}

/**
 * A batch in which some items are masked, one of each sequence at least, and are to be told (Sun et al. 2019, "BERT4Rec",
 * sections 3.6 and 3.7); with a share of `lastOnly` it is the last, as when lists are made.
 */
export function maskedBatch(
  { items, begins, ends }: TrainingWindows,
  chosen: Int32Array,
  { share, lastOnly, mask, firstPosition: first }: Masking,
  random: Random,
): SequenceBatch {
  const offsets = new Int32Array(chosen.length + 1)
  chosen.forEach((window, n) => {
    offsets[n + 1] = offsets[n]! + ends[window]! - begins[window]!
  })
  const tokens = offsets[chosen.length]!
  const [ids, positions] = [new Int32Array(tokens), new Int32Array(tokens)]
  const labels = new Int32Array(tokens).fill(-1)
  let terms = 0
  const hide = (at: number) => {
    if (labels[at]! >= 0) return
    labels[at] = ids[at]!
    ids[at] = mask
    terms++
  }
  chosen.forEach((window, n) => {
    const [begin, end, at] = [begins[window]!, ends[window]!, offsets[n]!]
    ids.set(items.subarray(begin, end), at)
    for (let i = 0; i < end - begin; i++) positions[at + i] = first(end - begin) + i
    const before = terms
    if (random.next() >= lastOnly) for (let i = 0; i < end - begin; i++) if (random.next() < share) hide(at + i)
    if (terms === before) hide(offsets[n + 1]! - 1)
  })
  return { inputs: { ids, labels, positions, offsets }, sizes: { tokens, sequences: chosen.length }, terms }
}
