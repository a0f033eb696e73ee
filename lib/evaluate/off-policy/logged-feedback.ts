import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'

/** What a policy chose and what it earned, and what another policy would have done. */
export interface LoggedFeedback {
  /** [rounds], the index of the arm that was shown, from 0. */
  arms: ArrayLike<number>
  /** [rounds], what it earned. */
  rewards: ArrayLike<number>
  /** [rounds], the probability with which the logging policy showed that arm, above 0. */
  propensities: ArrayLike<number>
  /** [rounds, arms], the probabilities of the policy that is judged: row after row, or a Matrix. Each row sums to 1. */
  policy: Matrix | ArrayLike<number>
  /** [rounds, arms], the reward that a model expects of each arm, for the estimators that use one: see {@link ridgeRewards}. */
  expectedRewards?: Matrix | ArrayLike<number>
}

/** What the estimators are made of, for each round. */
export interface Rounds {
  readonly count: number
  readonly rewards: Float64Array
  /** The policy's probability of the arm over its propensity. */
  readonly weights: Float64Array
  /** The model's reward of the arm that was shown; undefined without a model. */
  readonly expected: Float64Array | undefined
  /** The model's reward of the policy: that of each arm, by its probability. */
  readonly direct: Float64Array | undefined
}

/** How far from 1 a row of probabilities may sum: those of 32-bit floats do. */
const TOLERANCE = 1e-4

/** Rounds read before the event loop may run. */
const ROUNDS_AT_ONCE = 256

const numbersOf = (matrix: Matrix | ArrayLike<number>): ArrayLike<number> => ('data' in matrix ? matrix.data : matrix)

/** @throws ERR_VALUE, ERR_SHAPE */
export function checkList(name: string, list: unknown, length?: number): ArrayLike<number> {
  if (typeof list !== 'object' || list === null || !Number.isSafeInteger((list as ArrayLike<number>).length))
    throw new KindredError('ERR_VALUE', `${name}: expected a list of numbers but received ${show(list)}.`)
  const numbers = list as ArrayLike<number>
  if (length !== undefined && numbers.length !== length)
    throw new KindredError(
      'ERR_SHAPE',
      `${name}: expected ${length} numbers, one a round, but received ${numbers.length}.`,
    )
  return numbers
}

/** @throws ERR_DATA for what is no finite number */
function numberAt(name: string, list: ArrayLike<number>, at: number): number {
  const value = list[at]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new KindredError('ERR_DATA', `${name}: expected finite numbers but received ${show(value)} at ${at}.`)
}

/** The arm of a round. @throws ERR_DATA unless it is an index below `count` */
export function armAt(arms: ArrayLike<number>, round: number, count: number): number {
  const arm = arms[round]
  if (typeof arm === 'number' && Number.isInteger(arm) && arm >= 0 && arm < count) return arm
  throw new KindredError(
    'ERR_DATA',
    `arms: expected indices from 0 to ${count - 1} but received ${show(arm)} in round ${round}.`,
  )
}

/** @throws ERR_SHAPE unless the numbers are whole rows, one a round */
function armsOf(name: string, given: Matrix | ArrayLike<number>, rounds: number): number {
  const { length } = numbersOf(given)
  const arms = 'cols' in given ? given.cols : length / rounds
  if (Number.isInteger(arms) && arms > 0 && arms * rounds === length) return arms
  throw new KindredError(
    'ERR_SHAPE',
    `${name}: expected ${rounds} rows of a number for each arm but received ${length} numbers${'cols' in given ? ` in rows of ${given.cols}` : ''}.`,
  )
}

/**
 * Reads and checks a log.
 * @throws ERR_VALUE for what is no log, ERR_SHAPE for lists of different lengths, ERR_DATA for illegal numbers; ERR_ABORTED
 */
export async function readFeedback(feedback: LoggedFeedback, signal: AbortSignal | undefined): Promise<Rounds> {
  const yielder = new LoopYielder(signal)
  if (typeof feedback !== 'object' || feedback === null)
    throw new KindredError('ERR_VALUE', `feedback: expected a log of choices but received ${show(feedback)}.`)
  const { policy, expectedRewards } = feedback
  const shown = checkList('arms', feedback.arms)
  const count = shown.length
  if (count === 0) throw new KindredError('ERR_DATA', 'arms: expected at least one round.')
  const earned = checkList('rewards', feedback.rewards, count)
  const propensities = checkList('propensities', feedback.propensities, count)
  const probabilities = numbersOf(checkMatrix('policy', policy))
  const arms = armsOf('policy', policy, count)
  const model = expectedRewards === undefined ? undefined : numbersOf(checkMatrix('expectedRewards', expectedRewards))
  if (model !== undefined && armsOf('expectedRewards', expectedRewards!, count) !== arms)
    throw new KindredError(
      'ERR_SHAPE',
      `expectedRewards: expected [${count}, ${arms}] numbers but received ${model.length}.`,
    )
  const [rewards, weights] = [new Float64Array(count), new Float64Array(count)]
  const expected = model && new Float64Array(count)
  const direct = model && new Float64Array(count)
  await yielder.over(count, ROUNDS_AT_ONCE, (begin, end) => {
    for (let round = begin; round < end; round++) {
      const arm = armAt(shown, round, arms)
      const row = round * arms
      let [sum, average] = [0, 0]
      for (let a = 0; a < arms; a++) {
        const probability = numberAt('policy', probabilities, row + a)
        if (probability < 0)
          throw new KindredError(
            'ERR_DATA',
            `policy: expected probabilities but received ${probability} in round ${round}.`,
          )
        sum += probability
        if (model !== undefined) average += probability * numberAt('expectedRewards', model, row + a)
      }
      if (!(Math.abs(sum - 1) <= TOLERANCE))
        throw new KindredError(
          'ERR_DATA',
          `policy: expected probabilities that sum to 1 but round ${round} has ${sum}.`,
        )
      const propensity = numberAt('propensities', propensities, round)
      if (!(propensity > 0 && propensity <= 1 + TOLERANCE))
        throw new KindredError(
          'ERR_DATA',
          `propensities: expected probabilities above 0 but received ${propensity} in round ${round}.`,
        )
      rewards[round] = numberAt('rewards', earned, round)
      weights[round] = probabilities[row + arm]! / propensity
      if (model !== undefined) {
        expected![round] = model[row + arm]!
        direct![round] = average / sum
      }
    }
  })
  return { count, rewards, weights, expected, direct }
}

/** @throws ERR_VALUE */
function checkMatrix(name: string, given: Matrix | ArrayLike<number>): Matrix | ArrayLike<number> {
  if (typeof given === 'object' && given !== null && 'data' in given) return given
  return checkList(name, given)
}
