import type { Arm } from './arms.js'

/**
 * What a bandit knows of each arm: sums over its events, which are kept without any prior, so that those of several processes
 * add up, and what is computed of them for quick answers.
 */
export interface ArmModel<Derived> {
  /** Numbers of a context; 0 where there is none. */
  readonly dims: number
  /** Numbers of an arm's statistics. The first is how many rewards it had. */
  readonly width: number
  /** Numbers that are kept of all removed arms together. */
  readonly retiredWidth: number
  /** What is computed of an arm without events. */
  fresh(): Derived
  /** Takes an event into an arm's statistics, and into what is computed of them. */
  learn(arm: Arm<Derived>, context: Float64Array, reward: number): void
  /** Computes anew what is computed of these arms' statistics, which were replaced. `arms` are all there are. */
  derive(changed: Iterable<Arm<Derived>>, arms: Iterable<Arm<Derived>>, retired: Float64Array): void
  /** Adds to `retired` what stays known of an arm that is removed. */
  retire(arm: Arm<Derived>, retired: Float64Array): void
}

/** Means of rewards: an arm's statistics are [count, sum]. */
export const MEANS: ArmModel<undefined> = {
  dims: 0,
  width: 2,
  retiredWidth: 0,
  fresh: () => undefined,
  learn({ statistics }, _, reward) {
    statistics[0]!++
    statistics[1]! += reward
  },
  derive() {},
  retire() {},
}
