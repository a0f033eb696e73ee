import type { Category } from './category.js'
import { murmur3 } from './murmur3.js'
import type { Vocabulary } from './vocabulary.js'

/** What a category becomes: `weight` at `place` of an encoding's numbers, nothing where that is -1. */
export interface CategoryEntry {
  /** Which of the numbers is set; -1 for none. */
  place: number
  /** What it is set to. */
  weight: number
  /** Whether the category was not there when the encoding was fitted. */
  isUnseen: boolean
}

/** How categories become numbers, [width] for each. */
export interface CategoryEncoding {
  /** How many numbers a category becomes. */
  readonly width: number
  /** Name of each number, given that of the column. */
  names(column: string): string[]
  /** Sets `into` to what a category becomes, or what is missing (undefined). */
  encode(category: Category | undefined, into: CategoryEntry): void
}

const shown = (category: Category) => (typeof category === 'string' ? category : String(category))

/** 'bucket': a number of its own; 'ignore': zeros. */
export type Bucket = 'bucket' | 'ignore'

export const BUCKETS = ['bucket', 'ignore'] as const

/** A number for each category, of which one is 1; further ones for unseen and missing ones. */
export class OneHotEncoding implements CategoryEncoding {
  readonly width: number
  readonly #unseen: number
  readonly #missing: number
  readonly #dropped: number

  /** @param dropFirst the first category has no number: its rows are zeros */
  constructor(
    readonly vocabulary: Vocabulary,
    unseen: Bucket,
    missing: Bucket,
    dropFirst = false,
  ) {
    this.#dropped = dropFirst ? 1 : 0
    let width = Math.max(0, vocabulary.size - this.#dropped)
    this.#unseen = unseen === 'bucket' ? width++ : -1
    this.#missing = missing === 'bucket' ? width++ : -1
    this.width = width
  }

  names(column: string): string[] {
    const names = this.vocabulary.categories.slice(this.#dropped).map(shown)
    if (this.#unseen >= 0) names.push('<unseen>')
    if (this.#missing >= 0) names.push('<missing>')
    return names.map((name) => `${column}=${name}`)
  }

  encode(category: Category | undefined, into: CategoryEntry): void {
    const index = category === undefined ? -1 : this.vocabulary.indexOf(category)
    into.isUnseen = category !== undefined && index < 0
    into.weight = 1
    if (category === undefined) into.place = this.#missing
    else into.place = index < 0 ? this.#unseen : index - this.#dropped
  }
}

/** One number for each category. */
class SingleEncoding implements CategoryEncoding {
  readonly width = 1

  /** @param values [vocabulary] */
  constructor(
    readonly vocabulary: Vocabulary,
    readonly values: ArrayLike<number>,
    readonly unseen: number,
    readonly missing: number,
  ) {}

  names(column: string): string[] {
    return [column]
  }

  encode(category: Category | undefined, into: CategoryEntry): void {
    const index = category === undefined ? -1 : this.vocabulary.indexOf(category)
    into.isUnseen = category !== undefined && index < 0
    into.place = 0
    into.weight = category === undefined ? this.missing : index < 0 ? this.unseen : this.values[index]!
  }
}

function placesUpTo(size: number): Int32Array {
  const places = new Int32Array(size)
  for (let i = 0; i < size; i++) places[i] = i
  return places
}

/** The index of the category, other numbers for unseen and for missing ones. */
export class OrdinalEncoding extends SingleEncoding {
  constructor(vocabulary: Vocabulary, unseen: number, missing: number) {
    super(vocabulary, placesUpTo(vocabulary.size), unseen, missing)
  }
}

/** What the target is on average for the category; the mean of all for unseen and missing ones. */
export class TargetEncoding extends SingleEncoding {
  constructor(
    vocabulary: Vocabulary,
    override readonly values: Float64Array,
    readonly prior: number,
  ) {
    super(vocabulary, values, prior, prior)
  }
}

/** 1 or -1 at the place that the category's hash says, as scikit-learn's FeatureHasher has it. */
export class HashEncoding implements CategoryEncoding {
  constructor(
    readonly width: number,
    readonly signed: boolean,
    readonly prefix: string,
    readonly seed: number,
  ) {}

  names(column: string): string[] {
    return Array.from({ length: this.width }, (_, i) => `${column}#${i}`)
  }

  encode(category: Category | undefined, into: CategoryEntry): void {
    into.isUnseen = false
    into.weight = 1
    if (category === undefined) {
      into.place = -1
      return
    }
    const hash = murmur3(this.prefix + shown(category), this.seed)
    into.place = Math.abs(hash) % this.width
    if (this.signed && hash < 0) into.weight = -1
  }
}

/** What each entry of a dictionary becomes; entry 0 is of what is missing, entry `code + 1` of a code. */
export interface EncodedDictionary {
  readonly places: Int32Array
  readonly weights: Float32Array
  readonly unseen: Uint8Array
}

export function emptyDictionary(size: number): EncodedDictionary {
  return { places: new Int32Array(size + 1), weights: new Float32Array(size + 1), unseen: new Uint8Array(size + 1) }
}

/** Fills entries [begin, end) of the dictionary; that of what is missing comes first, as entry 0. */
export function encodeEntries(
  encoding: CategoryEncoding,
  dictionary: readonly Category[],
  into: EncodedDictionary,
  begin: number,
  end: number,
): void {
  const entry: CategoryEntry = { place: -1, weight: 0, isUnseen: false }
  for (let e = begin; e < end; e++) {
    encoding.encode(e === 0 ? undefined : dictionary[e - 1]!, entry)
    into.places[e] = entry.place
    into.weights[e] = entry.weight
    into.unseen[e] = entry.isUnseen ? 1 : 0
  }
}
