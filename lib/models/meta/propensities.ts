import type { Id } from '../../data/id-map.js'
import { Interactions } from '../../data/log/interactions.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkBoolean, checkIterable, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** Options of {@link itemPropensities}. */
export interface ItemPropensitiesOptions {
  /**
   * The power of the share of users who had an item, of the greatest such share, above 0; default 0.5 (Saito et al. 2020, "Unbiased
   * recommender learning from missing-not-at-random implicit feedback", section 5.1).
   */
  exponent?: number
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

/** Options of {@link inversePropensityWeights}. */
export interface InversePropensityOptions extends ItemPropensitiesOptions {
  /** The propensity of each item, above 0 and at most 1: pairs of item and number; a Map is one. Default: {@link itemPropensities}. */
  propensities?: Iterable<readonly [Id, number]>
  /** Propensities count as this at least, above 0: what bounds the variance, at the price of some bias. Default 0.01. */
  clip?: number
  /**
   * Divides all weights by the mean of the inverse propensities, so that they have the sum that they had (self-normalised; Swaminathan
   * and Joachims 2015). Default true.
   */
  normalize?: boolean
}

/** @throws ERR_VALUE, ERR_DATA */
function checkLog(where: string, log: unknown): asserts log is Interactions {
  if (!(log instanceof Interactions))
    throw new KindredError('ERR_VALUE', `${where}: expected Interactions but received ${show(log)}.`)
  if (log.size === 0)
    throw new KindredError('ERR_DATA', `${where}: expected at least one interaction but the log has no rows.`)
}

/**
 * How probable it is that users come to see each item, from its popularity alone: (users who had it / the most that had one) to a
 * power. That is an assumption; propensities that were logged are better.
 * @returns by item, in the order of the log's; above 0, 1 for the most popular
 * @throws ERR_VALUE for what is no log, or naming the option; ERR_DATA for an empty log; ERR_ABORTED
 */
export async function itemPropensities(
  log: Interactions,
  options: ItemPropensitiesOptions = {},
): Promise<Map<Id, number>> {
  options = checkOptions('itemPropensities', options, ['exponent', 'signal'])
  const exponent = checkNumber('exponent', options.exponent ?? 0.5, { min: Number.MIN_VALUE })
  checkLog('itemPropensities', log)
  const counts = new Float64Array(log.items.size)
  await new LoopYielder(options.signal).over(log.size, 1 << 14, (begin, end) => {
    for (let n = begin; n < end; n++) counts[log.itemRows[n]!]!++
  })
  const most = counts.reduce((a, b) => Math.max(a, b), 1)
  return new Map(Array.from(log.items, (id, row) => [id, (counts[row]! / most) ** exponent]))
}

/**
 * The log with each weight divided by the propensity of its item: an item that few come to see counts more where it is chosen. A
 * model that sums a loss over the log by its weights then has, in expectation, the loss that it would have if everything were
 * seen alike (Schnabel et al. 2016, "Recommendations as treatments: debiasing learning and evaluation", section 4; Saito et al. 2020
 * for what was chosen). For models that take weights as what an interaction counts for, such as AlternatingLeastSquares,
 * not for those that predict them, such as MatrixFactorization.
 * @throws ERR_VALUE for what is no log, naming the option, or a propensity outside (0, 1]; ERR_DATA for an empty log;
 * ERR_UNKNOWN_ID for an item without a given propensity; ERR_ABORTED
 */
export async function inversePropensityWeights(
  log: Interactions,
  options: InversePropensityOptions = {},
): Promise<Interactions> {
  const names = ['propensities', 'exponent', 'clip', 'normalize', 'signal']
  options = checkOptions('inversePropensityWeights', options, names)
  const { exponent, signal } = options
  const clip = checkNumber('clip', options.clip ?? 0.01, { min: Number.MIN_VALUE, max: 1 })
  const normalize = checkBoolean('normalize', options.normalize ?? true)
  checkLog('inversePropensityWeights', log)
  if (options.propensities !== undefined && exponent !== undefined)
    throw new KindredError('ERR_VALUE', 'exponent: expected without propensities alone, which it makes of popularity.')
  const given =
    options.propensities === undefined
      ? await itemPropensities(log, { exponent, signal })
      : checkPropensities(options.propensities)
  const inverse = Float64Array.from(log.items, (id) => {
    const propensity = given.get(id)
    if (propensity === undefined)
      throw new KindredError('ERR_UNKNOWN_ID', `propensities: there is none of item ${show(id)}, which the log has.`)
    return 1 / Math.max(clip, propensity)
  })
  let sum = 0
  await new LoopYielder(signal).over(log.size, 1 << 14, (begin, end) => {
    for (let n = begin; n < end; n++) sum += inverse[log.itemRows[n]!]!
  })
  const divisor = normalize ? sum / log.size : 1
  const rowOf = (item: Id) => log.items.indexOf(item)
  return log.transformAsync({ weight: (weight, { item }) => (weight * inverse[rowOf(item)]!) / divisor, signal })
}

function checkPropensities(propensities: Iterable<readonly [Id, number]>): Map<Id, number> {
  const given = checkIterable('propensities', propensities, 'pairs of item and propensity')
  const out = new Map<Id, number>()
  for (const entry of given) {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new KindredError('ERR_VALUE', `propensities: expected [item, propensity] but received ${show(entry)}.`)
    const [item, propensity] = entry as [Id, number]
    out.set(item, checkNumber(`propensities: item ${show(item)}`, propensity, { min: Number.MIN_VALUE, max: 1 }))
  }
  return out
}
