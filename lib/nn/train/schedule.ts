import { checkNumber, checkOneOf } from '../../native/argument-checks.js'

/** How the learning rate falls after the warm-up: not at all, in a line to 0, or along half a cosine to 0. */
export type Schedule = 'constant' | 'linear' | 'cosine'

/** @internal */
export const SCHEDULES: readonly Schedule[] = ['constant', 'linear', 'cosine']

/**
 * The factor of the learning rate at each step.
 * @param warmup share of the steps over which it rises in a line from 0, 0 to 1
 * @param steps of the whole training
 * @returns of a step, from 1
 * @throws ERR_VALUE
 */
export function learningRateSchedule(schedule: Schedule, warmup: number, steps: number): (step: number) => number {
  checkOneOf('schedule', schedule, SCHEDULES)
  checkNumber('warmup', warmup, { min: 0, max: 1 })
  const rising = Math.ceil(warmup * steps)
  return (step) => {
    const done = step - 1
    if (done < rising) return (done + 1) / (rising + 1)
    const part = (done - rising) / Math.max(1, steps - rising)
    if (schedule === 'linear') return 1 - part
    return schedule === 'cosine' ? (1 + Math.cos(Math.PI * part)) / 2 : 1
  }
}
