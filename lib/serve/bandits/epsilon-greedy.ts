import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { MEANS } from './arm-model.js'
import type { Arm } from './arms.js'
import { Bandit } from './bandit.js'
import { loadBandit } from './bandit-file.js'
import { BANDIT_OPTIONS, type BanditOptions, checkReward } from './bandit-options.js'
import type { ReadContexts } from './contexts.js'
import { shareAmongBest } from './shares.js'

/** Options of {@link EpsilonGreedy}. */
export interface EpsilonGreedyOptions extends BanditOptions {
  /** The share of choices that go to any arm alike, 0 to 1; default 0.1. */
  epsilon?: number
  /** What an arm without rewards is taken to be worth; default 0. Above all rewards, every arm is tried first. */
  initialValue?: number
}

const OPTIONS = [...BANDIT_OPTIONS, 'epsilon', 'initialValue'] as const

/** The mean of an arm's rewards; `initial` where it had none. */
export function meanOf({ statistics }: Arm<unknown>, initial: number): number {
  return statistics[0] === 0 ? initial : statistics[1]! / statistics[0]!
}

/**
 * The arm of the highest mean reward, and now and then any (Sutton and Barto, Reinforcement Learning, 2018, section 2.2).
 * Without contexts. Propensities are exact: epsilon / arms, and 1 - epsilon more for the best, which arms of equal means share.
 *
 * @example
 * const bandit = new EpsilonGreedy({ arms: ['a', 'b', 'c'], epsilon: 0.1 })
 * const { arm, propensity, id } = bandit.choose()
 * bandit.reward(id, 1)
 */
export class EpsilonGreedy extends Bandit {
  protected readonly algorithm = 'EpsilonGreedy'
  readonly #epsilon: number
  readonly #initialValue: number

  /** @throws ERR_VALUE, ERR_DUPLICATE for an arm that comes twice */
  constructor(options: EpsilonGreedyOptions) {
    options = checkOptions('EpsilonGreedy', options, OPTIONS)
    super(options, MEANS)
    this.#epsilon = checkNumber('epsilon', options.epsilon ?? 0.1, { min: 0, max: 1 })
    this.#initialValue = checkReward('initialValue', options.initialValue ?? 0)
  }

  /** The bandit that {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<EpsilonGreedy> {
    options = checkOptions('EpsilonGreedy.load', options, ['signal'])
    const saved = await loadBandit(dir, 'EpsilonGreedy', options.signal)
    return saved.checked(() => new EpsilonGreedy({ ...saved.options, arms: saved.arms })).restore(saved)
  }

  /** @internal */
  protected settings(): Record<string, unknown> {
    return { epsilon: this.#epsilon, initialValue: this.#initialValue }
  }

  /** @internal */
  protected fill(arms: readonly Arm<unknown>[], _: ReadContexts, shares: Float64Array): void {
    for (const [i, arm] of arms.entries()) shares[i] = meanOf(arm, this.#initialValue)
    shareAmongBest(shares.slice(), this.#epsilon, shares)
  }
}

guardReceivers(EpsilonGreedy)
