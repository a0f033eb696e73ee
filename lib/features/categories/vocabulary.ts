import { checkInteger } from '../../native/argument-checks.js'
import { type Category, compareCategories } from './category.js'

/** Which categories are kept; the others count as unseen. */
export interface VocabularyOptions {
  /** Only categories with at least so many rows; default 1. */
  minCount?: number
  /** Only so many, the most frequent; default all. */
  maxCategories?: number
}

export const VOCABULARY_OPTIONS = ['minCount', 'maxCategories'] as const

/** The options with their defaults. @throws ERR_VALUE */
export function checkVocabularyOptions(options: VocabularyOptions): { minCount: number; maxCategories: number } {
  const { minCount = 1, maxCategories = 2 ** 24 } = options
  return {
    minCount: checkInteger('minCount', minCount, { min: 1 }),
    maxCategories: checkInteger('maxCategories', maxCategories, { min: 1, max: 2 ** 24 }),
  }
}

/** The categories that were seen, in ascending order, each with its index. */
export class Vocabulary {
  readonly categories: readonly Category[]
  readonly #indices: ReadonlyMap<Category, number>

  /** @param categories distinct */
  constructor(categories: readonly Category[]) {
    this.categories = categories
    this.#indices = new Map(categories.map((category, i) => [category, i]))
  }

  /** Those of which there are enough: `counts` [dictionary]. Of equally frequent ones the first in order are kept. */
  static of(
    dictionary: readonly Category[],
    counts: ArrayLike<number>,
    options: { minCount: number; maxCategories: number },
  ): Vocabulary {
    const kept = Array.from(dictionary.keys()).filter((code) => counts[code]! >= options.minCount)
    kept.sort((a, b) => compareCategories(dictionary[a]!, dictionary[b]!))
    if (kept.length > options.maxCategories) {
      kept.sort((a, b) => counts[b]! - counts[a]!)
      kept.length = options.maxCategories
      kept.sort((a, b) => compareCategories(dictionary[a]!, dictionary[b]!))
    }
    return new Vocabulary(kept.map((code) => dictionary[code]!))
  }

  get size(): number {
    return this.categories.length
  }

  /** The index of a category, -1 if it is none of these. */
  indexOf(category: Category): number {
    return this.#indices.get(category) ?? -1
  }
}

/** Rows of each code [size]; the missing ones are not counted. */
export function countCodes(codes: Int32Array, size: number, into = new Float64Array(size)): Float64Array {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (code >= 0) into[code]!++
  }
  return into
}
