import { dateFromText } from '../../date-text.js'
import type { TimeUnits } from '../../log/time-units.js'
import { type DecimalMark, numberFromText } from '../../number-text.js'
import { type SelectedColumn, timeColumns, weightColumns } from './column-expressions.js'
import type { Chunk } from './table-reader.js'
import type { Source } from './table-source.js'

/** What is written in a value that SQL gives as text: a field, or the text of a JSON value. */
class OddValue {
  readonly text: string
  readonly #decimal: DecimalMark

  constructor(text: string, isJson: boolean, decimal: DecimalMark) {
    const isString = isJson && text.startsWith('"')
    this.text = isString ? (JSON.parse(text) as string) : text
    this.#decimal = isJson && !isString ? '.' : decimal
  }

  get isBlank(): boolean {
    return this.text.trim() === ''
  }

  /** undefined if it is no number. */
  get number(): number | undefined {
    return numberFromText(this.text, this.#decimal)
  }
}

/** The weights of a table, chunk by chunk. */
export class WeightColumn {
  readonly selected: SelectedColumn[]
  #chunk: Chunk | undefined
  #first = 0
  readonly #isJson: boolean
  readonly #decimal: DecimalMark

  /** @throws ERR_COLUMN if the column's type holds no weights */
  constructor(source: Source, name: string, decimal: DecimalMark) {
    this.selected = weightColumns(source, name, decimal)
    this.#isJson = source.types.get(name) === 'JSON'
    this.#decimal = decimal
  }

  /** The weights of a chunk whose column `first` is the first of `selected`; {@link odd} has those that are NaN. */
  begin(chunk: Chunk, first: number): Float64Array {
    this.#chunk = chunk
    this.#first = first
    return chunk.numbers(first)
  }

  /** The weight in row `i` of the chunk where its number is NaN: NaN for none, infinite if unusable. */
  odd(i: number): number {
    if (this.selected.length === 1) return Number.NaN
    const text = this.#chunk!.text(this.#first + 1, i)
    if (text === null) return Number.NaN
    const odd = new OddValue(text, this.#isJson, this.#decimal)
    if (odd.isBlank) return Number.NaN
    const word = odd.text.trim().toLowerCase()
    if (word === 'true' || word === 'false') return word === 'true' ? 1 : 0
    const value = odd.number ?? Number.NaN
    return Number.isNaN(value) ? Infinity : value
  }
}

/** The times of a table, chunk by chunk. */
export class TimeColumn {
  readonly selected: SelectedColumn[]
  #chunk: Chunk | undefined
  #first = 0
  #numbers: Float64Array | undefined
  #dates: Float64Array | undefined
  readonly #isJson: boolean
  readonly #decimal: DecimalMark
  readonly #units: TimeUnits
  readonly #onUnreadable: () => void

  /**
   * @param units sees the times
   * @param onUnreadable is called for each that is there, but no finite number and no date
   * @throws ERR_COLUMN if the column's type holds no times
   */
  constructor(source: Source, name: string, decimal: DecimalMark, units: TimeUnits, onUnreadable: () => void) {
    this.selected = timeColumns(source, name, decimal)
    this.#units = units
    this.#onUnreadable = onUnreadable
    this.#isJson = source.types.get(name) === 'JSON'
    this.#decimal = decimal
  }

  /** @param first which column of `chunk` is the first of `selected` */
  begin(chunk: Chunk, first: number): void {
    this.#chunk = chunk
    this.#first = first
    const of = (part: SelectedColumn['part']) => {
      const at = this.selected.findIndex((column) => column.part === part)
      return at < 0 ? undefined : chunk.numbers(first + at)
    }
    this.#numbers = of('number')
    this.#dates = of('date')
  }

  /** The time in row `i` of the chunk, NaN for none; `row`: of the table, from 0. */
  at(i: number, row: number): number {
    const number = this.#numbers === undefined ? Number.NaN : this.#numbers[i]!
    if (!Number.isNaN(number)) return this.#take(number, false, row)
    const date = this.#dates === undefined ? Number.NaN : this.#dates[i]!
    if (!Number.isNaN(date)) return this.#take(date, true, row)
    if (this.selected.length === 1) return Number.NaN
    const text = this.#chunk!.text(this.#first + 2, i)
    if (text === null) return Number.NaN
    const odd = new OddValue(text, this.#isJson, this.#decimal)
    if (odd.isBlank) return Number.NaN
    const value = odd.number
    if (value !== undefined) return Number.isNaN(value) ? value : this.#take(value, false, row)
    const written = dateFromText(odd.text)
    return this.#take(Number.isNaN(written) ? Infinity : written, true, row)
  }

  #take(time: number, isDate: boolean, row: number): number {
    if (Number.isFinite(time)) {
      this.#units.see(time, isDate, row + 1)
      return time
    }
    this.#onUnreadable()
    return Number.NaN
  }
}
