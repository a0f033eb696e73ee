import type { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { invertPositiveDefinite } from './cholesky.js'
import { armAt, checkList } from './logged-feedback.js'

/** What {@link ridgeRewards} learns from. */
export interface RewardLog {
  /** [rounds], the index of the arm that was shown, from 0. */
  arms: ArrayLike<number>
  /** [rounds], what it earned. */
  rewards: ArrayLike<number>
  /** How many arms there are. */
  count: number
  /** [rounds, dims], what was known; without it an arm's rewards are expected to be its mean. */
  contexts?: Matrix
}

/** Options of {@link ridgeRewards}. */
export interface RidgeRewardsOptions extends AbortOptions {
  /** How strongly arms are drawn to the mean of all, in rounds, above 0; default 10. */
  regularization?: number
  /** Parts of the log; the rewards of each are expected by a model of the others. Default 3, 1: of the whole log. */
  folds?: number
  /** Of the parts; default 0. */
  seed?: number
}

const OPTIONS = ['regularization', 'folds', 'seed', 'signal'] as const

/** @throws ERR_VALUE, ERR_SHAPE, ERR_DATA */
function checkLog(log: RewardLog): { shown: ArrayLike<number>; earned: Float64Array; dims: number } {
  if (typeof log !== 'object' || log === null)
    throw new KindredError('ERR_VALUE', `log: expected a log of choices but received ${show(log)}.`)
  const { contexts } = log
  checkInteger('count', log.count, { min: 1, max: 2 ** 20 })
  const shown = checkList('arms', log.arms)
  const rounds = shown.length
  if (rounds === 0) throw new KindredError('ERR_DATA', 'arms: expected at least one round.')
  const earned = Float64Array.from(checkList('rewards', log.rewards, rounds))
  if (contexts !== undefined && (contexts?.rows !== rounds || !(contexts.cols <= 1024)))
    throw new KindredError(
      'ERR_SHAPE',
      `contexts: expected a Matrix of ${rounds} rows, of at most 1024 numbers, but received ${show(contexts)} [${contexts?.rows}, ${contexts?.cols}].`,
    )
  const wrong = earned.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new KindredError(
      'ERR_DATA',
      `rewards: expected finite numbers but received ${earned[wrong]} in round ${wrong}.`,
    )
  if (contexts?.data.some((value) => !Number.isFinite(value)))
    throw new KindredError('ERR_DATA', 'contexts: expected finite numbers.')
  return { shown, earned, dims: contexts?.cols ?? 0 }
}

/**
 * A model of rewards for the estimators of {@link offPolicy} that use one: a ridge regression for each arm over a constant and
 * the context, of what rewards differ from their mean. It is cross-fitted (Narita, Yasui and Yata 2021): no round is
 * expected by a model that has seen it.
 * @returns [rounds, count], row after row
 * @throws ERR_VALUE, ERR_SHAPE, ERR_DATA for a log that is none; ERR_ABORTED
 */
export async function ridgeRewards(log: RewardLog, options: RidgeRewardsOptions = {}): Promise<Float64Array> {
  const { regularization = 10, folds = 3, seed = 0, signal } = checkOptions('ridgeRewards', options, OPTIONS)
  checkNumber('regularization', regularization, { min: Number.MIN_VALUE })
  checkInteger('folds', folds, { min: 1, max: 100 })
  checkInteger('seed', seed, { min: 0 })
  const { shown, earned, dims } = checkLog(log)
  const { count } = log
  const yielder = new LoopYielder(signal)
  const rounds = earned.length
  const order = createRandom(seed).shuffle(Int32Array.from({ length: rounds }, (_, round) => round))
  const part = new Int32Array(rounds)
  for (let i = 0; i < rounds; i++) part[order[i]!] = i % folds
  const data = log.contexts?.data
  const n = dims + 1
  const x = new Float64Array(n).fill(1)
  const expected = new Float64Array(rounds * count)
  for (let fold = 0; fold < folds; fold++) {
    const isTrain = (round: number) => folds === 1 || part[round] !== fold
    let [sum, seen] = [0, 0]
    for (let round = 0; round < rounds; round++)
      if (isTrain(round)) {
        sum += earned[round]!
        seen++
      }
    const mean = seen === 0 ? 0 : sum / seen
    const grams = Array.from({ length: count }, () => new Float64Array(n * n))
    const sides = Array.from({ length: count }, () => new Float64Array(n))
    const read = (round: number) => {
      for (let j = 0; j < dims; j++) x[j + 1] = data![round * dims + j]!
    }
    await yielder.over(rounds, 64, (begin, end) => {
      for (let round = begin; round < end; round++) {
        const arm = armAt(shown, round, count)
        if (!isTrain(round)) continue
        read(round)
        for (let i = 0; i < n; i++) {
          sides[arm]![i]! += x[i]! * (earned[round]! - mean)
          for (let j = 0; j <= i; j++) grams[arm]![i * n + j]! += x[i]! * x[j]!
        }
      }
    })
    const weights: Float64Array[] = []
    const inverse = new Float64Array(n * n)
    for (const [arm, gram] of grams.entries()) {
      for (let i = 0; i < n; i++) gram[i * n + i]! += regularization
      invertPositiveDefinite(gram, n, inverse)
      const own = new Float64Array(n)
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) own[i]! += inverse[i * n + j]! * sides[arm]![j]!
      weights.push(own)
      if (yielder.due) await yielder.yieldToLoop()
    }
    await yielder.over(rounds, 64, (begin, end) => {
      for (let round = begin; round < end; round++) {
        if (folds > 1 && part[round] !== fold) continue
        read(round)
        for (let arm = 0; arm < count; arm++) {
          let value = mean
          for (let i = 0; i < n; i++) value += weights[arm]![i]! * x[i]!
          expected[round * count + arm] = value
        }
      }
    })
  }
  return expected
}
