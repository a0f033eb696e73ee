import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { MEANS } from './arm-model.js'
import type { Arm } from './arms.js'
import { Bandit } from './bandit.js'
import { loadBandit } from './bandit-file.js'
import { BANDIT_OPTIONS, type BanditOptions } from './bandit-options.js'
import type { ReadContexts } from './contexts.js'
import { shareAmongBest } from './shares.js'

/** Options of {@link UCB1}. */
export interface UCB1Options extends BanditOptions {
  /** How far a bound is above its mean, as a multiple of sqrt(2 ln t / n); default 1, that of the paper, for rewards in [0, 1]. */
  alpha?: number
  /** A share of choices that go to any arm alike, 0 to 1; default 0. Above 0, the log serves off-policy evaluation. */
  epsilon?: number
}

const OPTIONS = [...BANDIT_OPTIONS, 'alpha', 'epsilon'] as const

/**
 * The arm of the highest upper confidence bound, mean + sqrt(2 ln t / n), after each was tried once (Auer, Cesa-Bianchi and
 * Fischer, Finite-time Analysis of the Multiarmed Bandit Problem, 2002, figure 1); t counts the rewards of all arms, n those
 * of the arm. Without contexts. Arms of equal bounds, as those that are yet to be tried, are drawn alike; else the
 * propensity of the best is 1 (less `epsilon`).
 */
export class UCB1 extends Bandit {
  protected readonly algorithm = 'UCB1'
  readonly #alpha: number
  readonly #epsilon: number

  /** @throws ERR_VALUE, ERR_DUPLICATE for an arm that comes twice */
  constructor(options: UCB1Options) {
    options = checkOptions('UCB1', options, OPTIONS)
    super(options, MEANS)
    this.#alpha = checkNumber('alpha', options.alpha ?? 1, { min: 0 })
    this.#epsilon = checkNumber('epsilon', options.epsilon ?? 0, { min: 0, max: 1 })
  }

  /** The bandit that {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<UCB1> {
    options = checkOptions('UCB1.load', options, ['signal'])
    const saved = await loadBandit(dir, 'UCB1', options.signal)
    return saved.checked(() => new UCB1({ ...saved.options, arms: saved.arms })).restore(saved)
  }

  /** @internal */
  protected settings(): Record<string, unknown> {
    return { alpha: this.#alpha, epsilon: this.#epsilon }
  }

  /** @internal */
  protected fill(arms: readonly Arm<unknown>[], _: ReadContexts, shares: Float64Array): void {
    let total = 0
    for (const { statistics } of arms) total += statistics[0]!
    const scores = Float64Array.from(arms, ({ statistics }) => {
      const [count, sum] = statistics as unknown as [number, number]
      return count === 0 ? Infinity : sum / count + this.#alpha * Math.sqrt((2 * Math.log(total)) / count)
    })
    shareAmongBest(scores, this.#epsilon, shares)
  }
}

guardReceivers(UCB1)
