import { type Column, isNumeric } from '../../data/table/column.js'
import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { type Category, CategoryCodes, type CodedCategories, numericCategory } from '../categories/category.js'
import {
  type CategoryEncoding,
  type CategoryEntry,
  type EncodedDictionary,
  emptyDictionary,
  encodeEntries,
} from '../categories/encoding.js'
import { countCodes } from '../categories/vocabulary.js'
import { categoryCell } from './cells.js'
import type {
  ColumnOf,
  FeatureCounts,
  FeatureInput,
  FeatureState,
  FillJob,
  FittedFeature,
  LearnContext,
} from './feature.js'

/** Entries of a dictionary that are encoded in well under a millisecond. */
const ENTRIES_AT_ONCE = 1 << 10

/** Where categories come from: one column, or several of which each row makes one. */
export interface CategorySource {
  readonly inputs: readonly FeatureInput[]
  /** The category of one row, of the values of `inputs`. @throws ERR_DATA */
  ofRow(values: readonly unknown[], counts: FeatureCounts): Category | undefined
  /** Those of all rows. */
  ofTable(job: Pick<FillJob, 'column' | 'over' | 'rows'>, counts: FeatureCounts): Promise<CodedCategories>
}

/** The categories of a column. */
export class ColumnSource implements CategorySource {
  readonly inputs: readonly FeatureInput[]

  constructor(readonly input: FeatureInput) {
    this.inputs = [input]
  }

  ofRow(values: readonly unknown[]): Category | undefined {
    return categoryCell(this.input, values[0])
  }

  async ofTable({ column, over }: Pick<FillJob, 'column' | 'over'>): Promise<CodedCategories> {
    const found = column(this.input.column)
    if (found.type === 'string') return found
    if (!isNumeric(found)) throw new KindredError('ERR_COLUMN', `column "${found.name}": expected categories.`)
    const coder = new CategoryCodes()
    const codes = new Int32Array(found.values.length)
    await over((begin, end) => {
      for (let i = begin; i < end; i++) codes[i] = coder.codeOf(numericCategory(found.type, found.values[i]!))
    })
    return { codes, dictionary: coder.dictionary }
  }
}

export const CATEGORY_TYPES = ['string', 'number', 'boolean', 'timestamp'] as const

/** The source of a feature that is being learnt. */
export function sourceOf(column: string, columnOf: ColumnOf): ColumnSource {
  return new ColumnSource({ column, type: columnOf(column).type })
}

/** Rows of each code. */
export async function countRows(
  { codes, dictionary }: CodedCategories,
  over: LearnContext['over'],
): Promise<Float64Array> {
  const counts = new Float64Array(dictionary.length)
  await over((begin, end) => void countCodes(codes.subarray(begin, end), dictionary.length, counts))
  return counts
}

/** Every entry of the dictionary, encoded. */
export async function encodeDictionary(
  encoding: CategoryEncoding,
  dictionary: readonly Category[],
  yielder: LoopYielder,
): Promise<EncodedDictionary> {
  const encoded = emptyDictionary(dictionary.length)
  await yielder.over(dictionary.length + 1, ENTRIES_AT_ONCE, (begin, end) =>
    encodeEntries(encoding, dictionary, encoded, begin, end),
  )
  return encoded
}

/** A category as a column of codes for models of clicks. */
export interface CategoryColumns {
  /** What each code of the column stands for. */
  readonly dictionary: readonly string[]
  /** The code of a category, -1 for none. */
  codeOf(category: Category | undefined): number
}

/** The code of each entry of a dictionary. */
export async function ownCodes(
  columns: CategoryColumns,
  dictionary: readonly Category[],
  yielder: LoopYielder,
): Promise<Int32Array> {
  const codes = new Int32Array(dictionary.length)
  await yielder.over(dictionary.length, ENTRIES_AT_ONCE, (begin, end) => {
    for (let code = begin; code < end; code++) codes[code] = columns.codeOf(dictionary[code]!)
  })
  return codes
}

/** A category of each row, encoded. */
export class FittedCategory implements FittedFeature {
  readonly names: readonly string[]
  readonly #entry: CategoryEntry = { place: -1, weight: 0, isUnseen: false }

  constructor(
    name: string,
    readonly source: CategorySource,
    readonly encoding: CategoryEncoding,
    readonly saved: FeatureState,
    readonly columns?: CategoryColumns,
  ) {
    this.names = encoding.names(name)
  }

  get inputs(): readonly FeatureInput[] {
    return this.source.inputs
  }

  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void {
    const entry = this.#entry
    const category = this.source.ofRow(values, counts)
    this.encoding.encode(category, entry)
    if (category === undefined) counts.missing++
    if (entry.isUnseen) counts.unseen++
    if (entry.place >= 0) out[at + entry.place] = entry.weight
  }

  async fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void> {
    const { codes, dictionary } = await this.source.ofTable(job, counts)
    const encoded = await encodeDictionary(this.encoding, dictionary, job.yielder)
    job.native.push({ column: { first: at, width: this.encoding.width, codes, ...encoded }, counts })
  }

  async toColumn(job: FillJob, name: string, counts: FeatureCounts): Promise<Column> {
    const { codes, dictionary } = await this.source.ofTable(job, counts)
    const { columns, encoding } = this
    if (columns === undefined) return this.#weights(job, name, counts, codes, dictionary)
    const encoded = await encodeDictionary(encoding, dictionary, job.yielder)
    const own = await ownCodes(columns, dictionary, job.yielder)
    const out = new Int32Array(codes.length)
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) {
        const code = codes[i]!
        if (code < 0) counts.missing++
        counts.unseen += encoded.unseen[code + 1]!
        out[i] = code < 0 ? -1 : own[code]!
      }
    })
    return { type: 'string', name, codes: out, dictionary: columns.dictionary }
  }

  /** One number of each row. */
  async #weights(
    job: FillJob,
    name: string,
    counts: FeatureCounts,
    codes: Int32Array,
    dictionary: readonly Category[],
  ): Promise<Column> {
    const { weights, unseen } = await encodeDictionary(this.encoding, dictionary, job.yielder)
    const values = new Float64Array(codes.length)
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) {
        const entry = codes[i]! + 1
        if (entry === 0) counts.missing++
        counts.unseen += unseen[entry]!
        values[i] = weights[entry]!
      }
    })
    return { type: 'number', name, values }
  }

  state(): FeatureState {
    return this.saved
  }
}
