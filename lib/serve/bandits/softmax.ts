import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { MEANS } from './arm-model.js'
import type { Arm } from './arms.js'
import { Bandit } from './bandit.js'
import { loadBandit } from './bandit-file.js'
import { BANDIT_OPTIONS, type BanditOptions, checkReward } from './bandit-options.js'
import type { ReadContexts } from './contexts.js'
import { meanOf } from './epsilon-greedy.js'

/** Options of {@link Softmax}. */
export interface SoftmaxOptions extends BanditOptions {
  /** Above 0; default 0.1. Nearly 0 takes the best, a large one any arm alike. */
  temperature?: number
  /** What an arm without rewards is taken to be worth; default 0. */
  initialValue?: number
}

const OPTIONS = [...BANDIT_OPTIONS, 'temperature', 'initialValue'] as const

/**
 * Boltzmann exploration: each arm in proportion to exp(mean / temperature) (Sutton and Barto, Reinforcement Learning, 1998,
 * section 2.3). Without contexts. Propensities are exact.
 */
export class Softmax extends Bandit {
  protected readonly algorithm = 'Softmax'
  readonly #temperature: number
  readonly #initialValue: number

  /** @throws ERR_VALUE, ERR_DUPLICATE for an arm that comes twice */
  constructor(options: SoftmaxOptions) {
    options = checkOptions('Softmax', options, OPTIONS)
    super(options, MEANS)
    this.#temperature = checkNumber('temperature', options.temperature ?? 0.1, { min: 1e-12 })
    this.#initialValue = checkReward('initialValue', options.initialValue ?? 0)
  }

  /** The bandit that {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<Softmax> {
    options = checkOptions('Softmax.load', options, ['signal'])
    const saved = await loadBandit(dir, 'Softmax', options.signal)
    return saved.checked(() => new Softmax({ ...saved.options, arms: saved.arms })).restore(saved)
  }

  /** @internal */
  protected settings(): Record<string, unknown> {
    return { temperature: this.#temperature, initialValue: this.#initialValue }
  }

  /** @internal */
  protected fill(arms: readonly Arm<unknown>[], _: ReadContexts, shares: Float64Array): void {
    let best = -Infinity
    for (const [i, arm] of arms.entries()) {
      shares[i] = meanOf(arm, this.#initialValue)
      best = Math.max(best, shares[i]!)
    }
    let sum = 0
    for (let i = 0; i < shares.length; i++) {
      shares[i] = Math.exp((shares[i]! - best) / this.#temperature)
      sum += shares[i]!
    }
    for (let i = 0; i < shares.length; i++) shares[i]! /= sum
  }
}

guardReceivers(Softmax)
