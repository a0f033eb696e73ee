import { idOrder } from '../../data/id-order.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { UserSequences } from '../sequence/user-sequences.js'

/** A log with the order of its users' items. */
export interface SequenceLog extends FittedLog {
  sequences: UserSequences
}

/** A log, and the items of it that networks know. */
export interface LearntItems {
  readonly log: FittedLog
  /** [vocabulary] the item's row of each place */
  readonly vocabulary: Int32Array
}

/** The rows of the items that come in sequences, in an order that depends on their ids alone. @throws ERR_ABORTED */
export async function vocabularyOf({ items, sequences }: SequenceLog, signal?: AbortSignal): Promise<Int32Array> {
  const comes = new Uint8Array(items.size)
  for (const item of sequences.items) comes[item] = 1
  return (await idOrder(items, signal)).filter((row) => comes[row] === 1)
}

/** The place of each item's row in the vocabulary, -1 of items without one [items]. */
export function placesIn(vocabulary: Int32Array, items: number): Int32Array {
  const places = new Int32Array(items).fill(-1)
  for (const [place, row] of vocabulary.entries()) places[row] = place
  return places
}
