import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Discriminator } from './discriminator.js'
import type { Generator } from './generator.js'
import { type Continued, joined, padded, started } from './lists.js'

/** How rewards are estimated. */
export interface RolloutOptions {
  /** Completions of each beginning of a list. */
  readonly rollouts: number
  /** Whether a sequence may have an item twice. */
  readonly repeats: boolean
  /** Two integers for item n of the completions. */
  seed(n: number): Int32Array
  readonly signal?: AbortSignal
}

/** Rows of the completions: of beginning n of a list (n items of it), the completion and the list, in this order. */
interface Completions {
  /** Lists of each rollout. */
  readonly lists: number
  readonly rollouts: number
  readonly sequences: Continued[]
}

/** Copies of each list for each of its beginnings but the whole. */
function copies(lists: readonly Continued[], length: number, rollouts: number): Completions {
  const sequences: Continued[] = []
  for (let n = 1; n < length; n++)
    for (let copy = 0; copy < rollouts; copy++)
      for (const { items, begin } of lists) sequences.push({ items: items.slice(), begin })
  return { lists: lists.length, rollouts, sequences }
}

/**
 * Monte-Carlo search (Yu et al. 2017, equation 4): the reward of each item of each list, which is the mean probability, as the
 * discriminator tells it, that completions of the list after that item are true ones; of the last item, that the list is. All
 * beginnings of all lists advance together.
 * @param lists of one length
 * @returns [lists, length]
 * @throws ERR_ABORTED
 */
export async function rewardsOf(
  generator: Generator,
  discriminator: Discriminator,
  lists: readonly Continued[],
  options: RolloutOptions,
): Promise<Float32Array> {
  const { rollouts, signal } = options
  const length = lists[0]!.items.length - lists[0]!.begin
  const completions = copies(lists, length, rollouts)
  await complete(generator, lists, completions, length, options)
  const scores = await discriminator.score(
    [...completions.sequences, ...lists].map(({ items }) => items),
    signal,
  )
  const rewards = new Float32Array(lists.length * length)
  let row = 0
  for (let n = 0; n < length - 1; n++)
    for (let copy = 0; copy < rollouts; copy++)
      for (let list = 0; list < lists.length; list++) rewards[list * length + n]! += scores[row++]! / rollouts
  for (let list = 0; list < lists.length; list++) rewards[(list + 1) * length - 1] = scores[row++]!
  return rewards
}

/** Draws what is missing of the completions. */
async function complete(
  generator: Generator,
  lists: readonly Continued[],
  { rollouts, sequences }: Completions,
  length: number,
  { repeats, seed, signal }: RolloutOptions,
): Promise<void> {
  const size = generator.sizes.hidden
  const given = joined(lists.map(({ items }) => started(items, generator.start, 1)))
  const { offsets } = given.inputs as { offsets: Int32Array }
  const places = new Int32Array((length - 1) * lists.length)
  for (let n = 1; n < length; n++)
    for (const [list, { begin }] of lists.entries()) places[(n - 1) * lists.length + list] = offsets[list]! + begin + n
  // After n items of each list.
  const known = await generator.states(given, places, signal)
  const [hidden, cell] = [new Float32Array(sequences.length * size), new Float32Array(sequences.length * size)]
  const width = lists.length * size
  const yielder = new LoopYielder(signal)
  for (let n = 1; n < length; n++) {
    for (let copy = 0; copy < rollouts; copy++) {
      const at = ((n - 1) * rollouts + copy) * width
      hidden.set(known.hidden.subarray((n - 1) * width, n * width), at)
      cell.set(known.cell.subarray((n - 1) * width, n * width), at)
    }
    const active = sequences.slice(0, n * rollouts * lists.length)
    const numbers = active.length * size
    const taken = repeats ? [] : active.map(({ items, begin }) => items.subarray(0, begin + n))
    const states = { hidden: hidden.subarray(0, numbers), cell: cell.subarray(0, numbers) }
    const step = await generator.step(states, padded(taken).ids, seed(n), signal)
    for (const [row, { items, begin }] of active.entries()) items[begin + n] = step.items[row]!
    hidden.set(step.hidden)
    cell.set(step.cell)
    if (yielder.due) await yielder.yieldToLoop()
  }
}
