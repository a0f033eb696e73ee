import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { AttentionNetwork } from './attention-network.js'
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

/** What a network of attention has beside what all have. */
export interface SelfAttentionOptions {
  /** Heads of attention, a divisor of `dims`; default 2, or 1 of odd `dims`. */
  heads?: number
  /** Width of the two-layer network behind each attention, 1 to 65536. */
  feedForward?: number
}

/** @internal Names of {@link SelfAttentionOptions}. */
export const SELF_ATTENTION_OPTIONS = ['heads', 'feedForward'] as const

/** @internal @throws ERR_VALUE naming the option */
export function attentionSettings(
  options: SelfAttentionOptions,
  dims: number,
  feedForward: number,
): Readonly<Required<SelfAttentionOptions>> {
  const heads = checkInteger('heads', options.heads ?? (dims % 2 === 0 ? 2 : 1), { min: 1, max: dims })
  if (dims % heads !== 0)
    throw new KindredError('ERR_VALUE', `heads: expected a divisor of the ${dims} dims but received ${heads}.`)
  return {
    heads,
    feedForward: checkInteger('feedForward', options.feedForward ?? feedForward, { min: 1, max: 65_536 }),
  }
}

/** Options of {@link SASRec}. */
export interface SASRecOptions extends SequenceModelOptions, SelfAttentionOptions, NegativesOptions {}

/**
 * Self-attention over what a user chose, one after the other (Kang and McAuley 2018, "Self-attentive sequential
 * recommendation"): each item is asked for the one that follows, in training for all places of a sequence at once. Its loss is
 * by default the cross-entropy over all items (Klenitskiy and Vasilev 2023, "Turning dross into gold loss"), by choice that over
 * items drawn for each batch, or the gBCE of gSASRec (Petrov and Macdonald 2023), whose negatives are here those of a batch.
 * Places count from the begin of a history; histories of more than `maxLength` items are trained in windows.
 */
export class SASRec extends SequenceModel {
  /** @internal */
  static override readonly algorithm = 'SASRec'
  /** The options in force, defaults filled in. */
  readonly options: SequenceSettings & Readonly<Required<SelfAttentionOptions & NegativesOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: SASRecOptions = {}) {
    super()
    options = checkOptions('SASRec', options, [...SEQUENCE_OPTIONS, ...SELF_ATTENTION_OPTIONS, ...NEGATIVES_OPTIONS])
    const settings = sequenceSettings(options, {
      ...{ dims: 128, layers: 2, maxLength: 200, dropout: 0.2 },
      ...{
        epochs: 16,
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
      ...attentionSettings(options, settings.dims, settings.dims),
      ...negativesSettings(options, { loss: 'softmax', negatives: 256 }),
    })
  }

  /** @internal */
  protected network(): SequenceNetwork {
    return new AttentionNetwork({ ...this.options, activation: 'relu', causal: true })
  }

  /** @internal */
  protected get loss(): Readonly<Required<NegativesOptions>> {
    return this.options
  }
}

guardReceivers(SASRec)
