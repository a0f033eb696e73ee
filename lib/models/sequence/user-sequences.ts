import type { Interactions } from '../../data/log/interactions.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import type { SavedModel } from '../base/model-file.js'

/** What each user chose, in order. */
export interface UserSequences {
  /** [users + 1] where each user's events begin */
  readonly indptr: Int32Array
  /** [events] rows of items, the earliest first */
  readonly items: Int32Array
  /** [events] when, NaN where that is not known */
  readonly times: Float64Array
}

const USERS_AT_ONCE = 1 << 8
const ROWS_AT_ONCE = 1 << 14

/** Earlier first, those without a time last. */
function compareTimes(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1
  return Number.isNaN(b) ? -1 : a - b
}

/** The rows of one user, from 0, in the order of their times; those of equal time, or of none, stay as they are. */
function orderOf(times: Float64Array, begin: number, end: number): Int32Array | null {
  let isOrdered = true
  for (let n = begin + 1; isOrdered && n < end; n++) isOrdered = compareTimes(times[n - 1]!, times[n]!) <= 0
  if (isOrdered) return null
  const order = Int32Array.from({ length: end - begin }, (_, n) => n)
  return order.sort((a, b) => compareTimes(times[begin + a]!, times[begin + b]!) || a - b)
}

/** Sorts the events of each user in place. @throws ERR_ABORTED */
async function sortEach({ indptr, items, times }: UserSequences, signal: AbortSignal | undefined): Promise<void> {
  await new LoopYielder(signal).over(indptr.length - 1, USERS_AT_ONCE, (first, until) => {
    for (let user = first; user < until; user++) {
      const [begin, end] = [indptr[user]!, indptr[user + 1]!]
      const order = orderOf(times, begin, end)
      if (order === null) continue
      items.set(
        order.map((n) => items[begin + n]!),
        begin,
      )
      times.set(
        Float64Array.from(order, (n) => times[begin + n]!),
        begin,
      )
    }
  })
}

/**
 * The rows of a log with a weight above 0 by user, in the order of their times; rows of equal time, or of none, in the order
 * of the log.
 * @throws ERR_ABORTED
 */
export async function userSequences(log: Interactions, signal: AbortSignal | undefined): Promise<UserSequences> {
  const { userRows, itemRows, weights, times } = log
  const yielder = new LoopYielder(signal)
  const indptr = new Int32Array(log.users.size + 1)
  await yielder.over(userRows.length, ROWS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) if (weights[n]! > 0) indptr[userRows[n]! + 1]!++
  })
  for (let user = 1; user < indptr.length; user++) indptr[user]! += indptr[user - 1]!
  const next = indptr.slice(0, -1)
  const found = {
    indptr,
    items: new Int32Array(indptr.at(-1)!),
    times: new Float64Array(indptr.at(-1)!).fill(Number.NaN),
  }
  await yielder.over(userRows.length, ROWS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      if (!(weights[n]! > 0)) continue
      const at = next[userRows[n]!]!++
      found.items[at] = itemRows[n]!
      if (times !== null) found.times[at] = times[n]!
    }
  })
  await sortEach(found, signal)
  return found
}

/**
 * Sequences with the events of `added`, whose items and users are numbered by `itemOf` and `userOf`: a pair that was there
 * moves to its new time, or away if its weight is not above 0.
 * @param users how many there are now
 * @throws ERR_ABORTED
 */
export async function mergedSequences(
  before: UserSequences,
  added: Interactions,
  { users, userOf, itemOf }: { users: number; userOf(row: number): number; itemOf(row: number): number },
  signal: AbortSignal | undefined,
): Promise<UserSequences> {
  const changes = new Map<number, { items: number[]; times: number[]; gone: Set<number> }>()
  const yielder = new LoopYielder(signal)
  await yielder.over(added.userRows.length, USERS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const [user, item] = [userOf(added.userRows[n]!), itemOf(added.itemRows[n]!)]
      let change = changes.get(user)
      if (change === undefined) {
        change = { items: [], times: [], gone: new Set() }
        changes.set(user, change)
      }
      change.gone.add(item)
      if (!(added.weights[n]! > 0)) continue
      change.items.push(item)
      change.times.push(added.times?.[n] ?? Number.NaN)
    }
  })
  const indptr = new Int32Array(users + 1)
  const most = before.items.length + added.userRows.length
  const [items, times] = [new Int32Array(most), new Float64Array(most)]
  let at = 0
  await yielder.over(users, USERS_AT_ONCE, (first, until) => {
    for (let user = first; user < until; user++) {
      const change = changes.get(user)
      const known = user + 1 < before.indptr.length
      const [begin, end] = known ? [before.indptr[user]!, before.indptr[user + 1]!] : [0, 0]
      if (change === undefined) {
        items.set(before.items.subarray(begin, end), at)
        times.set(before.times.subarray(begin, end), at)
        at += end - begin
      } else {
        for (let n = begin; n < end; n++) {
          if (change.gone.has(before.items[n]!)) continue
          items[at] = before.items[n]!
          times[at++] = before.times[n]!
        }
        items.set(change.items, at)
        times.set(change.times, at)
        at += change.items.length
      }
      indptr[user + 1] = at
    }
  })
  const merged = { indptr, items: items.slice(0, at), times: times.slice(0, at) }
  await sortEach(merged, signal)
  return merged
}

/** Sequences as tensors; {@link readSequences} reads them. */
export function sequenceTensors({ indptr, items, times }: UserSequences): Record<string, Tensor> {
  return {
    'sequences.indptr': vectorTensor(indptr),
    'sequences.items': vectorTensor(items),
    'sequences.times': vectorTensor(times),
  }
}

/** @throws ERR_MODEL_FILE */
export function readSequences({ dir, log, tensors }: SavedModel): UserSequences {
  const indptr = tensors.vector('sequences.indptr', Int32Array, log.users.size + 1)
  const items = tensors.vector('sequences.items', Int32Array)
  const times = tensors.vector('sequences.times', Float64Array, items.length)
  const ascends = indptr.every((begin, user) => (user === 0 ? begin === 0 : begin >= indptr[user - 1]!))
  if (!ascends || indptr.at(-1) !== items.length || items.some((item) => item < 0 || item >= log.items.size))
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its sequences are damaged. Save the model again.`)
  return { indptr, items, times }
}
