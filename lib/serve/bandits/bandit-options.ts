import type { Id } from '../../data/id-map.js'
import { checkFunction, checkInteger, checkNumber } from '../../native/argument-checks.js'
import { LARGEST } from './contexts.js'

/** What every bandit takes. */
export interface BanditOptions {
  /** The ids of the arms, or how many there are: their ids are then 0, 1, ... */
  arms: number | Iterable<Id>
  /** Of the random numbers; default 0. Same seed and same calls, same choices. */
  seed?: number
  /** Choices that may wait for a reward by their id; default 10,000. More, and the oldest give way. 0: none waits. */
  maxPending?: number
  /** How long a choice may wait, in milliseconds; default 3,600,000, an hour. */
  pendingTtl?: number
  /** The reward that a choice counts with whose time ran out, e.g. 0 where no click came; by default it does not count. */
  expiredReward?: number
  /** The time in milliseconds, for `pendingTtl`; default `Date.now`. */
  now?: () => number
}

export const BANDIT_OPTIONS = ['arms', 'seed', 'maxPending', 'pendingTtl', 'expiredReward', 'now'] as const

/** What of them does not say which arms there are. */
export interface CheckedBanditOptions {
  readonly seed: number
  readonly maxPending: number
  readonly pendingTtl: number
  readonly expiredReward: number | undefined
  readonly now: () => number
}

/** @throws ERR_VALUE */
export function checkBanditOptions(options: BanditOptions): CheckedBanditOptions {
  const { seed = 0, maxPending = 10_000, pendingTtl = 3_600_000, expiredReward, now } = options
  return {
    seed: checkInteger('seed', seed, { min: 0 }),
    maxPending: checkInteger('maxPending', maxPending, { min: 0, max: 2 ** 24 }),
    pendingTtl: checkNumber('pendingTtl', pendingTtl, { min: 0 }),
    expiredReward: expiredReward === undefined ? undefined : checkReward('expiredReward', expiredReward),
    now: checkFunction('now', now) ?? Date.now,
  }
}

/** @throws ERR_VALUE */
export function checkReward(name: string, reward: unknown): number {
  return checkNumber(name, reward, { min: -LARGEST, max: LARGEST })
}

/** Options of one choice. */
export interface ChooseOptions {
  /** The arms to choose among; by default all. Contexts for each arm are then in the order of these. */
  candidates?: Iterable<Id>
  /** Whether the choice waits for {@link Bandit.reward}; default true. */
  pending?: boolean
}

/** What a bandit chose. */
export interface BanditChoice {
  /** The arm. */
  arm: Id
  /** The probability with which this arm was drawn, above 0: what off-policy evaluation wants logged. */
  propensity: number
  /** The probability of each arm that could be chosen, in the order of `bandit.arms`, or of the candidates; they sum to 1. */
  propensities: Float64Array
  /** For {@link Bandit.reward}. Unique to this bandit, in the order of its choices. */
  id: number
}
