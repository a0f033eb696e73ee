import { gatherRowsYielding } from '../../data/gather-rows.js'
import type { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger } from '../../native/argument-checks.js'
import { backendInfo } from '../../native/backend.js'
import { KindredError } from '../../native/errors.js'
import { type DescentOptions, type LinearPath, runPath } from './elastic-net-path.js'
import { elasticNetProblem } from './elastic-net-problem.js'
import { predictLinear } from './linear-model.js'

/** How rows are divided for cross-validation. */
export interface CrossValidationOptions {
  /** Parts of about equal size, each held out once, at least 2. Default 5. */
  folds?: number
  /** Seed of the order in which rows are dealt out. Without one folds are consecutive rows, as scikit-learn's are. */
  seed?: number
}

/** The names of {@link CrossValidationOptions}. */
export const FOLD_OPTIONS = ['folds', 'seed'] as const

/** @throws ERR_VALUE naming the option */
export function checkFolds(options: CrossValidationOptions): { folds: number; seed: number | undefined } {
  return {
    folds: checkInteger('folds', options.folds ?? 5, { min: 2, max: 2 ** 31 - 1 }),
    seed: options.seed === undefined ? undefined : checkInteger('seed', options.seed, { min: 0 }),
  }
}

interface Fold {
  train: Int32Array
  test: Int32Array
}

/** What makes the rows of each fold, when its turn has come: of the first rows % folds one more. @throws ERR_VALUE for more folds than rows */
function foldsOf(rows: number, folds: number, seed: number | undefined): (() => Fold)[] {
  if (folds > rows)
    throw new KindredError('ERR_VALUE', `folds: expected no more than the ${rows} rows but received ${folds}.`)
  const order = new Int32Array(rows)
  for (let row = 0; row < rows; row++) order[row] = row
  if (seed !== undefined) createRandom(seed).shuffle(order)
  let end = 0
  return Array.from({ length: folds }, (_, fold) => {
    const begin = end
    end += Math.floor(rows / folds) + Number(fold < rows % folds)
    const last = end
    return () => {
      const train = new Int32Array(rows - (last - begin))
      train.set(order.subarray(0, begin))
      train.set(order.subarray(last), begin)
      return { train, test: order.slice(begin, last) }
    }
  })
}

/** Mean squared errors of the fits of a path on rows that they have not seen [alphas]. */
async function errorsOf(
  path: LinearPath,
  matrix: Matrix,
  target: Float64Array,
  test: Int32Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const held = await gatherRowsYielding(matrix, test, signal)
  const yielder = new LoopYielder(signal)
  const errors = new Float64Array(path.alphas.length)
  for (const n of errors.keys()) {
    const coef = path.coefs.subarray(n * path.cols, (n + 1) * path.cols)
    const predicted = await predictLinear(held, coef, path.intercepts[n]!, false, signal)
    let sum = 0
    for (let i = 0; i < test.length; i++) sum += (target[test[i]!]! - predicted[i]!) ** 2
    errors[n] = sum / test.length
    if (yielder.due) await yielder.yieldToLoop()
  }
  return errors
}

/** Runs the calls, at most so many at a time, and gives what they give in their order. */
async function inTurns<T>(calls: readonly (() => Promise<T>)[], most: number): Promise<T[]> {
  const out = new Array<T>(calls.length)
  let next = 0
  let failed = false
  const worker = async () => {
    while (next < calls.length && !failed) {
      const n = next++
      try {
        out[n] = await calls[n]!()
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const workers = Array.from({ length: Math.min(most, calls.length) }, worker)
  // All have ended before an error goes on: none is left at work on arrays of the caller's.
  const ended = await Promise.allSettled(workers)
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return out
}

/** One path to be judged. */
export interface PathToJudge {
  readonly alphas: Float64Array
  readonly l1Ratio: number
}

/**
 * Mean squared errors of paths by cross-validation, as many folds at a time as there are threads.
 * @returns for each path [alphas, folds], row-major, and how many of its fits did not converge
 * @throws ERR_ABORTED
 */
export async function crossValidate(
  matrix: Matrix,
  target: Float64Array,
  paths: readonly PathToJudge[],
  settings: Required<DescentOptions>,
  { folds, seed }: { folds: number; seed: number | undefined },
  signal: AbortSignal | undefined,
  onFit: () => void,
): Promise<{ msePath: Float64Array; notConverged: number }[]> {
  const parts = foldsOf(matrix.rows, folds, seed)
  const judged = paths.map(({ alphas }) => ({ msePath: new Float64Array(alphas.length * folds), notConverged: 0 }))
  const calls = parts.map((rowsOf, fold) => async () => {
    const { train, test } = rowsOf()
    for (const [p, { alphas, l1Ratio }] of paths.entries()) {
      const problem = await elasticNetProblem(matrix, target, train, settings, signal)
      const path = await runPath(problem, alphas, l1Ratio, { ...settings, refine: false }, signal, onFit)
      const errors = await errorsOf(path, matrix, target, test, signal)
      for (const [n, error] of errors.entries()) judged[p]!.msePath[n * folds + fold] = error
      judged[p]!.notConverged += path.notConverged
    }
  })
  await inTurns(calls, backendInfo().threads.count)
  return judged
}
