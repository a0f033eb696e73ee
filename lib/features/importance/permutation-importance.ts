import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { Table } from '../../data/table/table.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { checkNames } from '../linear/inputs.js'
import { checkColumns } from '../select/selection.js'
import {
  type ImportanceFunction,
  type ImportanceMetricName,
  judgeBy,
  METRIC_NAMES,
  metricOf,
  type RowValues,
} from './metrics.js'

/** Options of {@link permutationImportance}. */
export interface PermutationImportanceOptions extends AbortOptions {
  /** How predictions are judged: a name, or a function of target and predictions that grows with their quality. Default 'r2'. */
  metric?: ImportanceMetricName | ImportanceFunction
  /** How often each column is shuffled, at least 1. Default 5. */
  repeats?: number
  /** Seed of the shuffles, the same ones for every column. Default 0. */
  seed?: number
  /** The columns to look at: of a matrix their numbers, of a table their names. Default all. */
  columns?: ArrayLike<number> | readonly string[]
  /** Names of a matrix's columns; a table has its own. */
  names?: readonly string[]
  /** Called after each shuffle. */
  onProgress?: (progress: Progress) => void
}

/** What {@link permutationImportance} gives; entry i of each list is of the i-th column looked at. */
export interface PermutationImportance {
  /** [columns] which columns, of a table by their place. */
  columns: Int32Array
  /** [columns] their names, where there are any. */
  names?: string[]
  /** The metric of the rows as they are. */
  baseline: number
  /** [columns] how much worse the predictions get on the mean; below 0 where shuffling makes them better. */
  means: Float64Array
  /** [columns] the standard deviation over repeats, divided by repeats. */
  deviations: Float64Array
  /** [columns, repeats], row-major. */
  importances: Float64Array
}

/** Gives a prediction for each row: at once, or as a promise. */
export type RowPredictor<Input> = (input: Input) => RowValues | Promise<RowValues>

const ROWS_AT_ONCE = 1 << 13

/** An order of the rows, drawn in steps. */
async function permutation(rows: number, random: ReturnType<typeof createRandom>, yielder: LoopYielder) {
  const order = Int32Array.from({ length: rows }, (_, row) => row)
  await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const i = rows - 1 - n
      const j = random.integer(i + 1)
      const kept = order[i]!
      order[i] = order[j]!
      order[j] = kept
    }
  })
  return order
}

/** A table of which one column at a time is shuffled. */
interface Shuffled<Input> {
  readonly rows: number
  readonly columns: Int32Array
  readonly names: readonly string[] | undefined
  /** The rows as they are. */
  readonly whole: Input
  /** Those with the column in the given order. */
  shuffle(column: number, order: Int32Array, yielder: LoopYielder): Promise<Input>
  /** Puts the column back. */
  restore(column: number, yielder: LoopYielder): Promise<void>
}

function shuffledMatrix(matrix: Matrix, options: PermutationImportanceOptions): Shuffled<Matrix> {
  const { rows, cols, data } = matrix
  const names = checkNames(options.names, cols)
  const columns = checkColumns((options.columns ?? Array.from({ length: cols }, (_, i) => i)) as number[], cols)
  const copy = new Matrix(rows, cols)
  let filled = false
  const put = (column: number, order: Int32Array | undefined, yielder: LoopYielder) =>
    yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++)
        copy.data[row * cols + column] = data[(order === undefined ? row : order[row]!) * cols + column]!
    })
  return {
    rows,
    columns,
    names,
    whole: matrix,
    async shuffle(column, order, yielder) {
      if (!filled)
        await yielder.over(data.length, 1 << 18, (begin, end) => copy.data.set(data.subarray(begin, end), begin))
      filled = true
      await put(column, order, yielder)
      return copy
    },
    restore: (column, yielder) => put(column, undefined, yielder),
  }
}

function shuffledTable(table: Table, options: PermutationImportanceOptions): Shuffled<Table> {
  if (options.names !== undefined)
    throw new KindredError('ERR_VALUE', 'names: of matrices only; a table has names of its own.')
  const asked = options.columns === undefined ? table.columns : Array.from(options.columns as readonly string[])
  const columns = Int32Array.from(asked, (name) => {
    table.column(name) // throws ERR_COLUMN
    return table.columns.indexOf(name)
  })
  return {
    rows: table.rows,
    columns,
    names: table.columns,
    whole: table,
    async shuffle(column, order) {
      const name = table.columns[column]!
      return table.with([table.select([name]).filterRows(order).column(name)])
    },
    restore: async () => undefined,
  }
}

