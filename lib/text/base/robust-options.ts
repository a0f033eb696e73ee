import { checkInteger, checkNumber, checkOneOf, checkOptions, ownOptions } from '../../native/argument-checks.js'

/** Training against small changes of the embedded words that make the loss grow the most. */
export type AdversarialOptions =
  | {
      /** One change along the gradient (Miyato, Dai, Goodfellow 2017, "Adversarial training methods", section 3). */
      kind: 'fgm'
      /** Length of the change of a text, over all its tokens, above 0. Default 1. */
      epsilon?: number
    }
  | {
      /** Several smaller ones, each along the gradient where it is by then (Madry et al. 2018, equation 3). */
      kind: 'pgd'
      /** Greatest length of the change of a text, over all its tokens, above 0. Default 1. */
      epsilon?: number
      /** Length of one of them, above 0. Default 0.3. */
      alpha?: number
      /** How many there are, from 1. Default 3. */
      steps?: number
    }

/** How the classes of a text are made to depend less on dropout. */
export interface RDropOptions {
  /** Weight of the divergence of two passes, above 0. Default 1. */
  alpha?: number
}

/** @internal A change of a text: how long in all, how far at once, how often. */
export interface Attack {
  readonly epsilon: number
  readonly alpha: number
  readonly steps: number
}

/** The shortest change that single precision holds. */
const LEAST = 2 ** -60

/** @internal @throws ERR_VALUE naming the option */
export function checkAdversarial(options: AdversarialOptions | undefined): Attack | undefined {
  if (options === undefined) return undefined
  const { kind } = ownOptions('adversarial', options, ['kind'])
  checkOneOf('adversarial.kind', kind, ['fgm', 'pgd'])
  if (kind === 'fgm') {
    const own = checkOptions('adversarial', options as { epsilon?: number }, ['kind', 'epsilon'] as never)
    const epsilon = checkNumber('adversarial.epsilon', own.epsilon ?? 1, { min: LEAST })
    return { epsilon, alpha: epsilon, steps: 1 }
  }
  const own = checkOptions('adversarial', options as Partial<Attack>, ['kind', 'epsilon', 'alpha', 'steps'] as never)
  return {
    epsilon: checkNumber('adversarial.epsilon', own.epsilon ?? 1, { min: LEAST }),
    alpha: checkNumber('adversarial.alpha', own.alpha ?? 0.3, { min: LEAST }),
    steps: checkInteger('adversarial.steps', own.steps ?? 3, { min: 1, max: 100 }),
  }
}

/** @internal @throws ERR_VALUE naming the option */
export function checkRDrop(options: RDropOptions | undefined): { alpha: number } | undefined {
  if (options === undefined) return undefined
  const own = checkOptions('rdrop', options, ['alpha'])
  return { alpha: checkNumber('rdrop.alpha', own.alpha ?? 1, { min: LEAST }) }
}
