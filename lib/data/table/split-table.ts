import { isDate } from 'node:util/types'
import { checkInteger, checkNumber, checkOneOf, checkOptions, ownOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { partitionRows } from '../log/split/partition-rows.js'
import { createRandom } from '../random.js'
import { inBlocks, type Resumable } from '../resumable.js'
import { presentRows } from './clean/quantiles.js'
import { type ColumnSource, isNumeric } from './column.js'

/** Random rows. */
export interface RandomTableSplit {
  /** This kind of split. */
  by: 'random'
  /** The part that is test, from 0 to 1, rounded to rows; default 0.2. */
  fraction?: number
  /** So large a part for validation, or as large as the test part (true). Default: none. */
  validation?: number | true
  /** Of the random draw; default 0. */
  seed?: number
}

/** Rows from a moment on. Rows without a time are in train. */
export interface TimeTableSplit {
  /** This kind of split. */
  by: 'time'
  /** The column of times: timestamps or numbers. */
  column: string
  /** Test begins here, in the column's unit (milliseconds for timestamps). Not together with `fraction`. */
  at?: number | Date
  /** Test begins where the last part of the rows with a time begins; default 0.2. Rows of that very moment are in test. */
  fraction?: number
  /**
   * Where validation begins: a moment up to `at`, or with `fraction` the part of the rows before test (true: as large as the
   * test part). Default: none.
   */
  validation?: number | Date | true
}

/** How {@link Table.split} divides rows. */
export type TableSplit = RandomTableSplit | TimeTableSplit

interface Parts {
  train: Int32Array
  test: Int32Array
  validation?: Int32Array
}

const LEGAL = { random: ['seed'], time: ['column', 'at'] } as const

/** How many of `count` rows are test and validation. @throws ERR_VALUE */
function sizes(count: number, fraction: unknown = 0.2, validation: unknown): [test: number, validation: number] {
  const test = checkNumber('fraction', fraction, { min: 0, max: 1 })
  const between = validation === true ? test : checkNumber('validation', validation ?? 0, { min: 0, max: 1 })
  if (test + between > 1)
    throw new KindredError(
      'ERR_VALUE',
      `validation: ${between} for validation and ${test} for test are more than the whole. Give a smaller fraction or validation.`,
    )
  const forTest = Math.round(test * count)
  return [forTest, Math.min(count - forTest, Math.round(between * count))]
}

/** Rows in their order by a mark each: 0 train, 1 test, 2 validation. */
function* byMarks(marks: Uint8Array, hasValidation: boolean): Resumable<Parts> {
  const counts = [0, 0, 0]
  yield* inBlocks(marks.length, (begin, end) => {
    for (let i = begin; i < end; i++) counts[marks[i]!]!++
  })
  const rows = counts.map((count) => new Int32Array(count))
  const next = [0, 0, 0]
  yield* inBlocks(marks.length, (begin, end) => {
    for (let i = begin; i < end; i++) rows[marks[i]!]![next[marks[i]!]!++] = i
  })
  const [train, test, validation] = rows as [Int32Array, Int32Array, Int32Array]
  return hasValidation ? { train, test, validation } : { train, test }
}

function* randomly(rows: number, { fraction, validation, seed = 0 }: RandomTableSplit): Resumable<Uint8Array> {
  const [test, between] = sizes(rows, fraction, validation)
  const random = createRandom(checkInteger('seed', seed, { min: 0 }))
  const order = Int32Array.from({ length: rows }, (_, i) => i)
  const marks = new Uint8Array(rows)
  // The first steps of a shuffle: they draw without replacement.
  yield* inBlocks(test + between, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const drawn = n + random.integer(rows - n)
      marks[order[drawn]!] = n < test ? 1 : 2
      order[drawn] = order[n]!
    }
  })
  return marks
}

/** The moments where test and validation begin. */
function* momentsOf(times: Float64Array, options: TimeTableSplit): Resumable<[test: number, validation: number]> {
  const { at, fraction, validation } = options
  if (at !== undefined) {
    if (fraction !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        "split by 'time': at and fraction both say where test begins. Give one of them.",
      )
    const test = checkNumber('at', isDate(at) ? at.getTime() : at)
    if (validation === undefined) return [test, test]
    if (validation === true)
      throw new KindredError(
        'ERR_VALUE',
        'validation: expected the moment where it begins, as at is one, but received true.',
      )
    return [test, checkNumber('validation', isDate(validation) ? validation.getTime() : validation, { max: test })]
  }
  if (isDate(validation))
    throw new KindredError('ERR_VALUE', 'validation: expected a fraction, as test is one, but received a Date.')
  const rows = yield* presentRows(times, new Uint8Array(times.length))
  const [test, between] = sizes(rows.length, fraction, validation)
  // From the last on: a place that is read stands alone between two cuts.
  const counts = [test, test + between].filter((count) => count > 0)
  if (counts.length === 0) return [Infinity, Infinity]
  const cuts = counts.flatMap((count) => [count - 1, count])
  yield* partitionRows(rows, (a, b) => times[b]! - times[a]! || a - b, cuts)
  const momentOf = (count: number) => (count === 0 ? Infinity : times[rows[count - 1]!]!)
  return [momentOf(test), momentOf(test + between)]
}

function* byTime(table: ColumnSource, options: TimeTableSplit): Resumable<Uint8Array> {
  const column = table.column(options.column)
  if (!isNumeric(column) || column.type === 'boolean')
    throw new KindredError(
      'ERR_COLUMN',
      `split by 'time': column ${show(column.name)} is of type ${column.type}; expected timestamps or numbers.`,
    )
  const [test, validation] = yield* momentsOf(column.values, options)
  const { values } = column
  const marks = new Uint8Array(values.length)
  yield* inBlocks(values.length, (begin, end) => {
    for (let i = begin; i < end; i++) marks[i] = values[i]! >= test ? 1 : values[i]! >= validation ? 2 : 0
  })
  return marks
}

/** Own options of a split that there is. @throws ERR_VALUE */
export function checkTableSplit(options: TableSplit): TableSplit {
  options = ownOptions('split', options, ['by', 'fraction', 'validation', ...LEGAL.random, ...LEGAL.time, 'signal'])
  const by = checkOneOf('by', options.by, ['random', 'time'])
  return checkOptions(`split by '${by}'`, options, ['by', 'fraction', 'validation', ...LEGAL[by]])
}

/** The rows of each part, ascending. @throws ERR_VALUE, ERR_COLUMN */
export function* splitTableRows(table: ColumnSource, options: TableSplit): Resumable<Parts> {
  const marks = yield* options.by === 'random' ? randomly(table.rows, options) : byTime(table, options)
  return yield* byMarks(marks, options.validation !== undefined)
}
