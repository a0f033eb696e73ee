import type { Matrix } from '../../data/matrix.js'
import { runAtOnce } from '../../data/resumable.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Category, CategoryValues } from './category.js'
import { CategoryEncoder, categoriesFromJson } from './category-encoder.js'
import type { CategoryEncoding } from './encoding.js'
import { countCodes, Vocabulary, type VocabularyOptions } from './vocabulary.js'

/** An encoder that learns which categories there are. */
export abstract class VocabularyEncoder<Values = CategoryValues> extends CategoryEncoder<Values> {
  #vocabulary: Vocabulary | undefined
  #encoding: CategoryEncoding | undefined

  /** Which categories are kept. */
  protected abstract readonly kept: Required<VocabularyOptions>
  /** @internal What the categories become. */
  protected abstract make(vocabulary: Vocabulary): CategoryEncoding

  protected get encoding(): CategoryEncoding | undefined {
    return this.#encoding
  }

  /** The categories in the order of their numbers; undefined before `fit`. */
  get categories(): readonly Category[] | undefined {
    return this.#vocabulary?.categories
  }

  /** Learns which categories there are. @throws ERR_VALUE for values that are no categories */
  fit(values: Values): this {
    const { codes, dictionary } = this.read(`${this.type}.fit`, values)
    this.#set(runAtOnce(Vocabulary.of(dictionary, countCodes(codes, dictionary.length), this.kept)))
    return this
  }

  /** {@link fit}, then {@link transform}. @throws as those */
  fitTransform(values: Values): Matrix {
    return this.fit(values).transform(values)
  }

  #set(vocabulary: Vocabulary): void {
    this.#vocabulary = vocabulary
    this.#encoding = this.make(vocabulary)
    this.restart()
  }

  protected state(): Record<string, unknown> | null {
    return this.#vocabulary === undefined ? null : { categories: [...this.#vocabulary.categories] }
  }

  /** Learns what `state` gave. @throws ERR_VALUE */
  protected restore(state: Record<string, unknown> | null): this {
    if (state !== null) this.#set(runAtOnce(Vocabulary.from(categoriesFromJson(this.type, state))))
    return this
  }
}

guardReceivers(VocabularyEncoder)
