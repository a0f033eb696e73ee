import { checkInteger, checkNumber, checkOneOf } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'

/** What is removed from a model, and by which measure. */
export interface PruneOptions extends AbortOptions {
  /** Share of all heads of attention that are removed, in [0, 1); each layer keeps one at least. Default 0. */
  heads?: number
  /** Share of the columns of each layer's feed-forward network that are removed, in [0, 1). Default 0. */
  columns?: number
  /**
   * 'gradient': what the loss of each text depends on least (Michel, Levy, Neubig 2019, "Are sixteen heads really better than
   * one?", equation 2); 'weights': what has the smallest weights, whatever the texts. Default 'gradient'.
   */
  by?: 'gradient' | 'weights'
  /** Texts whose gradients are computed together. Default 16. */
  batchSize?: number
  /** Longest text in tokens; longer ones are cut. Default what the model takes. */
  maxTokens?: number
}

/** @internal */
export const PRUNE_OPTIONS = ['heads', 'columns', 'by', 'batchSize', 'maxTokens', 'signal'] as const

/** The greatest share: one of a million is left. */
const MOST = 1 - 1e-6

/** @internal @throws ERR_VALUE naming the option */
export function pruneSettings(options: PruneOptions, tokens: { min: number; max: number }) {
  return {
    shares: {
      heads: checkNumber('heads', options.heads ?? 0, { min: 0, max: MOST }),
      columns: checkNumber('columns', options.columns ?? 0, { min: 0, max: MOST }),
    },
    by: checkOneOf('by', options.by ?? 'gradient', ['gradient', 'weights'] as const),
    batchSize: checkInteger('batchSize', options.batchSize ?? 16, { min: 1 }),
    maxTokens: checkInteger('maxTokens', options.maxTokens ?? tokens.max, tokens),
    signal: options.signal,
  }
}
