import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** One value a row: a target, or predictions. */
export type RowValues = ArrayLike<number | string>

/** A measure of predictions; how they are judged: the larger the better. */
export type ImportanceFunction = (target: RowValues, predicted: RowValues) => number | Promise<number>

/**
 * A measure by name: 'r2', 'mse', 'mae' of numbers; 'auc', 'logLoss' of probabilities of class 1, the target 0 or 1;
 * 'accuracy' of classes.
 */
export type ImportanceMetricName = 'r2' | 'mse' | 'mae' | 'auc' | 'logLoss' | 'accuracy'

/** The legal ones of {@link ImportanceMetricName}. */
export const METRIC_NAMES: readonly ImportanceMetricName[] = ['r2', 'mse', 'mae', 'auc', 'logLoss', 'accuracy']

/** Of these the smaller is the better. */
const LOSSES = new Set<unknown>(['mse', 'mae', 'logLoss'])

/** Probabilities are kept so far from 0 and 1, as scikit-learn keeps those of 32-bit floats. */
const LEAST = 2 ** -23
const ROWS_AT_ONCE = 1 << 14

/** What grows with the quality of predictions: the metric, or minus the loss. */
export type Judge = (target: RowValues, predicted: RowValues, signal: AbortSignal | undefined) => Promise<number>

/** @param metric checked before */
export function judgeBy(metric: ImportanceMetricName | ImportanceFunction): Judge {
  if (typeof metric === 'function')
    return async (target, predicted) => {
      const value: unknown = await metric(target, predicted)
      if (typeof value === 'number' && Number.isFinite(value)) return value
      throw new KindredError('ERR_VALUE', `metric: expected to give a finite number but it gave ${show(value)}.`)
    }
  if (metric === 'auc') return auc
  const sign = LOSSES.has(metric) ? -1 : 1
  return async (target, predicted, signal) => sign * (await measure(metric, target, predicted, signal))
}

/** The metric as its name says, of a judge's value. */
export function metricOf(metric: ImportanceMetricName | ImportanceFunction, value: number): number {
  return LOSSES.has(metric) ? -value : value
}

function numberAt(values: RowValues, row: number, name: string): number {
  const value = values[row]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new KindredError('ERR_VALUE', `${name}: expected finite numbers but row ${row} has ${show(value)}.`)
}

function classAt(target: RowValues, row: number): number {
  const value = target[row]
  if (value === 0 || value === 1) return value
  throw new KindredError('ERR_VALUE', `target: expected 0 or 1, the class, but row ${row} has ${show(value)}.`)
}

/** What a row adds to the mean of each metric. */
const TERMS: Record<string, (target: RowValues, predicted: RowValues, row: number) => number> = {
  accuracy: (target, predicted, row) => Number(target[row] === predicted[row]),
  mse: (target, predicted, row) => (numberAt(target, row, 'target') - numberAt(predicted, row, 'predict')) ** 2,
  mae: (target, predicted, row) => Math.abs(numberAt(target, row, 'target') - numberAt(predicted, row, 'predict')),
  logLoss: (target, predicted, row) => {
    const p = Math.min(Math.max(numberAt(predicted, row, 'predict'), LEAST), 1 - LEAST)
    return classAt(target, row) === 1 ? -Math.log(p) : -Math.log1p(-p)
  },
}

async function measure(
  metric: ImportanceMetricName,
  target: RowValues,
  predicted: RowValues,
  signal: AbortSignal | undefined,
): Promise<number> {
  const term = TERMS[metric === 'r2' ? 'mse' : metric]!
  const rows = target.length
  const yielder = new LoopYielder(signal)
  let total = 0
  let sum = 0
  await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      total += term(target, predicted, row)
      if (metric === 'r2') sum += target[row] as number
    }
  })
  if (metric !== 'r2') return total / rows
  let spread = 0
  await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) spread += ((target[row] as number) - sum / rows) ** 2
  })
  if (spread > 0) return 1 - total / spread
  throw new KindredError('ERR_VALUE', `r2: expected a target that is not the same in all rows. Take 'mse'.`)
}

/** The area under the ROC curve: how often a row of class 1 is above one of class 0, ties counted as half. */
async function auc(target: RowValues, predicted: RowValues, signal: AbortSignal | undefined): Promise<number> {
  const rows = target.length
  const yielder = new LoopYielder(signal)
  const keys = new Float64Array(rows)
  let ones = 0
  await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      keys[row] = numberAt(predicted, row, 'predict')
      ones += classAt(target, row)
    }
  })
  if (ones === 0 || ones === rows)
    throw new KindredError('ERR_VALUE', `auc: expected rows of both classes but all ${rows} rows are of one.`)
  const order = await nativeCall(signal, (native, abort) => native.orderOfKeys(keys, abort))
  let above = 0
  let zeros = 0
  for (let begin = 0, end = 0; begin < rows; begin = end) {
    let onesHere = 0
    for (; end < rows && keys[order[end]!] === keys[order[begin]!]; end++) onesHere += target[order[end]!] as number
    const zerosHere = end - begin - onesHere
    above += onesHere * (zeros + zerosHere / 2)
    zeros += zerosHere
    if (yielder.due) await yielder.yieldToLoop()
  }
  return above / (ones * zeros)
}
