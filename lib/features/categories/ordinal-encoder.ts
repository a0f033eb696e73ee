import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { readTransformer, type TransformerJson } from '../scale/matrix-transformer.js'
import { type CategoryValues, codesOf } from './category.js'
import type { CodedLists } from './category-encoder.js'
import { type CategoryEncoding, OrdinalEncoding } from './encoding.js'
import { checkVocabularyOptions, VOCABULARY_OPTIONS, type Vocabulary, type VocabularyOptions } from './vocabulary.js'
import { VocabularyEncoder } from './vocabulary-encoder.js'

/** What a {@link OrdinalEncoder} does. */
export interface OrdinalEncoderOptions extends VocabularyOptions {
  /** A category that was not there at `fit`: 'bucket' (default) becomes `unseenValue`, 'error' is an error. */
  unseen?: 'bucket' | 'error'
  /** The number of unseen categories; default: how many categories there are, one more than the last index. */
  unseenValue?: number
  /** The number of what is missing; default NaN. */
  missingValue?: number
}

/** The index of each category, from 0, in ascending order of categories; as scikit-learn's encoder of the same name. */
export class OrdinalEncoder extends VocabularyEncoder {
  protected readonly type = 'OrdinalEncoder'
  protected override readonly refusesUnseen: boolean
  readonly #options: ReturnType<typeof checkVocabularyOptions> & OrdinalEncoderOptions & { missingValue: number }

  /** @throws ERR_VALUE */
  constructor(options: OrdinalEncoderOptions = {}) {
    super()
    const legal = ['unseen', 'unseenValue', 'missingValue', ...VOCABULARY_OPTIONS]
    options = checkOptions('OrdinalEncoder', options, legal)
    for (const name of ['unseenValue', 'missingValue'] as const)
      if (options[name] !== undefined && typeof options[name] !== 'number')
        throw new KindredError('ERR_VALUE', `${name}: expected a number but received ${show(options[name])}.`)
    this.#options = {
      ...checkVocabularyOptions(options),
      unseen: checkOneOf('unseen', options.unseen ?? 'bucket', ['bucket', 'error'] as const),
      ...(options.unseenValue !== undefined && { unseenValue: options.unseenValue }),
      missingValue: options.missingValue ?? Number.NaN,
    }
    this.refusesUnseen = this.#options.unseen === 'error'
  }

  protected read(where: string, values: CategoryValues): CodedLists {
    return codesOf(where, values)
  }

  protected get kept(): Required<VocabularyOptions> {
    return this.#options
  }

  /** @internal */
  protected make(vocabulary: Vocabulary): CategoryEncoding {
    const { unseenValue = vocabulary.size, missingValue } = this.#options
    return new OrdinalEncoding(vocabulary, unseenValue, missingValue)
  }

  protected settings(): Record<string, unknown> {
    const { missingValue, ...options } = this.#options
    return Number.isNaN(missingValue) ? options : { ...options, missingValue }
  }

  /** The encoder that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): OrdinalEncoder {
    const { options, state } = readTransformer('OrdinalEncoder', json)
    return new OrdinalEncoder(options).restore(state)
  }
}

guardReceivers(OrdinalEncoder)
