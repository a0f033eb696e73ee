import { KindredError, show } from '../../../native/errors.js'
import { ChunkedArray } from '../../chunked-array.js'
import type { Resumable } from '../../resumable.js'
import { MAX_LINE } from '../../tables/files/max-line.js'
import type { Column } from '../column.js'
import { parseDecimal } from './parse-decimal.js'

const LF = 10
const CR = 13
const TAB = 9
const SPACE = 32
const HASH = 35
const COLON = 58
const LETTER_Q = 113

const MAX_INDEX = 2 ** 31 - 2

const isBlank = (byte: number) => byte === SPACE || byte === TAB || byte === CR

/**
 * Parses lines of a label and `index:value` pairs, with `qid:number` behind the label where the file ranks, and what follows
 * a `#` passed over (Chang, Lin 2011, "LIBSVM: A Library for Support Vector Machines", and SVMlight for qid and comments).
 */
export class LibsvmParser {
  readonly #labels = new ChunkedArray(Float64Array)
  readonly #queries = new ChunkedArray(Float64Array)
  readonly #offsets = new ChunkedArray(Int32Array)
  readonly #indices = new ChunkedArray(Int32Array)
  readonly #values = new ChunkedArray(Float32Array)
  #width = 0
  #path = ''
  #line = 0
  #rest: Uint8Array = new Uint8Array(0)
  #bytes: Uint8Array = this.#rest
  /** Of the pairs of one line, in the order of the file. */
  #pairs = { indices: new Int32Array(64), values: new Float32Array(64) }

  constructor() {
    this.#offsets.push(0)
  }

  get rows(): number {
    return this.#labels.length
  }

  /** The bytes that follow come from this file. */
  turnTo(path: string): void {
    this.#path = path
    this.#line = 0
    this.#rest = new Uint8Array(0)
  }

