import { checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { type Resumable, ROWS_PER_YIELD } from '../resumable.js'
import { groupByUser } from './group-by-user.js'
import type { Interaction } from './interaction.js'
import type { InteractionColumns } from './interaction-columns.js'
import type { WeightTransform } from './interactions-report.js'
import { partitionRows } from './split/partition-rows.js'

/** How {@link Interactions.transform} makes new weights of the old. */
export interface TransformOptions {
  /**
   * - 'log': ln(1 + weight / scale), against heavy tails such as those of counts (Hu, Koren, Volinsky 2008, equation 6)
   * - 'binary': 1 where the weight is above 0, else 0
   * - 'rank': the place of the weight among the user's own, least first, over their number: in (0, 1], 1 for a greatest
   *   weight that stands alone; equal weights share the mean of their places
   * - a function of the weight, and of the whole interaction
   */
  weight: 'log' | 'binary' | 'rank' | ((weight: number, interaction: Interaction) => number)
  /** Of 'log': the weight that becomes ln 2, a number above 0; default 1. */
  scale?: number
}

export const TRANSFORM_OPTIONS = ['weight', 'scale']

/** The step that the report of the new log tells. @throws ERR_VALUE for illegal options */
export function checkTransform(options: TransformOptions): WeightTransform {
  const { weight, scale } = options
  const isFunction = typeof weight === 'function'
  if (!isFunction && typeof weight !== 'string')
    throw new KindredError(
      'ERR_VALUE',
      `weight: expected 'log', 'binary', 'rank' or a function of the weight but received ${show(weight)}.`,
    )
  const name = isFunction ? 'function' : checkOneOf('weight', weight, ['log', 'binary', 'rank'])
  if (name !== 'log') {
    if (scale !== undefined) throw new KindredError('ERR_VALUE', "scale: only weight: 'log' takes one.")
    return { weight: name }
  }
  if (checkNumber('scale', scale ?? 1, { min: 0 }) === 0)
    throw new KindredError('ERR_VALUE', 'scale: expected a number above 0 but received 0.')
  return { weight: name, scale: scale ?? 1 }
}

function* transformEach(
  { weights }: InteractionColumns,
  transform: (weight: number, row: number) => number,
): Resumable<Float32Array> {
  const changed = new Float32Array(weights.length)
  for (let row = 0; row < weights.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    changed[row] = transform(weights[row]!, row)
  }
  return changed
}

/** Place of each weight among its user's, least first, equal ones sharing the mean place, over their number. */
function* rankWithinUsers(log: InteractionColumns): Resumable<Float32Array> {
  const { weights } = log
  const { pointers, order } = yield* groupByUser(log)
  const ranks = new Float32Array(weights.length)
  let due = ROWS_PER_YIELD
  for (let user = 0; user < log.users.size; user++) {
    const own = order.subarray(pointers[user]!, pointers[user + 1]!)
    yield* partitionRows(own, (a, b) => weights[a]! - weights[b]! || a - b)
    for (let begin = 0, end = 0; begin < own.length; begin = end) {
      while (end < own.length && weights[own[end]!] === weights[own[begin]!]) end++
      for (const row of own.subarray(begin, end)) ranks[row] = (begin + end + 1) / 2 / own.length
    }
    if (pointers[user + 1]! < due) continue
    due = pointers[user + 1]! + ROWS_PER_YIELD
    yield
  }
  return ranks
}

/**
 * [rows] the new weights.
 * @param at a row in the caller's ids
 * @throws ERR_VALUE for a result that is no finite 32-bit number from 0, ERR_DATA where 'log' has none, naming the row
 */
export function* transformWeights(
  log: InteractionColumns,
  { weight }: TransformOptions,
  step: WeightTransform,
  at: (row: number) => Interaction,
): Resumable<Float32Array> {
  if (weight === 'rank') return yield* rankWithinUsers(log)
  if (weight === 'binary') return yield* transformEach(log, (old) => (old > 0 ? 1 : 0))
  const refuse = (row: number, old: number, result: unknown) => {
    const { user, item } = at(row)
    return new KindredError(
      weight === 'log' ? 'ERR_DATA' : 'ERR_VALUE',
      `transform: expected a finite weight of at least 0 but ${weight === 'log' ? "'log'" : 'the function'} gives ${show(result)} for ${old} in row ${row} (user ${show(user)}, item ${show(item)}).`,
    )
  }
  return yield* transformEach(log, (old, row) => {
    const result = weight === 'log' ? Math.log1p(old / step.scale!) : weight(old, at(row))
    const isLegal = typeof result === 'number' && Number.isFinite(Math.fround(result)) && result >= 0
    if (!isLegal) throw refuse(row, old, result)
    return result + 0
  })
}
