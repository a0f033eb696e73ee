import type { Features } from '../../data/features.js'
import type { DiverseList, ListCandidates, ListRules } from '../../native/addon.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { told } from '../base/ranked-list.js'
import { VectorStep } from './vector-step.js'

/** Options of {@link DeterminantalPointProcess}. */
export interface DeterminantalPointProcessOptions {
  /** What relevance counts for, from 0 (unlike alone) to 1 (relevance alone). Default 0.7. */
  theta?: number
}

/**
 * The likeliest list of a determinantal point process, greedily (Chen, Zhang and Zhou 2018, "Fast greedy MAP inference for
 * determinantal point process to improve recommendation diversity", algorithm 1, and equation 15 for theta): items that together are
 * relevant and span a large volume with their unit vectors. Next comes the one with the largest theta * relevance + (1 - theta) *
 * log(d^2), where d^2 is what it adds to the squared volume. Relevance is the score in shares of the range of the list's scores. Once
 * nothing adds to the volume, as when more items are listed than vectors have numbers, the most relevant ones follow. Items
 * without a vector are at right angles to all others.
 */
export class DeterminantalPointProcess extends VectorStep {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<DeterminantalPointProcessOptions>>

  /**
   * @param features vectors of items, by which they are alike
   * @throws ERR_VALUE
   */
  constructor(features: Features, options: DeterminantalPointProcessOptions = {}) {
    const own = checkOptions('DeterminantalPointProcess', options, ['theta'])
    super(features)
    this.options = Object.freeze({ theta: checkNumber('theta', own.theta ?? 0.7, { min: 0, max: 1 }) })
  }

  /** @internal */
  protected get name(): string {
    return 'DPP'
  }

  /** @internal */
  protected async choose(
    candidates: ListCandidates,
    rules: ListRules | null,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<DiverseList> {
    return nativeCall(signal, (native, abort) =>
      native.determinantalList(candidates, rules, length, this.options.theta, abort),
    )
  }

  /** @internal */
  protected reason(place: number, value: number): string {
    return place === 0 ? 'DPP: first, by relevance' : `DPP: ${told(value)} of it is new beside what stands before`
  }
}

guardReceivers(DeterminantalPointProcess)
