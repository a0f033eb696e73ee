import { createHash } from 'node:crypto'
import type { Id } from '../data/id-map.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'

/** Positions sorted in one go: about a millisecond. */
const RUN = 1 << 11

/** An order of ids that no log decides: integers first, ascending, then strings by their code units. */
export function compareIds(a: Id, b: Id): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The positions of distinct ids in the order of {@link compareIds}, by merge sort that lets the event loop run.
 * @throws ERR_ABORTED
 */
export async function positionsById(ids: readonly Id[], signal?: AbortSignal): Promise<Int32Array> {
  const yielder = new LoopYielder(signal)
  let from = Int32Array.from(ids.keys())
  let to = new Int32Array(ids.length)
  const compare = (a: number, b: number) => compareIds(ids[a]!, ids[b]!)
  await yielder.over(ids.length, RUN, (begin, end) => {
    from.subarray(begin, end).sort(compare)
  })
  for (let width = RUN; width < ids.length; width *= 2) {
    for (let begin = 0; begin < ids.length; begin += 2 * width) {
      const middle = Math.min(begin + width, ids.length)
      const end = Math.min(begin + 2 * width, ids.length)
      let [a, b] = [begin, middle]
      for (let n = begin; n < end; n++) {
        const first = b === end || (a < middle && compare(from[a]!, from[b]!) <= 0)
        to[n] = from[first ? a++ : b++]!
        if ((n & 0x3ff) === 0 && yielder.due) await yielder.yieldToLoop()
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** A seed for what is drawn for one user: it depends on the seed and on the id, not on the log or on other users. */
export function seedOf(seed: number, user: Id): number {
  const hash = createHash('sha256')
    .update(`${seed} ${typeof user} ${user}`)
    .digest()
  return hash.readUIntBE(0, 6)
}
