import type { DecimalMark } from '../number-text.js'
import type { SelectedColumn } from '../tables/duckdb/column-expressions.js'
import type { Chunk } from '../tables/duckdb/table-reader.js'
import type { Source } from '../tables/duckdb/table-source.js'
import { type ReadType, typedColumn } from '../tables/duckdb/typed-columns.js'
import {
  type ColumnBuilder,
  columnBuilder,
  ListBuilder,
  NumericBuilder,
  StringBuilder,
  VectorBuilder,
} from './column-builder.js'
import { jsonValue, kindOf, mergeKinds, type ValueKind } from './value-kind.js'

/** How a column is to be read. */
export interface ColumnPlan {
  readonly name: string
  /** undefined where no value was seen yet. */
  readonly type: ReadType | undefined
  /** Whether the caller gave the type, or the file declares it: then what does not fit is missing. */
  readonly isGiven: boolean
}

/** Reads one column, chunk by chunk. */
export class ColumnReader {
  /** What is selected of the file turned to last. */
  selected: readonly SelectedColumn[] = []
  builder: ColumnBuilder
  /** What the values say that the type is to be, where it is not the plan's. */
  changed: ValueKind
  readonly #plan: ColumnPlan
  readonly #type: ReadType
  readonly #decimal: DecimalMark
  readonly #separator: string
  #isJson = false
  #seen: ValueKind

  constructor(plan: ColumnPlan, decimal: DecimalMark, separator: string) {
    this.#plan = plan
    this.#type = plan.type ?? 'number'
    this.#seen = plan.type as ValueKind
    this.#decimal = decimal
    this.#separator = separator
    this.builder = columnBuilder(this.#type, plan.name, decimal)
  }

  get name(): string {
    return this.#plan.name
  }

  /** What follows is collected anew; the types that values were found to be of are kept. */
  restart(): void {
    const { builder, name } = this
    this.builder =
      builder instanceof VectorBuilder
        ? new VectorBuilder(name, builder.width)
        : columnBuilder(this.#type, name, this.#decimal)
  }

  /** The chunks that follow come from this file. */
  turnTo(source: Source): void {
    const typed = typedColumn(source, this.name, this.#type, this.#plan.isGiven, this.#decimal)
    this.selected = typed.selected
    this.#isJson = typed.isJson
  }

  /** @param first which column of `chunk` is the first of `selected` */
  take(chunk: Chunk, first: number): void {
    if (this.changed !== undefined) this.#watch(chunk, first)
    else if (this.builder instanceof NumericBuilder) this.#takeNumbers(chunk, first, this.builder)
    else if (this.builder instanceof StringBuilder) this.#takeTexts(chunk, first, this.builder)
    else for (let i = 0; i < chunk.rows; i++) this.builder.push(this.#value(chunk.text(first, i)))
  }

  #takeNumbers(chunk: Chunk, first: number, builder: NumericBuilder): void {
    const numbers = chunk.numbers(first)
    const { values } = builder
    for (let i = 0; i < chunk.rows; i++) {
      const number = numbers[i]!
      if (Number.isFinite(number)) values.push(number)
      // What is infinite does not fit, and is counted.
      else if (!Number.isNaN(number)) builder.push(number)
      else this.#takeOdd(chunk.text(first + 1, i))
    }
  }

  /** A number's text where it was not read as a number. */
  #takeOdd(text: string | null): void {
    if (text !== null && !this.#plan.isGiven) {
      const kind = mergeKinds(this.#seen, kindOf(text, this.#isJson, this.#decimal))
      if (kind !== undefined && kind !== this.#type) this.changed = kind
      this.#seen = kind
    }
    this.builder.push(this.#value(text))
  }

  #takeTexts(chunk: Chunk, first: number, builder: StringBuilder): void {
    const mayBeList = this.#isJson && !this.#plan.isGiven
    for (let i = 0; i < chunk.rows; i++) {
      const text = chunk.text(first, i)
      if (mayBeList && text?.startsWith('[')) this.changed = 'list'
      builder.push(this.#value(text))
    }
  }

  /** Of a column whose type has turned out to be another: which it is in the end. */
  #watch(chunk: Chunk, first: number): void {
    const isNumeric = this.selected.length > 1
    const numbers = isNumeric ? chunk.numbers(first) : undefined
    for (let i = 0; i < chunk.rows; i++) {
      const isNumber = numbers !== undefined && !Number.isNaN(numbers[i]!)
      const text = isNumber ? null : chunk.text(first + (isNumeric ? 1 : 0), i)
      const kind = isNumber
        ? (this.#type as ValueKind)
        : text === null
          ? undefined
          : kindOf(text, this.#isJson, this.#decimal)
      this.changed = mergeKinds(this.changed, kind)
    }
  }

  #value(text: string | null): unknown {
    if (text === null) return null
    if (this.#isJson) return jsonValue(text)
    if (this.builder instanceof ListBuilder && !text.startsWith('[')) return splitList(text, this.#separator)
    const isList = text.startsWith('[') || text.startsWith('{')
    return isList && this.#type !== 'string' && this.selected.length === 1 ? listValue(text) : text
  }
}

/** A field of CSV that may be JSON. */
function listValue(text: string): unknown {
  try {
    return jsonValue(text)
  } catch {
    return text
  }
}

function splitList(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