  /** Takes the next bytes of the file. @throws ERR_DATA for a malformed line, naming it */
  push(chunk: Uint8Array): void {
    const end = chunk.lastIndexOf(LF) + 1
    if (end === 0) {
      this.#rest = Buffer.concat([this.#rest, chunk])
      if (this.#rest.length > MAX_LINE) this.#fail(`is longer than ${MAX_LINE} bytes`, this.#line + 1)
      return
    }
    const whole = chunk.subarray(0, end)
    this.#parse(this.#rest.length === 0 ? whole : Buffer.concat([this.#rest, whole]))
    this.#rest = chunk.slice(end)
  }

  /** Takes what the file ends in. @throws ERR_DATA */
  endFile(): void {
    if (this.#rest.length > 0) this.#parse(Buffer.concat([this.#rest, Buffer.from('\n')]))
    this.#rest = new Uint8Array(0)
  }

  /** The columns `label` and `features`, and between them `qid` where the lines have one. */
  *finish(): Resumable<Column[]> {
    const columns: Column[] = [{ type: 'number', name: 'label', values: yield* this.#labels.finish() }]
    if (this.#queries.length > 0) columns.push({ type: 'number', name: 'qid', values: yield* this.#queries.finish() })
    columns.push({
      type: 'sparse',
      name: 'features',
      offsets: yield* this.#offsets.finish(),
      indices: yield* this.#indices.finish(),
      values: yield* this.#values.finish(),
      width: this.#width,
    })
    return columns
  }

  /** Whole lines. */
  #parse(bytes: Uint8Array): void {
    this.#bytes = bytes
    for (let at = 0; at < bytes.length; ) {
      this.#line++
      while (isBlank(bytes[at]!)) at++
      if (bytes[at] !== LF && bytes[at] !== HASH) at = this.#row(at)
      if (bytes[at] === HASH) at = bytes.indexOf(LF, at)
      if (bytes[at] !== LF) this.#fail(`expected index:value but found ${this.#word(at)}`)
      at++
    }
  }

  /** One row from its label on. Gives where it ends. */
  #row(begin: number): number {
    const bytes = this.#bytes
    const label = parseDecimal(bytes, begin)
    let at = label.end
    if (at === begin || !(isBlank(bytes[at]!) || bytes[at] === LF || bytes[at] === HASH))
      this.#fail(`expected a label, one number, but found ${this.#word(begin)}`)
    this.#labels.push(label.value)
    at = this.#skip(at)
    if (bytes[at] === LETTER_Q) at = this.#query(at)
    else if (this.#queries.length > 0) this.#fail('expected qid: behind the label, as on the lines before')
    let count = 0
    let isSorted = true
    let { indices, values } = this.#pairs
    for (; bytes[at] !== LF && bytes[at] !== HASH; at = this.#skip(at)) {
      const pair = at
      let index = 0
      while (bytes[at]! >= 48 && bytes[at]! <= 57) index = index * 10 + bytes[at++]! - 48
      if (at === pair || bytes[at] !== COLON) this.#fail(`expected index:value but found ${this.#word(pair)}`)
      if (index > MAX_INDEX) this.#fail(`the index ${index} is beyond ${MAX_INDEX}`)
      const number = parseDecimal(bytes, at + 1)
      const isAlone = isBlank(bytes[number.end]!) || bytes[number.end] === LF || bytes[number.end] === HASH
      if (number.end === at + 1 || !isAlone) this.#fail(`expected index:value but found ${this.#word(pair)}`)
      if (!Number.isFinite(Math.fround(number.value)))
        this.#fail(`the value of ${this.#word(pair)} is beyond 32-bit floats`)
      at = number.end
      if (count === indices.length) {
        this.#grow()
        ;({ indices, values } = this.#pairs)
      }
      if (count > 0 && index <= indices[count - 1]!) isSorted = false
      indices[count] = index
      values[count++] = number.value
    }
    this.#take(count, isSorted)
    return at
  }

  #skip(at: number): number {
    while (isBlank(this.#bytes[at]!)) at++
    return at
  }

  #query(begin: number): number {
    const number = parseDecimal(this.#bytes, begin + 4)
    const isQuery = Buffer.from(this.#bytes.subarray(begin, begin + 4)).toString('latin1') === 'qid:'
    if (!isQuery || number.end === begin + 4) this.#fail(`expected qid:number but found ${this.#word(begin)}`)
    if (this.#queries.length !== this.#labels.length - 1) this.#fail('has a qid:, which the lines before lack')
    this.#queries.push(number.value)
    return this.#skip(number.end)
  }

  #take(count: number, isSorted: boolean): void {
    const { indices, values } = this.#pairs
    const order = isSorted
      ? undefined
      : Int32Array.from({ length: count }, (_, n) => n).sort((a, b) => indices[a]! - indices[b]!)
    for (let n = 0; n < count; n++) {
      const from = order === undefined ? n : order[n]!
      if (order !== undefined && n > 0 && indices[order[n - 1]!] === indices[from])
        this.#fail(`the index ${indices[from]} comes twice`)
      this.#indices.push(indices[from]!)
      this.#values.push(values[from]!)
      if (indices[from]! >= this.#width) this.#width = indices[from]! + 1
    }
    this.#offsets.push(this.#indices.length)
  }

  #grow(): void {
    const { indices, values } = this.#pairs
    this.#pairs = { indices: new Int32Array(2 * indices.length), values: new Float32Array(2 * values.length) }
    this.#pairs.indices.set(indices)
    this.#pairs.values.set(values)
  }

  /** The word that begins here, for an error. */
  #word(at: number): string {
    let end = at
    while (end < this.#bytes.length && !isBlank(this.#bytes[end]!) && this.#bytes[end] !== LF) end++
    const word = Buffer.from(this.#bytes.subarray(at, end)).toString('utf8')
    return word === '' ? 'the end of the line' : show(word)
  }

  #fail(what: string, line: number = this.#line): never {
    throw new KindredError(
      'ERR_DATA',
      `${this.#path}: line ${line}: ${what}. A line of a LIBSVM file is a label and pairs such as 3:0.5.`,
    )
  }
}
