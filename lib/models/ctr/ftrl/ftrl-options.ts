import { checkInteger, checkNumber, checkOptions } from '../../../native/argument-checks.js'

/** Options of {@link FTRLLogisticRegression}. */
export interface FTRLOptions {
  /** The step: how far a weight moves by its first gradients, above 0. Default 0.1. */
  alpha?: number
  /** Added to the root of the squared gradients, so that first steps are smaller, at least 0. Default 1. */
  beta?: number
  /** L1 penalty, in sums of gradients: a weight is 0 until its gradients sum to more, at least 0. Default 0. */
  l1?: number
  /** L2 penalty, at least 0. Default 0. */
  l2?: number
  /** Weights are at one of 2^bits places each, 8 to 26. Default 18. */
  bits?: number
  /** Passes over the table of a `fit`; `update` makes one. Default 1. */
  epochs?: number
}

/** Options of {@link FTRLFactorizationMachine}. */
export interface FTRLFactorsOptions extends FTRLOptions {
  /** Length of the embeddings, 1 to 256. Default 8. */
  dims?: number
  /** Standard deviation of the embeddings before anything is learnt, above 0. Default 0.05. */
  deviation?: number
  /** Seed of these, an integer from 0. Default 0. */
  seed?: number
}

/** All options, defaults filled in. */
export type FTRLSettings = Required<FTRLOptions>

const OWN = ['alpha', 'beta', 'l1', 'l2', 'bits', 'epochs']

/** @throws ERR_VALUE naming the option */
export function ftrlOptions<Options extends FTRLOptions>(
  where: string,
  options: Options,
  further: readonly string[],
): Options & FTRLSettings {
  options = checkOptions(where, options, [...OWN, ...further])
  return {
    ...options,
    alpha: checkNumber('alpha', options.alpha ?? 0.1, { min: Number.MIN_VALUE }),
    beta: checkNumber('beta', options.beta ?? 1, { min: 0 }),
    l1: checkNumber('l1', options.l1 ?? 0, { min: 0 }),
    l2: checkNumber('l2', options.l2 ?? 0, { min: 0 }),
    bits: checkInteger('bits', options.bits ?? 18, { min: 8, max: 26 }),
    epochs: checkInteger('epochs', options.epochs ?? 1, { min: 1 }),
  }
}