async function predicted<Input>(predict: RowPredictor<Input>, input: Input, rows: number): Promise<RowValues> {
  const found: unknown = await predict(input)
  const length = (found as Partial<RowValues> | null | undefined)?.length
  if (typeof found !== 'object' || typeof length !== 'number')
    throw new KindredError('ERR_VALUE', `predict: expected to give an array but it gave ${show(found)}.`)
  if (length !== rows)
    throw new KindredError('ERR_SHAPE', `predict: expected one prediction for each of ${rows} rows but got ${length}.`)
  return found as RowValues
}

async function importanceOf<Input>(
  predict: RowPredictor<Input>,
  input: Shuffled<Input>,
  target: RowValues,
  options: PermutationImportanceOptions & { repeats: number; seed: number },
  metric: ImportanceMetricName | ImportanceFunction,
): Promise<PermutationImportance> {
  const { signal, repeats, seed } = options
  const { rows, columns } = input
  const judge = judgeBy(metric)
  const yielder = new LoopYielder(signal)
  return withCallback(options.onProgress, async (onProgress) => {
    const baseline = await judge(target, await predicted(predict, input.whole, rows), signal)
    const random = createRandom(seed)
    const orders: Int32Array[] = []
    for (let n = 0; n < repeats; n++) orders.push(await permutation(rows, random, yielder))
    const importances = new Float64Array(columns.length * repeats)
    const means = new Float64Array(columns.length)
    const deviations = new Float64Array(columns.length)
    for (const [i, column] of columns.entries()) {
      const own = importances.subarray(i * repeats, (i + 1) * repeats)
      for (const [n, order] of orders.entries()) {
        const shuffled = await input.shuffle(column, order, yielder)
        own[n] = baseline - (await judge(target, await predicted(predict, shuffled, rows), signal))
        onProgress?.({ done: i * repeats + n + 1, total: columns.length * repeats })
        await yielder.yieldToLoop() // a predictor need not
      }
      await input.restore(column, yielder)
      means[i] = own.reduce((sum, value) => sum + value, 0) / repeats
      deviations[i] = Math.sqrt(own.reduce((sum, value) => sum + (value - means[i]!) ** 2, 0) / repeats)
    }
    const found = { columns, baseline: metricOf(metric, baseline), means, deviations, importances }
    const { names } = input
    return names === undefined ? found : { ...found, names: Array.from(columns, (column) => names[column]!) }
  })
}

/**
 * How much a predictor makes of each column: how much worse its predictions get when the column's numbers are dealt out to
 * other rows (Breiman 2001, "Random forests"; scikit-learn's `permutation_importance`). Measure it on rows that the
 * predictor has not learned from. Of columns that say the same each looks unimportant, since the other is still there:
 * {@link correlationFilter} finds them.
 * @param predict gets a Matrix or Table of all rows and gives a prediction for each; a matrix is the same one each time, its
 * numbers changed in between, so it is to be read before the promise is fulfilled
 * @param input what predictions are made of
 * @param target [rows]
 * @throws ERR_VALUE for illegal options, predictions or targets that the metric cannot judge, ERR_SHAPE, ERR_COLUMN,
 * ERR_ABORTED, and what `predict` throws
 */
export async function permutationImportance<Input extends Matrix | Table>(
  predict: RowPredictor<Input>,
  input: Input,
  target: RowValues,
  options: PermutationImportanceOptions = {},
): Promise<PermutationImportance> {
  options = checkOptions('permutationImportance', options, [
    'metric',
    'repeats',
    'seed',
    'columns',
    'names',
    'signal',
    'onProgress',
  ])
  const metric =
    typeof options.metric === 'function' ? options.metric : checkOneOf('metric', options.metric ?? 'r2', METRIC_NAMES)
  const repeats = checkInteger('repeats', options.repeats ?? 5, { min: 1 })
  const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
  if (typeof predict !== 'function')
    throw new KindredError('ERR_VALUE', `predict: expected a function but received ${show(predict)}.`)
  const length = (target as Partial<RowValues> | null | undefined)?.length
  if (typeof target !== 'object' || typeof length !== 'number')
    throw new KindredError('ERR_VALUE', `target: expected an array but received ${show(target)}.`)
  if (!(input instanceof Matrix) && !(input instanceof Table))
    throw new KindredError('ERR_VALUE', `input: expected a Matrix or a Table but received ${show(input)}.`)
  if (length !== input.rows || length === 0)
    throw new KindredError(
      'ERR_SHAPE',
      `target: expected one value for each of ${input.rows} rows, at least one, but received ${length}.`,
    )
  const settings = { ...options, repeats, seed }
  if (input instanceof Matrix)
    return importanceOf(predict as RowPredictor<Matrix>, shuffledMatrix(input, options), target, settings, metric)
  return importanceOf(predict as RowPredictor<Table>, shuffledTable(input as Table, options), target, settings, metric)
}
