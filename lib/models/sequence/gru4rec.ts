import { checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { RecurrentNetwork } from './recurrent-network.js'
import { SequenceModel } from './sequence-model.js'
import type { SequenceNetwork } from './sequence-network.js'
import {
  NEGATIVES_OPTIONS,
  type NegativesOptions,
  negativesSettings,
  SEQUENCE_OPTIONS,
  type SequenceModelOptions,
  type SequenceSettings,
  sequenceSettings,
} from './sequence-options.js'

/** Options of {@link GRU4Rec}. */
export interface GRU4RecOptions extends SequenceModelOptions, NegativesOptions {}

/**
 * Gated recurrent units over what a user chose, one after the other (Hidasi et al. 2016, "Session-based recommendations with
 * recurrent neural networks"; Hidasi and Karatzoglou 2018). Items have the same vectors where they are read and where they are
 * told ("constrained embedding" of the authors' code), and a state is mapped to their space. Sessions of a batch advance together,
 * each to its end, with gradients through all of it; a session of more than `maxLength` items counts as several in training. Its loss is by default a softmax over the next item and items drawn for each
 * batch.
 */
export class GRU4Rec extends SequenceModel {
  /** @internal */
  static override readonly algorithm = 'GRU4Rec'
  /** The options in force, defaults filled in. */
  readonly options: SequenceSettings & Readonly<Required<NegativesOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: GRU4RecOptions = {}) {
    super()
    options = checkOptions('GRU4Rec', options, [...SEQUENCE_OPTIONS, ...NEGATIVES_OPTIONS])
    this.options = Object.freeze({
      ...sequenceSettings(options, {
        ...{ dims: 128, layers: 1, maxLength: 50, dropout: 0.2 },
        ...{
          epochs: 10,
          batchSize: 32,
          learningRate: 2e-3,
          schedule: 'cosine',
          warmup: 0.02,
          weightDecay: 0,
          maxNorm: 5,
        },
      }),
      ...negativesSettings(options, { loss: 'sampled-softmax', negatives: 2048 }),
    })
  }

  /** @internal */
  protected network(): SequenceNetwork {
    return new RecurrentNetwork({ ...this.options, cell: 'gru' })
  }

  /** @internal */
  protected get loss(): Readonly<Required<NegativesOptions>> {
    return this.options
  }
}

guardReceivers(GRU4Rec)
