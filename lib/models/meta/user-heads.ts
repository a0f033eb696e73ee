import { rowIndices, rowValues } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { FittedLog } from '../base/fitted-log.js'
import { copyIds } from '../base/merge-log.js'
import { addOuter } from './positive-definite.js'
import { type Answers, posteriorOf, type Unobserved, type UserPrior } from './user-prior.js'

/** What heads are made by. */
export interface HeadSettings {
  /** [items, dims] */
  itemFactors: Matrix
  prior: UserPrior
  /** [dims, dims] the inverse of the prior's covariance */
  precision: Float64Array
  unobserved: Unobserved
}

/** The items of a user and their weights. */
export const historyOf = (seen: Csr, user: number): [item: number, weight: number][] => {
  const weights = rowValues(seen, user)
  return Array.from(rowIndices(seen, user), (item, n) => [item, weights[n]!])
}

/** What a history says of the items that have vectors. */
export function answersOf(itemFactors: Matrix, history: readonly (readonly [item: number, weight: number])[]): Answers {
  const { cols, data } = itemFactors
  const known = history.filter(([item]) => data[(item + 1) * cols - 1] === 1)
  return {
    vectors: known.map(([item]) => data.subarray(item * cols, (item + 1) * cols)),
    targets: known.map(([, weight]) => weight),
  }
}

/** Mean and variance of the weights of a log. */
export function spread(weights: Float32Array): { mean: number; variance: number } {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return { mean, variance: weights.reduce((sum, weight) => sum + (weight - mean) ** 2, 0) / weights.length }
}

/** Before anything is learnt: heads that say the mean, and differ by as much as ratings do. */
export function startOf(dims: number, { mean, variance }: { mean: number; variance: number }): UserPrior {
  const prior = { mean: new Float64Array(dims), covariance: new Float64Array(dims * dims), noise: variance }
  prior.mean[dims - 1] = mean
  for (let d = 0; d < dims; d++) prior.covariance[d * dims + d] = variance / 2
  return prior
}

/** What all items say where a user says nothing of them. */
export async function unobservedOf(
  itemFactors: Matrix,
  weight: number,
  signal: AbortSignal | undefined,
): Promise<Unobserved> {
  const { cols, rows, data } = itemFactors
  const gram = new Float64Array(cols * cols)
  let count = 0
  if (weight > 0)
    await new LoopYielder(signal).over(rows, 64, (begin, end) => {
      for (let row = begin; row < end; row++) {
        addOuter(gram, data.subarray(row * cols, (row + 1) * cols), 1, cols)
        count += data[(row + 1) * cols - 1]!
      }
    })
  return { weight, gram, count }
}

/** The heads of users [histories.rows, dims]. */
export async function headsOf(
  histories: Csr,
  { itemFactors, prior, precision, unobserved }: HeadSettings,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const heads = new Matrix(histories.rows, itemFactors.cols)
  await new LoopYielder(signal).over(histories.rows, 1, (user) => {
    const answers = answersOf(itemFactors, historyOf(histories, user))
    heads.row(user).set(posteriorOf(prior, precision, answers, unobserved).mean)
  })
  return heads
}

/** The log with the items of the features among its own. */
export async function withItemsOf(
  log: FittedLog,
  features: Features,
  signal: AbortSignal | undefined,
): Promise<FittedLog> {
  const yielder = new LoopYielder(signal)
  const items = await copyIds(log.items, yielder)
  await yielder.over(features.size, 1 << 12, (begin, end) => {
    for (let n = begin; n < end; n++) items.add(features.ids.idAt(n))
  })
  return items.size === log.items.size ? log : { ...log, items }
}
