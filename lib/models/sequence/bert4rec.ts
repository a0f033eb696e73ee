import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { AttentionNetwork } from './attention-network.js'
import { attentionSettings, SELF_ATTENTION_OPTIONS, type SelfAttentionOptions } from './sasrec.js'
import { SequenceModel } from './sequence-model.js'
import type { SequenceNetwork } from './sequence-network.js'
import {
  type NegativesOptions,
  SEQUENCE_OPTIONS,
  type SequenceModelOptions,
  type SequenceSettings,
  sequenceSettings,
} from './sequence-options.js'

/** Options of {@link BERT4Rec}. */
export interface BERT4RecOptions extends SequenceModelOptions, SelfAttentionOptions {
  /** The share of a sequence's items that are masked, above 0, at most 1. Default 0.2. */
  masked?: number
  /** The share of sequences of which the last item alone is masked, 0 to 1. Default 0.1. */
  lastOnly?: number
}

/**
 * Self-attention in both directions (Sun et al. 2019, "BERT4Rec"): items of a sequence are masked and told from those around
 * them, by the cross-entropy over all items. To make a list, a masked item is put behind the history. An epoch tells fewer items
 * than one of {@link SASRec}, so it takes several times as many (Petrov and Macdonald 2022).
 */
export class BERT4Rec extends SequenceModel {
  /** @internal */
  static override readonly algorithm = 'BERT4Rec'
  /** The options in force, defaults filled in. */
  readonly options: SequenceSettings &
    Readonly<Required<SelfAttentionOptions & Pick<BERT4RecOptions, 'masked' | 'lastOnly'>>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: BERT4RecOptions = {}) {
    super()
    options = checkOptions('BERT4Rec', options, [...SEQUENCE_OPTIONS, ...SELF_ATTENTION_OPTIONS, 'masked', 'lastOnly'])
    const settings = sequenceSettings(options, {
      ...{ dims: 128, layers: 2, maxLength: 200, dropout: 0.2 },
      ...{
        epochs: 60,
        batchSize: 16,
        learningRate: 1e-3,
        schedule: 'cosine',
        warmup: 0.02,
        weightDecay: 0,
        maxNorm: 5,
      },
    })
    this.options = Object.freeze({
      ...settings,
      ...attentionSettings(options, settings.dims, 4 * settings.dims),
      masked: checkNumber('masked', options.masked ?? 0.2, { min: 2 ** -20, max: 1 }),
      lastOnly: checkNumber('lastOnly', options.lastOnly ?? 0.1, { min: 0, max: 1 }),
    })
  }

  /** @internal */
  protected network(): SequenceNetwork {
    return new AttentionNetwork({ ...this.options, activation: 'gelu', causal: false })
  }

  /** @internal */
  protected get loss(): Readonly<Required<NegativesOptions>> {
    return { loss: 'softmax', negatives: 1, calibration: 0 }
  }

  /** @internal */
  protected override get masking(): { readonly share: number; readonly lastOnly: number } {
    return { share: this.options.masked, lastOnly: this.options.lastOnly }
  }
}

guardReceivers(BERT4Rec)
