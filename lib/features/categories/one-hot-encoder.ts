import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { readTransformer, type TransformerJson } from '../scale/matrix-transformer.js'
import { type Category, type CategoryValues, codesOf } from './category.js'
import { CategoryEncoder, type CodedLists, categoriesFromJson } from './category-encoder.js'
import { BUCKETS, type Bucket, type CategoryEncoding, OneHotEncoding } from './encoding.js'
import {
  checkVocabularyOptions,
  countCodes,
  VOCABULARY_OPTIONS,
  Vocabulary,
  type VocabularyOptions,
} from './vocabulary.js'

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
export class OneHotEncoder extends CategoryEncoder {
  protected readonly type = 'OneHotEncoder'
  protected override readonly refusesUnseen: boolean
  readonly #options: Required<OneHotEncoderOptions>
  #encoding: OneHotEncoding | undefined

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

  protected get encoding(): CategoryEncoding | undefined {
    return this.#encoding
  }

  /** The categories in the order of their numbers; undefined before `fit`. */
  get categories(): readonly Category[] | undefined {
    return this.#encoding?.vocabulary.categories
  }

  /** Learns which categories there are. @throws ERR_VALUE for values that are no categories */
  fit(values: CategoryValues): this {
    const { codes, dictionary } = codesOf('OneHotEncoder.fit', values)
    this.#set(Vocabulary.of(dictionary, countCodes(codes, dictionary.length), this.#options))
    return this
  }

  /** {@link fit}, then {@link transform}. @throws as those */
  fitTransform(values: CategoryValues): Matrix {
    return this.fit(values).transform(values)
  }

  #set(vocabulary: Vocabulary): void {
    const { unseen, missing, dropFirst } = this.#options
    this.#encoding = new OneHotEncoding(vocabulary, unseen === 'bucket' ? 'bucket' : 'ignore', missing, dropFirst)
    this.restart()
  }

  protected settings(): Record<string, unknown> {
    return { ...this.#options }
  }

  protected state(): Record<string, unknown> | null {
    return this.#encoding === undefined ? null : { categories: [...this.#encoding.vocabulary.categories] }
  }

  /** The encoder that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): OneHotEncoder {
    const { options, state } = readTransformer('OneHotEncoder', json)
    const encoder = new OneHotEncoder(options)
    if (state !== null) encoder.#set(new Vocabulary(categoriesFromJson('OneHotEncoder', state)))
    return encoder
  }
}

guardReceivers(OneHotEncoder)
