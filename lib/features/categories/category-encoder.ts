import { Matrix } from '../../data/matrix.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { TransformerJson } from '../scale/matrix-transformer.js'
import type { Category, CategoryValues, CodedCategories } from './category.js'
import { type CategoryEncoding, emptyDictionary, encodeEntries } from './encoding.js'

/** What an encoder has met in all calls of `transform` since `fit`. */
export interface EncoderReport {
  /** Rows. */
  rows: number
  /** Rows without a category. */
  missing: number
  /** Categories that were not there at `fit`: rows, or labels of rows that have several. */
  unseen: number
}

/** Codes of which a row may have several: row i those from offsets[i] to offsets[i + 1]; one each without offsets. */
export interface CodedLists extends CodedCategories {
  /** [lists + 1], where each list begins. */
  readonly offsets?: ArrayLike<number>
}

/** What learns the categories of one column and makes numbers of them. */
export abstract class CategoryEncoder<Values = CategoryValues> {
  /** The name of the class. */
  protected abstract readonly type: string
  /** What it has learnt; undefined before `fit`. */
  protected abstract readonly encoding: CategoryEncoding | undefined
  /** The codes of what `fit` and `transform` take. */
  protected abstract read(where: string, values: Values): CodedLists
  /** Whether a category that was not seen is an error. */
  protected readonly refusesUnseen: boolean = false
  /** The options that it works with. */
  protected abstract settings(): Record<string, unknown>
  /** What it has learnt, as JSON. */
  protected abstract state(): Record<string, unknown> | null

  #report: EncoderReport = { rows: 0, missing: 0, unseen: 0 }

  /** What all calls of {@link transform} since `fit` have met. */
  get report(): EncoderReport {
    return { ...this.#report }
  }

  /** How many numbers it makes of a category. @throws ERR_NOT_FITTED */
  get width(): number {
    return this.fitted('width').width
  }

  /** Name of each number [width], given that of the column. @throws ERR_NOT_FITTED */
  featureNames(column: string): string[] {
    return this.fitted('featureNames').names(column)
  }

  /**
   * The numbers of each row [rows, width].
   * @throws ERR_NOT_FITTED, ERR_VALUE for values that are no categories, and with `unseen: 'error'` for a category that was not
   * there at `fit`
   */
  transform(values: Values): Matrix {
    const encoding = this.fitted('transform')
    const { offsets, codes, dictionary } = this.read(`${this.type}.transform`, values)
    const out = new Matrix(offsets === undefined ? codes.length : offsets.length - 1, encoding.width)
    const encoded = emptyDictionary(dictionary.length)
    encodeEntries(encoding, dictionary, encoded, 0, dictionary.length + 1)
    let [missing, unseen] = [0, 0]
    for (let i = 0; i < out.rows; i++) {
      const [begin, end] = offsets === undefined ? [i, i + 1] : [offsets[i]!, offsets[i + 1]!]
      if (begin === end || codes[begin] === -1) missing++
      for (let n = begin; n < end; n++) {
        const e = codes[n]! + 1
        if (encoded.unseen[e] === 1) {
          if (this.refusesUnseen) this.#refuse(dictionary[e - 1]!, i)
          unseen++
        }
        const place = encoded.places[e]!
        if (place >= 0) out.data[i * out.cols + place] = encoded.weights[e]!
      }
    }
    this.count(out.rows, missing, unseen)
    return out
  }

  /** Options and what was learnt, for `JSON.stringify` and `fromJSON`. */
  toJSON(): TransformerJson {
    return { type: this.type, options: this.settings(), state: this.state() }
  }

  /** Forgets what was met. */
  protected restart(): void {
    this.#report = { rows: 0, missing: 0, unseen: 0 }
  }

  protected count(rows: number, missing: number, unseen: number): void {
    this.#report.rows += rows
    this.#report.missing += missing
    this.#report.unseen += unseen
  }

  protected fitted(what: string): CategoryEncoding {
    if (this.encoding === undefined) throw new KindredError('ERR_NOT_FITTED', `${this.type}.${what}: call fit first.`)
    return this.encoding
  }

  #refuse(category: Category, row: number): never {
    throw new KindredError(
      'ERR_VALUE',
      `${this.type}.transform: expected the categories of fit but row ${row} has ${show(category)}. Fit it anew, or give unseen categories a bucket.`,
    )
  }
}

guardReceivers(CategoryEncoder)

/** Categories that a JSON state lists. @throws ERR_VALUE */
export function categoriesFromJson(type: string, state: Record<string, unknown>): Category[] {
  const list = state.categories
  const isCategory = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  if (!Array.isArray(list) || !list.every(isCategory) || new Set(list).size !== list.length)
    throw new KindredError('ERR_VALUE', `${type}.fromJSON: expected distinct categories but received ${show(list)}.`)
  return list as Category[]
}
