import { checkInteger, checkNumber } from '../../../native/argument-checks.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import { FTRLClickModel } from './ftrl-click-model.js'
import { type FTRLFactorsOptions, ftrlOptions } from './ftrl-options.js'
import type { FactorStart } from './hashed-weights.js'

/**
 * A factorization machine (Rendle 2010) that learns from one row after another: {@link FTRLLogisticRegression}, and the dot products
 * of the embeddings of all pairs of entries of a row, whose numbers take the same steps (Ta 2015, "Factorization machines with
 * follow-the-regularized-leader for CTR prediction in display advertising"). The L1 penalty is of the weights alone.
 */
export class FTRLFactorizationMachine extends FTRLClickModel {
  /** @internal */
  static override readonly algorithm = 'FTRLFactorizationMachine'
  /** The options in force, defaults filled in. */
  override readonly options: Readonly<Required<FTRLFactorsOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: FTRLFactorsOptions = {}) {
    super()
    const own = ftrlOptions('FTRLFactorizationMachine', options, ['dims', 'deviation', 'seed'])
    this.options = Object.freeze({
      ...own,
      dims: checkInteger('dims', own.dims ?? 8, { min: 1, max: 256 }),
      deviation: checkNumber('deviation', own.deviation ?? 0.05, { min: Number.MIN_VALUE }),
      seed: checkInteger('seed', own.seed ?? 0, { min: 0 }),
    })
  }

  /** @internal */
  protected override get start(): FactorStart {
    const { dims, deviation, seed } = this.options
    return { dims, deviation, seed }
  }
}

guardReceivers(FTRLFactorizationMachine)
