import { isDate } from 'node:util/types'
import { KindredError, show } from '../../native/errors.js'
import { ChunkedArray } from '../chunked-array.js'
import { dateFromText } from '../date-text.js'
import { type DecimalMark, numberFromText } from '../number-text.js'
import type { Resumable } from '../resumable.js'
import type { Column, ColumnType } from './column.js'
import { Dictionary } from './dictionary.js'

/** Collects the values of one column off the JavaScript heap, row after row. */
export interface ColumnBuilder {
  /** How many values were there, but did not fit the type, and count as missing. */
  readonly unreadable: number
  /** The first of them. */
  readonly example: string | undefined
  /** Takes any value: null, undefined and NaN are missing. */
  push(value: unknown): void
  finish(): Resumable<Column>
}

const TRUTHS = new Map<unknown, number>([
  ...(['true', 'True', 'TRUE', 't', 'yes', '1', 1, 1n, true] as const).map((value) => [value, 1] as const),
  ...(['false', 'False', 'FALSE', 'f', 'no', '0', 0, 0n, false] as const).map((value) => [value, 0] as const),
])

/** What a value is as text, undefined if it has none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return isDate(value) && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined
}

const isNothing = (value: unknown) => value === null || value === undefined || Number.isNaN(value)

/** A value as the number that a numeric column holds: NaN if it is missing, undefined if it does not fit. */
export function numberOf(
  type: 'number' | 'boolean' | 'timestamp',
  value: unknown,
  decimal: DecimalMark = '.',
): number | undefined {
  if (isNothing(value) || (typeof value === 'string' && value.trim() === '')) return Number.NaN
  if (type === 'boolean') return TRUTHS.get(typeof value === 'string' ? value.trim() : value)
  if (type === 'timestamp' && isDate(value)) return value.getTime()
  if (typeof value === 'boolean') return type === 'number' ? Number(value) : undefined
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') {
    const number = numberFromText(value, decimal)
    if (number !== undefined) return Number.isFinite(number) || Number.isNaN(number) ? number : undefined
    const date = type === 'timestamp' ? dateFromText(value) : Number.NaN
    return Number.isNaN(date) ? undefined : date
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

abstract class Counting {
  unreadable = 0
  example: string | undefined

  protected refuse(value: unknown): void {
    this.unreadable++
    this.example ??= show(value)
  }
}

/** Numbers, truths and points in time. */
export class NumericBuilder extends Counting implements ColumnBuilder {
  readonly values: ChunkedArray<Float64Array> = new ChunkedArray(Float64Array)

  constructor(
    readonly type: 'number' | 'boolean' | 'timestamp',
    readonly name: string,
    readonly decimal: DecimalMark = '.',
  ) {
    super()
  }

  push(value: unknown): void {
    const isPlain = this.type === 'number' && typeof value === 'number' && Number.isFinite(value)
    this.values.push(isPlain ? value : this.#other(value))
  }

  #other(value: unknown): number {
    const number = numberOf(this.type, value, this.decimal)
    if (number === undefined) this.refuse(value)
    return number ?? Number.NaN
  }

  *finish(): Resumable<Column> {
    return { type: this.type, name: this.name, values: yield* this.values.finish() }
  }
}

/** Texts, each kept once. */
export class StringBuilder extends Counting implements ColumnBuilder {
  readonly codes: ChunkedArray<Int32Array> = new ChunkedArray(Int32Array)
  readonly dictionary: Dictionary

  constructor(readonly name: string) {
    super()
    this.dictionary = new Dictionary(name)
  }

  push(value: unknown): void {
    const text = isNothing(value) ? undefined : textOf(value)
    if (text === undefined && !isNothing(value)) this.refuse(value)
    this.codes.push(text === undefined ? -1 : this.dictionary.codeOf(text))
  }

  *finish(): Resumable<Column> {
    const codes = yield* this.codes.finish()
    return { type: 'string', name: this.name, codes, dictionary: this.dictionary.texts }
  }
}

/** Lists of texts; a text alone is a list of one. */
export class ListBuilder extends Counting implements ColumnBuilder {
  readonly #offsets = new ChunkedArray(Int32Array)
  readonly #codes = new ChunkedArray(Int32Array)
  readonly #dictionary: Dictionary

  constructor(readonly name: string) {
    super()
    this.#dictionary = new Dictionary(name)
    this.#offsets.push(0)
  }

  push(value: unknown): void {
    const members: readonly unknown[] = isNothing(value) ? [] : Array.isArray(value) ? value : [value]
    let isUnfit = false
    for (const member of members) {
      if (isNothing(member)) continue
      const text = textOf(member)
      if (text === undefined) isUnfit = true
      else this.#codes.push(this.#dictionary.codeOf(text))
    }
    if (isUnfit) this.refuse(value)
    this.#offsets.push(this.#codes.length)
  }

  *finish(): Resumable<Column> {
    const offsets = yield* this.#offsets.finish()
    const codes = yield* this.#codes.finish()
    return { type: 'list', name: this.name, offsets, codes, dictionary: this.#dictionary.texts }
  }
}

/** Vectors of the length of the first. */
export class VectorBuilder extends Counting implements ColumnBuilder {
  readonly #values = new ChunkedArray(Float32Array)
  #width: number | undefined
  #missingBefore = 0

  /** @param width of the vectors, where it is known before the first */
  constructor(
    readonly name: string,
    width?: number,
  ) {
    super()
    this.#width = width
  }

  /** Length of the vectors; undefined before the first. */
  get width(): number | undefined {
    return this.#width
  }

  push(value: unknown): void {
    const isList = Array.isArray(value) || ArrayBuffer.isView(value)
    const numbers = isList ? Array.from(value as ArrayLike<number>, Number) : []
    const isFit = numbers.length > 0 && numbers.every((number) => Number.isFinite(Math.fround(number)))
    if (!isFit && !isNothing(value)) this.refuse(value)
    if (isFit) this.#pushNumbers(numbers)
    else this.#pushMissing()
  }

  #pushNumbers(numbers: readonly number[]): void {
    if (this.#width === undefined) {
      this.#width = numbers.length
      for (; this.#missingBefore > 0; this.#missingBefore--) this.#pushMissing()
    }
    if (numbers.length !== this.#width)
      throw new KindredError(
        'ERR_SHAPE',
        `column ${show(this.name)}: expected vectors of one length, but the first has ${this.#width} numbers and another ${numbers.length}.`,
      )
    for (const number of numbers) this.#values.push(number)
  }

  #pushMissing(): void {
    if (this.#width === undefined) this.#missingBefore++
    else for (let j = 0; j < this.#width; j++) this.#values.push(Number.NaN)
  }

  *finish(): Resumable<Column> {
    if (this.#width === undefined) {
      this.#width = 1
      for (let row = 0; row < this.#missingBefore; row++) this.#values.push(Number.NaN)
    }
    return { type: 'vector', name: this.name, values: yield* this.#values.finish(), width: this.#width }
  }
}

/** Sparse features as `{ indices, values }`, in ascending order. */
export class SparseBuilder extends Counting implements ColumnBuilder {
  readonly offsets: ChunkedArray<Int32Array> = new ChunkedArray(Int32Array)
  readonly indices: ChunkedArray<Int32Array> = new ChunkedArray(Int32Array)
  readonly values: ChunkedArray<Float32Array> = new ChunkedArray(Float32Array)
  width = 0

  constructor(readonly name: string) {
    super()
    this.offsets.push(0)
  }

  push(value: unknown): void {
    const { indices, values } = (value ?? { indices: [], values: [] }) as Record<string, ArrayLike<number> | undefined>
    let isFit = indices !== undefined && values !== undefined && indices.length === values.length
    for (let n = 0; isFit && n < indices!.length; n++) {
      const index = indices![n]!
      const isAscending = n === 0 || index > indices![n - 1]!
      isFit = Number.isInteger(index) && index >= 0 && index < 2 ** 31 - 1 && isAscending
      isFit &&= Number.isFinite(Math.fround(values![n]!))
    }
    if (!isFit) this.refuse(value)
    else
      for (let n = 0; n < indices!.length; n++) {
        this.indices.push(indices![n]!)
        this.values.push(values![n]!)
        this.width = Math.max(this.width, indices![n]! + 1)
      }
    this.offsets.push(this.indices.length)
  }

  *finish(): Resumable<Column> {
    const offsets = yield* this.offsets.finish()
    const indices = yield* this.indices.finish()
    const values = yield* this.values.finish()
    return { type: 'sparse', name: this.name, offsets, indices, values, width: this.width }
  }
}

/** What collects a column of this type. */
export function columnBuilder(type: ColumnType, name: string, decimal?: DecimalMark): ColumnBuilder {
  switch (type) {
    case 'string':
      return new StringBuilder(name)
    case 'list':
      return new ListBuilder(name)
    case 'sparse':
      return new SparseBuilder(name)
    case 'vector':
      return new VectorBuilder(name)
    default:
      return new NumericBuilder(type, name, decimal)
  }
}
