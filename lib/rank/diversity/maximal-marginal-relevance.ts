import type { Features } from '../../data/features.js'
import type { DiverseList, ListCandidates, ListRules } from '../../native/addon.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { told } from '../base/ranked-list.js'
import { VectorStep } from './vector-step.js'

/** Options of {@link MaximalMarginalRelevance}. */
export interface MaximalMarginalRelevanceOptions {
  /** What relevance counts for, from 0 (unlike alone) to 1 (relevance alone). Default 0.7. */
  lambda?: number
}

/**
 * Maximal marginal relevance (Carbonell and Goldstein 1998, "The use of MMR, diversity-based reranking for reordering documents and
 * producing summaries"): next comes the item with the largest lambda * relevance - (1 - lambda) * its largest cosine with the items
 * before it. Relevance is the score in shares of the range of the list's scores. Items without a vector are like none.
 */
export class MaximalMarginalRelevance extends VectorStep {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<MaximalMarginalRelevanceOptions>>

  /**
   * @param features vectors of items, by which they are alike
   * @throws ERR_VALUE
   */
  constructor(features: Features, options: MaximalMarginalRelevanceOptions = {}) {
    const own = checkOptions('MaximalMarginalRelevance', options, ['lambda'])
    super(features)
    this.options = Object.freeze({ lambda: checkNumber('lambda', own.lambda ?? 0.7, { min: 0, max: 1 }) })
  }

  /** @internal */
  protected get name(): string {
    return 'MMR'
  }

  /** @internal */
  protected async choose(
    candidates: ListCandidates,
    rules: ListRules | null,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<DiverseList> {
    return nativeCall(signal, (native, abort) =>
      native.maximalMarginalRelevance(candidates, rules, length, this.options.lambda, abort),
    )
  }

  /** @internal */
  protected reason(place: number, value: number): string {
    return place === 0 ? 'MMR: first, by relevance' : `MMR: ${told(value)} alike at most with what stands before`
  }
}

guardReceivers(MaximalMarginalRelevance)
