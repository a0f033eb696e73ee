import type { Matrix } from '../../data/matrix.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { readTransformer, type TransformerJson } from '../scale/matrix-transformer.js'
import { type Category, type CategoryValues, codesOf } from './category.js'
import { CategoryEncoder, type CodedLists, categoriesFromJson } from './category-encoder.js'
import { type CategoryEncoding, OrdinalEncoding } from './encoding.js'
import {
  checkVocabularyOptions,
  countCodes,
  VOCABULARY_OPTIONS,
  Vocabulary,
  type VocabularyOptions,
} from './vocabulary.js'

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
export class OrdinalEncoder extends CategoryEncoder {
  protected readonly type = 'OrdinalEncoder'
  protected override readonly refusesUnseen: boolean
  readonly #options: ReturnType<typeof checkVocabularyOptions> & OrdinalEncoderOptions & { missingValue: number }
  #encoding: OrdinalEncoding | undefined

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

  protected get encoding(): CategoryEncoding | undefined {
    return this.#encoding
  }

  /** The categories in the order of their indices; undefined before `fit`. */
  get categories(): readonly Category[] | undefined {
    return this.#encoding?.vocabulary.categories
  }

  /** Learns which categories there are. @throws ERR_VALUE for values that are no categories */
  fit(values: CategoryValues): this {
    const { codes, dictionary } = codesOf('OrdinalEncoder.fit', values)
    this.#set(Vocabulary.of(dictionary, countCodes(codes, dictionary.length), this.#options))
    return this
  }

  /** {@link fit}, then {@link transform}. @throws as those */
  fitTransform(values: CategoryValues): Matrix {
    return this.fit(values).transform(values)
  }

  #set(vocabulary: Vocabulary): void {
    const { unseenValue = vocabulary.size, missingValue } = this.#options
    this.#encoding = new OrdinalEncoding(vocabulary, unseenValue, missingValue)
    this.restart()
  }

  protected settings(): Record<string, unknown> {
    const { missingValue, ...options } = this.#options
    return Number.isNaN(missingValue) ? options : { ...options, missingValue }
  }

  protected state(): Record<string, unknown> | null {
    return this.#encoding === undefined ? null : { categories: [...this.#encoding.vocabulary.categories] }
  }

  /** The encoder that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): OrdinalEncoder {
    const { options, state } = readTransformer('OrdinalEncoder', json)
    const encoder = new OrdinalEncoder(options)
    if (state !== null) encoder.#set(new Vocabulary(categoriesFromJson('OrdinalEncoder', state)))
    return encoder
  }
}

guardReceivers(OrdinalEncoder)
