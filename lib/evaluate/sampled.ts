import { rowIndices } from '../data/csr.js'
import type { Id } from '../data/ids.js'
import type { Interactions } from '../data/interactions.js'
import { createRandom } from '../data/random.js'
import type { Recommender } from '../models/recommender.js'
import { checkInteger } from '../native/check.js'
import { KindredError, show } from '../native/errors.js'
import { bootstrapMeans, type Interval } from './bootstrap.js'
import { type EvaluationReport, reportOf, toEvaluation } from './evaluate.js'
import { type EvaluateOptions, evaluateSettings } from './options.js'
import { collectSeries } from './series.js'
import { type Wanted, wantedItems } from './wanted.js'

export interface EvaluateSampledOptions extends Omit<EvaluateOptions, 'candidates' | 'exclude'> {
  /**
   * How many items to draw for each user, uniformly among those the user had neither in training nor held out; or the
   * given ones, user by user. A given negative that is among the user's held-out items is dropped and counted.
   */
  negatives: number | Iterable<readonly [user: Id, items: Iterable<Id>]>
}

export interface SampledEvaluation {
  [metric: `sampled ${string}`]: Interval
  /** Not enumerable. */
  readonly report: EvaluationReport & {
    /** Mean number of negatives a user. */
    negatives: number
    /** Given negatives that were held-out items of the same user, dropped. */
    droppedNegatives: number
    /** Given negatives that the model does not know; they stand behind all others. */
    unknownNegatives: number
    /** Users of the test log to whom no negatives were given; not judged. */
    withoutNegatives: number
  }
}

/**
 * The protocol of He et al. 2017 ("Neural collaborative filtering", section 4.1): each held-out item is ranked among a
 * few negatives instead of all items. Its figures are much higher than those of full ranking and can order models
 * wrongly; every metric is labelled `sampled`. Use it to compare with published tables.
 * @throws as {@link evaluate}; ERR_DATA if the model knows none of the given negatives
 */
export async function evaluateSampled(
  model: Recommender,
  test: Interactions,
  options: EvaluateSampledOptions,
): Promise<SampledEvaluation> {
  const settings = evaluateSettings('evaluateSampled', options, ['negatives'])
  const given = typeof options.negatives === 'number' ? undefined : givenNegatives(options.negatives)
  const wanted = wantedItems(model, test, given && ((user) => given.has(user)))
  const bitmaps = new CandidateBitmaps(wanted, model.items.size)
  const { dropped, unknown } = given ? setGiven(model, wanted, bitmaps, given) : { dropped: 0, unknown: 0 }
  if (!given)
    drawNegatives(model, wanted, bitmaps, checkInteger('negatives', options.negatives, { min: 1 }), options.seed ?? 0)
  const series = await collectSeries(model, wanted, { ...settings, exclude: 'none' }, (begin, end) =>
    bitmaps.slice(begin, end),
  )
  series.coverage.clear()
  const intervals = await bootstrapMeans([...series.values.values()], settings.bootstrap, settings.signal)
  const plain = toEvaluation(series, intervals, reportOf(wanted, 'sampled negatives'))
  const labelled = Object.fromEntries(Object.entries(plain).map(([name, interval]) => [`sampled ${name}`, interval]))
  const report = {
    ...plain.report,
    unknownUsers: [...test.users].filter((user) => !model.users.has(user)).length,
    negatives: bitmaps.negatives / wanted.users.length,
    droppedNegatives: dropped,
    unknownNegatives: unknown,
    withoutNegatives: given ? [...test.users].filter((user) => model.users.has(user) && !given.has(user)).length : 0,
  }
  return Object.defineProperty(labelled, 'report', { value: report, enumerable: false }) as unknown as SampledEvaluation
}

function givenNegatives(negatives: unknown): Map<Id, Iterable<Id>> {
  if (negatives === null || typeof negatives !== 'object' || !(Symbol.iterator in negatives))
    throw new KindredError(
      'ERR_VALUE',
      `negatives: expected a number or a list of [user, items] but received ${show(negatives)}.`,
    )
  return new Map(negatives as Iterable<[Id, Iterable<Id>]>)
}

/** Sets the given negatives of each user. */
function setGiven(model: Recommender, wanted: Wanted, bitmaps: CandidateBitmaps, given: Map<Id, Iterable<Id>>) {
  let dropped = 0
  let unknown = 0
  for (const [i, user] of wanted.users.entries())
    for (const item of given.get(user)!) {
      const row = model.items.indexOf(item)
      if (row < 0) unknown++
      else if (!bitmaps.add(i, row)) dropped++
    }
  if (bitmaps.negatives === 0)
    throw new KindredError('ERR_DATA', 'negatives: the model knows none of them. Do their ids have the same type?')
  return { dropped, unknown }
}

/** One bitmap of candidate items per judged user, the held-out items set from the start. */
class CandidateBitmaps {
  /** Negatives set so far, over all users. */
  negatives = 0
  readonly #bytes: number
  readonly #bits: Uint8Array
  readonly #wanted: Wanted

  constructor(wanted: Wanted, items: number) {
    this.#bytes = Math.ceil(items / 8)
    this.#bits = new Uint8Array(this.#bytes * wanted.users.length)
    this.#wanted = wanted
    for (let i = 0; i < wanted.users.length; i++) for (const row of rowIndices(wanted.items, i)) this.#set(i, row)
  }

  /** Adds a negative; false if it is among the held-out items. Adding one twice changes nothing. */
  add(i: number, row: number): boolean {
    if (this.#has(i, row)) return !rowIndices(this.#wanted.items, i).includes(row)
    this.#set(i, row)
    this.negatives++
    return true
  }

  slice(begin: number, end: number): Uint8Array {
    return this.#bits.subarray(begin * this.#bytes, end * this.#bytes)
  }

  #has(i: number, row: number): boolean {
    return (this.#bits[i * this.#bytes + (row >> 3)]! & (1 << (row & 7))) !== 0
  }

  #set(i: number, row: number): void {
    this.#bits[i * this.#bytes + (row >> 3)]! |= 1 << (row & 7)
  }
}

/** Fills in `count` random negatives for each user (fewer only where fewer exist). */
function drawNegatives(
  model: Recommender,
  wanted: Wanted,
  bitmaps: CandidateBitmaps,
  count: number,
  seed: number,
): void {
  const random = createRandom(seed)
  const { seen, items } = model
  for (let i = 0; i < wanted.users.length; i++) {
    const taken = new Set([...rowIndices(seen, wanted.userRows[i]!), ...rowIndices(wanted.items, i)])
    const wantedCount = Math.min(count, items.size - taken.size)
    if (wantedCount * 2 > items.size - taken.size) {
      const free = Int32Array.from({ length: items.size }, (_, row) => row).filter((row) => !taken.has(row))
      for (const row of random.shuffle(free).subarray(0, wantedCount)) bitmaps.add(i, row)
      continue
    }
    for (let drawn = 0; drawn < wantedCount; ) {
      const row = random.integer(items.size)
      if (taken.has(row)) continue
      taken.add(row)
      bitmaps.add(i, row)
      drawn++
    }
  }
}
