import { checkBoolean, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { readTransformer, type TransformerJson } from '../scale/matrix-transformer.js'
import { type CategoryValues, codesOf } from './category.js'
import type { CodedLists } from './category-encoder.js'
import { BUCKETS, type Bucket, type CategoryEncoding, OneHotEncoding } from './encoding.js'
import { checkVocabularyOptions, VOCABULARY_OPTIONS, type Vocabulary, type VocabularyOptions } from './vocabulary.js'
import { VocabularyEncoder } from './vocabulary-encoder.js'

/** What a {@link OneHotEncoder} does. */
export interface OneHotEncoderOptions extends VocabularyOptions {
  /** A category that was not there at `fit`: 'bucket' (default) a number of its own, 'ignore' zeros, 'error' an error. */
  unseen?: Bucket | 'error'
  /** What is missing: 'ignore' (default) zeros, 'bucket' a number of its own. */
  missing?: Bucket
  /** The first category has no number, so that the numbers of a row do not always add up to 1; default false. */
  dropFirst?: boolean
}

/**
 * A number for each category, 1 where a row has it, 0 elsewhere; the categories in ascending order. With `unseen: 'ignore'`
 * the numbers are those of scikit-learn's encoder of the same name with `handle_unknown='ignore'`.
 */
export class OneHotEncoder extends VocabularyEncoder {
  protected readonly type = 'OneHotEncoder'
  protected override readonly refusesUnseen: boolean
  readonly #options: Required<OneHotEncoderOptions>

  /** @throws ERR_VALUE */
  constructor(options: OneHotEncoderOptions = {}) {
    super()
    options = checkOptions('OneHotEncoder', options, ['unseen', 'missing', 'dropFirst', ...VOCABULARY_OPTIONS])
    this.#options = {
      ...checkVocabularyOptions(options),
      unseen: checkOneOf('unseen', options.unseen ?? 'bucket', [...BUCKETS, 'error']),
      missing: checkOneOf('missing', options.missing ?? 'ignore', BUCKETS),
      dropFirst: checkBoolean('dropFirst', options.dropFirst ?? false),
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
    const { unseen, missing, dropFirst } = this.#options
    return new OneHotEncoding(vocabulary, unseen === 'bucket' ? 'bucket' : 'ignore', missing, dropFirst)
  }

  protected settings(): Record<string, unknown> {
    return { ...this.#options }
  }

  /** The encoder that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): OneHotEncoder {
    const { options, state } = readTransformer('OneHotEncoder', json)
    return new OneHotEncoder(options).restore(state)
  }
}

guardReceivers(OneHotEncoder)
