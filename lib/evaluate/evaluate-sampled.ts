import { rowIndices } from '../data/csr.js'
import type { Id } from '../data/id-map.js'
import type { Interactions } from '../data/log/interactions.js'
import { createRandom } from '../data/random.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import type { Recommender } from '../models/base/recommender.js'
import { checkInteger, checkIterable } from '../native/check.js'
import { KindredError, show } from '../native/errors.js'
import { bootstrapMeans, type Interval } from './bootstrap.js'
import { type EvaluationReport, reportOf, toEvaluation } from './evaluate.js'
import { EVALUATE_OPTIONS, type EvaluateOptions, evaluateSettings } from './evaluate-options.js'
import { type GroundTruth, groundTruthOf } from './ground-truth.js'
import { perUserMetrics } from './per-user-metrics.js'

export interface EvaluateSampledOptions extends Omit<EvaluateOptions, 'candidates' | 'exclude'> {
  /**
   * How many items to draw for each user, uniformly among those the user had neither in training nor held out; or the
   * given ones, user by user. A given negative that is among the user's held-out items is dropped and counted.
   */
  negatives: number | Iterable<readonly [user: Id, items: Iterable<Id>]>
}

const LEGAL = [...EVALUATE_OPTIONS.filter((name) => name !== 'candidates' && name !== 'exclude'), 'negatives']

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
  const settings = evaluateSettings('evaluateSampled', options, LEGAL)
  const { signal } = settings
  const { negatives } = options
  if (typeof negatives === 'number') checkInteger('negatives', negatives, { min: 1 })
  const given = typeof negatives === 'number' ? undefined : givenNegatives(negatives)
  const wanted = await groundTruthOf(model, test, given ? { only: (user) => given.has(user), signal } : { signal })
  const add = given
    ? (block: CandidateBlock, i: number) => addGiven(block, i, model, given.get(wanted.users[i]!)!)
    : negativesDrawer(model, negatives as number, settings.bootstrap.seed)
  const counts = { negatives: 0, dropped: 0, unknown: 0 }
  const series = await perUserMetrics(model, wanted, { ...settings, exclude: 'none' }, async (begin, end) => {
    const yielder = new LoopYielder(signal)
    const block = new CandidateBlock(wanted, begin, end, model.items.size, counts)
    for (let i = begin; i < end; i++) {
      add(block, i, wanted.userRows[i]!)
      if (yielder.due) await yielder.yieldToLoop()
    }
    return block.bits
  })
  if (given && counts.negatives === 0)
    throw new KindredError('ERR_DATA', 'negatives: the model knows none of them. Do their ids have the same type?')
  series.coverage.clear()
  const intervals = await bootstrapMeans([...series.values.values()], settings.bootstrap, settings.signal)
  const plain = toEvaluation(series, intervals, reportOf(wanted, 'sampled negatives'))
  const labelled = Object.fromEntries(Object.entries(plain).map(([name, interval]) => [`sampled ${name}`, interval]))
  const report = {
    ...plain.report,
    unknownUsers: [...test.users].filter((user) => !model.users.has(user)).length,
    negatives: counts.negatives / wanted.users.length,
    droppedNegatives: counts.dropped,
    unknownNegatives: counts.unknown,
    withoutNegatives: given ? [...test.users].filter((user) => model.users.has(user) && !given.has(user)).length : 0,
  }
  return Object.defineProperty(labelled, 'report', { value: report, enumerable: false }) as unknown as SampledEvaluation
}

function givenNegatives(negatives: Iterable<readonly [Id, Iterable<Id>]>): Map<Id, Iterable<Id>> {
  const given = new Map<Id, Iterable<Id>>()
  for (const entry of checkIterable('negatives', negatives, 'a number or a list of [user, items]')) {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new KindredError('ERR_VALUE', `negatives: expected entries [user, items] but received ${show(entry)}.`)
    const [user, items] = entry as [Id, Iterable<Id>]
    given.set(user, checkIterable(`negatives of user ${show(user)}`, items, 'a list of item ids'))
  }
  return given
}

interface NegativeCounts {
  negatives: number
  dropped: number
  unknown: number
}

/** The candidate items of judged users [begin, end): a bitmap each, the held-out items set from the start. */
class CandidateBlock {
  /** [end - begin, ceil(items / 8)] */
  readonly bits: Uint8Array
  readonly #bytes: number

  constructor(
    readonly wanted: GroundTruth,
    readonly begin: number,
    end: number,
    items: number,
    readonly counts: NegativeCounts,
  ) {
    this.#bytes = Math.ceil(items / 8)
    this.bits = new Uint8Array(this.#bytes * (end - begin))
    for (let i = begin; i < end; i++) for (const row of rowIndices(wanted.items, i)) this.#set(i, row)
  }

  /** Adds a negative of judged user `i`; adding one twice changes nothing, a held-out item is counted as dropped. */
  add(i: number, row: number): void {
    const known = this.bits[this.#byte(i, row)]! & (1 << (row & 7))
    if (known && rowIndices(this.wanted.items, i).includes(row)) this.counts.dropped++
    if (known) return
    this.#set(i, row)
    this.counts.negatives++
  }

  #byte(i: number, row: number): number {
    return (i - this.begin) * this.#bytes + (row >> 3)
  }

  #set(i: number, row: number): void {
    this.bits[this.#byte(i, row)]! |= 1 << (row & 7)
  }
}

function addGiven(block: CandidateBlock, i: number, model: Recommender, items: Iterable<Id>): void {
  for (const item of items) {
    const row = model.items.indexOf(item)
    if (row < 0) block.counts.unknown++
    else block.add(i, row)
  }
}

/** Adds `count` random negatives to one user after the other (fewer only where fewer exist). */
function negativesDrawer(model: Recommender, count: number, seed: number) {
  const random = createRandom(seed)
  const { seen, items } = model
  return (block: CandidateBlock, i: number, userRow: number): void => {
    const taken = new Set([...rowIndices(seen, userRow), ...rowIndices(block.wanted.items, i)])
    const wantedCount = Math.min(count, items.size - taken.size)
    if (wantedCount * 2 > items.size - taken.size) {
      const free = Int32Array.from({ length: items.size }, (_, row) => row).filter((row) => !taken.has(row))
      for (const row of random.shuffle(free).subarray(0, wantedCount)) block.add(i, row)
      return
    }
    for (let drawn = 0; drawn < wantedCount; ) {
      const row = random.integer(items.size)
      if (taken.has(row)) continue
      taken.add(row)
      block.add(i, row)
      drawn++
    }
  }
}
