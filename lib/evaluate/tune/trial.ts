import type { ChoiceValue } from './space.js'

/** What became of one set of parameters. */
export interface Trial<P = Record<string, ChoiceValue>> {
  /** Its number, from 0. */
  trial: number
  /**
   * - 'complete': it has a value
   * - 'pruned': it was stopped early, since its intermediate scores stayed below the median of others
   * - 'failed': fit threw, or gave no finite score
   */
  state: 'complete' | 'pruned' | 'failed'
  /** The parameters it was made with. */
  params: P
  /** The score; null unless complete. */
  value: number | null
  /** Intermediate scores as [step, score], in the order reported. */
  steps: readonly (readonly [step: number, score: number])[]
  /** How long it took. */
  seconds: number
  /** What fit threw, of a failed one. */
  error?: {
    /** The code of a KindredError, else the error's name. */
    code: string
    /** Its message. */
    message: string
  }
}

/** Whether scores are to be high or low. */
export type Direction = 'maximize' | 'minimize'

/** A number that is lower for a better score. */
export function lossOf(score: number, direction: Direction): number {
  return direction === 'maximize' ? -score : score
}

/**
 * Trials best first: complete ones by their value, pruned ones by how far they came and by their last score, failed ones
 * last; what is equal by number.
 */
export function rankTrials<T extends Trial<unknown>>(trials: readonly T[], direction: Direction): T[] {
  const order = { complete: 0, pruned: 1, failed: 2 }
  const last = ({ steps }: T) => steps.at(-1) ?? [0, 0]
  return trials.toSorted((a, b) => {
    if (a.state !== b.state) return order[a.state] - order[b.state]
    if (a.state === 'complete') return lossOf(a.value!, direction) - lossOf(b.value!, direction) || a.trial - b.trial
    if (a.state === 'failed') return a.trial - b.trial
    const [[stepA, scoreA], [stepB, scoreB]] = [last(a), last(b)]
    return stepB - stepA || lossOf(scoreA, direction) - lossOf(scoreB, direction) || a.trial - b.trial
  })
}

/** The complete trial of the best value, the first of equal ones. */
export function bestTrial<T extends Trial<unknown>>(trials: readonly T[], direction: Direction): T | undefined {
  const [best] = rankTrials(trials, direction)
  return best?.state === 'complete' ? best : undefined
}
