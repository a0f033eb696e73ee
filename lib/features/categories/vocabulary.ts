import { inBlocks, type Resumable } from '../../data/resumable.js'
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

/** What is sorted in well under a millisecond. */
const SORTED_AT_ONCE = 1 << 11

/** The categories that were seen, in ascending order, each with its index. */
export class Vocabulary {
  readonly categories: readonly Category[]
  readonly #indices: ReadonlyMap<Category, number>

  private constructor(categories: readonly Category[], indices: ReadonlyMap<Category, number>) {
    this.categories = categories
    this.#indices = indices
  }

  /** @param categories distinct, in their order */
  static *from(categories: readonly Category[]): Resumable<Vocabulary> {
    const indices = new Map<Category, number>()
    for (const [i, category] of categories.entries()) {
      indices.set(category, i)
      if (i % SORTED_AT_ONCE === 0) yield
    }
    return new Vocabulary(categories, indices)
  }

  /** Those of which there are enough: `counts` [dictionary]. Of equally frequent ones the first in order are kept. */
  static *of(
    dictionary: readonly Category[],
    counts: ArrayLike<number>,
    options: { minCount: number; maxCategories: number },
  ): Resumable<Vocabulary> {
    const enough: number[] = []
    yield* inBlocks(dictionary.length, (begin, end) => {
      for (let code = begin; code < end; code++) if (counts[code]! >= options.minCount) enough.push(code)
    })
    const inOrder = (a: number, b: number) => compareCategories(dictionary[a]!, dictionary[b]!)
    let kept = yield* sorted(enough, inOrder)
    if (kept.length > options.maxCategories) {
      kept = yield* sorted(kept, (a, b) => counts[b]! - counts[a]!)
      kept.length = options.maxCategories
      kept = yield* sorted(kept, inOrder)
    }
    const categories: Category[] = []
    yield* inBlocks(kept.length, (begin, end) => {
      for (let i = begin; i < end; i++) categories.push(dictionary[kept[i]!]!)
    })
    return yield* Vocabulary.from(categories)
  }

  get size(): number {
    return this.categories.length
  }

  /** The index of a category, -1 if it is none of these. */
  indexOf(category: Category): number {
    return this.#indices.get(category) ?? -1
  }
}

/** The values in order, equal ones as they came: runs of the engine's sort, merged two by two. */
export function* sorted(values: readonly number[], compare: (a: number, b: number) => number): Resumable<number[]> {
  let from: number[] = []
  for (let begin = 0; begin < values.length; begin += SORTED_AT_ONCE) {
    for (const value of values.slice(begin, begin + SORTED_AT_ONCE).sort(compare)) from.push(value)
    yield
  }
  for (let width = SORTED_AT_ONCE; width < from.length; width *= 2) {
    const to: number[] = new Array(from.length)
    for (let begin = 0; begin < from.length; begin += 2 * width) {
      const middle = Math.min(begin + width, from.length)
      const end = Math.min(begin + 2 * width, from.length)
      for (let i = begin, a = begin, b = middle; i < end; i++) {
        to[i] = b >= end || (a < middle && compare(from[a]!, from[b]!) <= 0) ? from[a++]! : from[b++]!
        if (i % SORTED_AT_ONCE === 0) yield
      }
    }
    from = to
  }
  return from
}

/** Rows of each code [size]; the missing ones are not counted. */
export function countCodes(codes: Int32Array, size: number, into: Float64Array = new Float64Array(size)): Float64Array {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (code >= 0) into[code]!++
  }
  return into
}
