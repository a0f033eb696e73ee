import { Features } from '../../data/features.js'
import { gatherRowsYielding } from '../../data/gather-rows.js'
import type { Id } from '../../data/id-map.js'
import { checkIterable, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { rowOf } from '../base/list-filters.js'
import type { Ids } from '../base/recommend-options.js'
import { AttentionNetwork } from './attention-network.js'
import { RecurrentNetwork } from './recurrent-network.js'
import { attentionSettings, SELF_ATTENTION_OPTIONS, type SelfAttentionOptions } from './sasrec.js'
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

/** Networks of {@link SequenceEncoder}. */
export type SequenceEncoderType = 'gru' | 'lstm' | 'attention'

const TYPES: readonly SequenceEncoderType[] = ['gru', 'lstm', 'attention']

/** Options of {@link SequenceEncoder}. */
export interface SequenceEncoderOptions extends SequenceModelOptions, SelfAttentionOptions, NegativesOptions {
  /** The network. Default 'gru'. */
  type?: SequenceEncoderType
}

/**
 * Histories as vectors that are features of other models: the states of a network that learnt to tell the next item. `heads`
 * and `feedForward` are those of 'attention'.
 */
export class SequenceEncoder extends SequenceModel {
  /** @internal */
  static override readonly algorithm = 'SequenceEncoder'
  /** The options in force, defaults filled in. */
  readonly options: SequenceSettings &
    Readonly<Required<SelfAttentionOptions & NegativesOptions & Pick<SequenceEncoderOptions, 'type'>>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: SequenceEncoderOptions = {}) {
    super()
    options = checkOptions('SequenceEncoder', options, [
      ...SEQUENCE_OPTIONS,
      ...SELF_ATTENTION_OPTIONS,
      ...NEGATIVES_OPTIONS,
      'type',
    ])
    const settings = sequenceSettings(options, {
      ...{ dims: 64, layers: 1, maxLength: 50, dropout: 0.2 },
      ...{
        epochs: 10,
        batchSize: 32,
        learningRate: 2e-3,
        schedule: 'cosine',
        warmup: 0.05,
        weightDecay: 0,
        maxNorm: 5,
      },
    })
    this.options = Object.freeze({
      ...settings,
      ...attentionSettings(options, settings.dims, settings.dims),
      ...negativesSettings(options, { loss: 'sampled-softmax', negatives: 1024 }),
      type: checkOneOf('type', options.type ?? 'gru', TYPES),
    })
  }

  /**
   * The vectors of users of the log, from their histories in it and in updates since: zeros of users without one.
   * @param users by default all
   * @throws ERR_NOT_FITTED, ERR_UNKNOWN_ID, ERR_VALUE, ERR_DUPLICATE for a user who comes twice, ERR_ABORTED
   */
  async encodeUsers(users?: Ids, options: AbortOptions = {}): Promise<Features> {
    options = checkOptions('encodeUsers', options, ['signal'])
    const known = this.users
    const factors = this.userFactors
    const ids: Id[] = [...(users === undefined ? known : checkIterable('users', users, 'a list of user ids'))]
    const rows = ids.map((id) => rowOf(known, id, 'user'))
    return Features.fromAsync(ids, await gatherRowsYielding(factors, rows, options.signal), options)
  }

  /** @internal */
  protected network(): SequenceNetwork {
    const { type } = this.options
    if (type === 'attention') return new AttentionNetwork({ ...this.options, activation: 'relu', causal: true })
    return new RecurrentNetwork({ ...this.options, cell: type })
  }

  /** @internal */
  protected get loss(): Readonly<Required<NegativesOptions>> {
    return this.options
  }
}

guardReceivers(SequenceEncoder)
