import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { UserSequences } from '../sequence/user-sequences.js'
import type { Continued } from './lists.js'

const USERS_AT_ONCE = 1 << 8

/**
 * Parts of sequences of at most `context + length` items, each item in one of them, cut from the end: the last `length` items
 * of a part are a list, those before it what the list continues; a part of fewer items has no list.
 */
export function windowsOf(sequence: Int32Array, context: number, length: number): Continued[] {
  const windows: Continued[] = []
  for (let end = sequence.length; end > 0; end -= context + length) {
    const items = sequence.slice(Math.max(0, end - context - length), end)
    windows.push({ items, begin: Math.max(0, items.length - length) })
  }
  return windows.reverse()
}

/**
 * The same of users, whose items are told by their places in a vocabulary.
 * @param users rows of users, in the order in which their parts are to stand
 * @param places [items] of each row, -1 for none
 * @throws ERR_ABORTED
 */
export async function windowsOfUsers(
  { indptr, items }: UserSequences,
  users: Int32Array,
  places: Int32Array,
  { context, length }: { context: number; length: number },
  signal: AbortSignal | undefined,
): Promise<Continued[]> {
  const windows: Continued[] = []
  await new LoopYielder(signal).over(users.length, USERS_AT_ONCE, (begin, end) => {
    for (const user of users.subarray(begin, end)) {
      const sequence = items.subarray(indptr[user], indptr[user + 1]).map((item) => places[item]!)
      windows.push(...windowsOf(sequence, context, length))
    }
  })
  return windows
}
