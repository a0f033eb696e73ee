import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'

/**
 * How the learning rate falls after the warm-up: not at all, in a line to 0, along half a cosine to 0, or by a factor whenever
 * the validation gets no better.
 */
export type Schedule = 'constant' | 'linear' | 'cosine' | 'plateau'

/** @internal */
export const SCHEDULES: readonly Schedule[] = ['constant', 'linear', 'cosine', 'plateau']

/** When and how far the schedule 'plateau' lowers the learning rate. */
export interface PlateauOptions {
  /** What the learning rate is multiplied by, in [0, 1). Default 0.5. */
  factor?: number
  /** Epochs without a better validation that are let pass before. Default 1. */
  patience?: number
}

/** @internal @throws ERR_VALUE */
export function plateauOptions(options: PlateauOptions = {}): Required<PlateauOptions> {
  options = checkOptions('plateau', options, ['factor', 'patience'])
  return {
    factor: checkNumber('plateau.factor', options.factor ?? 0.5, { min: 0, max: 1 - 2 ** -20 }),
    patience: checkInteger('plateau.patience', options.patience ?? 1, { min: 0 }),
  }
}

/**
 * The factor of the learning rate at each step, as far as it is known from the beginning.
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

/** Scores that differ by less, relatively, count as the same. */
const THRESHOLD = 1e-4

/** @internal What the schedule 'plateau' remembers. */
export interface Plateau {
  /** What the learning rate is multiplied by now. */
  readonly factor: number
  readonly best: number | null
  /** Epochs since. */
  readonly waited: number
}

/** @internal Before any epoch. */
export const NO_PLATEAU: Plateau = { factor: 1, best: null, waited: 0 }

/** @internal After an epoch of this score, greater is better; as PyTorch's ReduceLROnPlateau goes on, without its cooldown. */
export function afterEpoch(before: Plateau, score: number, { factor, patience }: Required<PlateauOptions>): Plateau {
  const { best, waited } = before
  if (best === null || score > best + THRESHOLD * Math.abs(best)) return { ...before, best: score, waited: 0 }
  if (waited < patience) return { ...before, waited: waited + 1 }
  return { factor: before.factor * factor, best, waited: 0 }
}
