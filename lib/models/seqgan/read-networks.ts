import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { throwIfAborted } from '../../native/errors.js'
import { continueLists } from './continue-lists.js'
import { Draws } from './draws.js'
import { checkSequences, type SampleListsOptions, sampleSettings } from './fit-options.js'
import { checkEligible, type GeneratedList, type GenerateRequest } from './generate-options.js'
import { joined, predictions, started } from './lists.js'
import type { SeqGANNetwork } from './network.js'
import type { SeqGANSettings } from './seqgan-options.js'
import { type LearntItems, placesIn } from './vocabulary.js'
import { windowsOf } from './windows.js'

/** Sequences that are read in one run. */
const AT_ONCE = 256

/** Items that count of a history: the last ones, as many as the generator has ever read. */
const readLength = ({ context, length }: SeqGANSettings) => context + length - 1

/** What is read: the networks and the items that they know. */
export interface Learnt extends LearntItems {
  readonly network: SeqGANNetwork | undefined
}

/**
 * The logarithm of each item's probability after histories of rows of items [histories, items]; 0 of items that were not
 * learnt, and of histories without any.
 * @throws ERR_ABORTED
 */
export async function nextItems(
  { log, vocabulary, network }: Learnt,
  histories: readonly ArrayLike<number>[],
  settings: SeqGANSettings,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const scores = new Matrix(histories.length, log.items.size)
  if (network === undefined) return scores
  const { generator } = network
  const places = placesIn(vocabulary, log.items.size)
  const most = readLength(settings)
  const known: { row: number; items: Int32Array }[] = []
  for (const [row, history] of histories.entries()) {
    const items = Int32Array.from(history, (item) => places[item] ?? -1).filter((place) => place >= 0)
    if (items.length > 0) known.push({ row, items: items.slice(-most || items.length) })
  }
  const yielder = new LoopYielder(signal)
  for (let begin = 0; begin < known.length; begin += AT_ONCE) {
    const some = known.slice(begin, begin + AT_ONCE)
    const given = joined(some.map(({ items }) => started(items, generator.start, 0)))
    const { offsets } = given.inputs as { offsets: Int32Array }
    const ends = offsets.subarray(1).map((end) => end - 1)
    const logs = await generator.next(given, ends, signal)
    for (const [n, { row }] of some.entries()) {
      const own = scores.row(row)
      for (const [place, item] of vocabulary.entries()) own[item] = logs[n * vocabulary.length + place]!
      if (yielder.due) await yielder.yieldToLoop()
    }
  }
  return scores
}

/** Lists that continue a history of rows of items, those that the discriminator takes for true first. @throws ERR_VALUE */
export async function generated(
  { log, vocabulary, network }: Learnt,
  history: readonly number[],
  request: GenerateRequest,
  settings: SeqGANSettings,
): Promise<GeneratedList[]> {
  const { length, count, repeats, seed, signal } = request
  const places = placesIn(vocabulary, log.items.size)
  const known = Int32Array.from(history, (item) => places[item]!).filter((place) => place >= 0)
  const excluded = new Set(request.excluded)
  if (!repeats) for (const place of known) excluded.add(place)
  checkEligible(vocabulary.length - excluded.size, request)
  const { generator, discriminator } = network!
  const context = known.slice(Math.max(0, known.length - settings.context))
  const draws = new Draws(seed)
  const taken = Int32Array.from(excluded)
  const lists = await continueLists(
    generator,
    Array.from({ length: count }, () => context),
    {
      length,
      repeats,
      excluded: Array.from({ length: count }, () => taken),
      seed: (n) => draws.seed('sample', 0, n),
      signal,
    },
  )
  const scores = await discriminator.score(
    lists.map(({ items }) => items),
    signal,
  )
  return lists
    .map(({ items, begin }, n) => ({
      items: Array.from(items.subarray(begin), (place) => log.items.idAt(vocabulary[place]!)),
      score: scores[n]!,
    }))
    .sort((a, b) => b.score - a.score)
}

/** Lists that continue nothing, as rows of items. @throws ERR_VALUE, ERR_ABORTED */
export async function sampled(
  { log, vocabulary, network }: Learnt,
  count: number,
  options: SampleListsOptions,
  { length, repeats }: SeqGANSettings,
): Promise<Int32Array[]> {
  const { seed, signal, count: all } = sampleSettings(count, options)
  throwIfAborted(signal)
  const request = { length, repeats }
  checkEligible(vocabulary.length, request)
  const draws = new Draws(seed)
  const lists: Int32Array[] = []
  for (let begin = 0; begin < all; begin += AT_ONCE) {
    const histories = Array.from({ length: Math.min(AT_ONCE, all - begin) }, () => new Int32Array(0))
    const own = (n: number) => draws.seed('sample', begin / AT_ONCE, n)
    const some = await continueLists(network!.generator, histories, { length, repeats, seed: own, signal })
    lists.push(...some.map(({ items }) => items.map((place) => vocabulary[place]!)))
  }
  return log.items.size === 0 ? [] : lists
}

/** The mean of minus the logarithm of the items' probabilities, of sequences of rows of items. @throws ERR_VALUE, ERR_ABORTED */
export async function likelihood(
  { log, vocabulary, network }: Learnt,
  sequences: readonly Int32Array[],
  settings: SeqGANSettings,
  signal: AbortSignal | undefined,
): Promise<number> {
  checkSequences('sequences', sequences, log.items.size)
  if (network === undefined) return Number.NaN
  const places = placesIn(vocabulary, log.items.size)
  const { context, length, repeats } = settings
  const windows = sequences.flatMap((sequence) =>
    windowsOf(
      sequence.map((item) => places[item]!),
      context,
      length,
    ),
  )
  let [sum, count] = [0, 0]
  for (let begin = 0; begin < windows.length; begin += AT_ONCE) {
    const some = windows.slice(begin, begin + AT_ONCE)
    const begins = some.map(() => 0)
    const { terms, ...given } = predictions(some, begins, network.generator.start, !repeats)
    sum += terms * (await network.generator.loss(given, signal))
    count += terms
  }
  return sum / count
}
