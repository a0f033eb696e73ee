import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Generator } from './generator.js'
import { type Continued, joined, padded, started } from './lists.js'

/** What lists are drawn by. */
export interface DrawOptions {
  /** Items that are added to each sequence. */
  readonly length: number
  /** Whether a sequence may have an item twice. */
  readonly repeats: boolean
  /** What besides no list can have, of each sequence; nothing if absent. */
  readonly excluded?: readonly Int32Array[]
  /** Two integers for item n of the lists. */
  seed(n: number): Int32Array
  readonly signal?: AbortSignal
}

/**
 * Sequences with further items, each drawn by the generator after those before it.
 * @throws ERR_VALUE where every item is excluded, ERR_ABORTED
 */
export async function continueLists(
  generator: Generator,
  histories: readonly Int32Array[],
  { length, repeats, excluded, seed, signal }: DrawOptions,
): Promise<Continued[]> {
  if (histories.length === 0) return []
  const lists = histories.map((history) => {
    const items = new Int32Array(history.length + length)
    items.set(history)
    return { items, begin: history.length }
  })
  const given = joined(histories.map((history) => started(history, generator.start, 0)))
  const { offsets } = given.inputs as { offsets: Int32Array }
  let states = await generator.states(
    given,
    offsets.subarray(1).map((end) => end - 1),
    signal,
  )
  const yielder = new LoopYielder(signal)
  for (let n = 0; n < length; n++) {
    const taken = lists.map(({ items, begin }, row) => {
      const others = excluded?.[row]
      const own = repeats ? items.subarray(0, 0) : items.subarray(0, begin + n)
      return others === undefined ? own : Int32Array.of(...others, ...own)
    })
    const step = await generator.step(states, padded(taken).ids, seed(n), signal)
    for (const [row, { items, begin }] of lists.entries()) items[begin + n] = step.items[row]!
    states = step
    if (yielder.due) await yielder.yieldToLoop()
  }
  return lists
}
