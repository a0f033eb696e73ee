import type { Matrix } from '../../data/matrix.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { checkRowsToFit, checkTarget, type NumberList } from '../linear/inputs.js'
import { type ClassLabels, checkLabels } from './class-labels.js'
import { TASKS, type TargetTask } from './scores.js'
import { checkColumns } from './selection.js'

/** Options of {@link mutualInformation}. */
export interface MutualInformationOptions extends AbortOptions {
  /** Whether the target is classes or numbers. Default 'classification'. */
  task?: TargetTask
  /** The columns that are classes, not numbers: a list of them, or true for all. Default none. */
  discrete?: boolean | ArrayLike<number>
  /** Nearest neighbours of each row that estimates go by where something is a number, at least 1. Default 3. */
  neighbors?: number
  /** Seed of the noise, 1e-10 of a number's size, that tells equal numbers apart. Default 0. */
  seed?: number
  /** Called after every few columns. */
  onProgress?: (progress: Progress) => void
}

/** Columns of one native call. */
const COLUMNS_AT_ONCE = 16

function flagsOf(discrete: boolean | ArrayLike<number> | undefined, cols: number): Uint8Array {
  const flags = new Uint8Array(cols)
  if (discrete === undefined || typeof discrete === 'boolean') return flags.fill(Number(discrete ?? false))
  if (typeof discrete !== 'object' || discrete === null)
    throw new KindredError('ERR_VALUE', `discrete: expected true, false or columns but received ${show(discrete)}.`)
  for (const column of checkColumns(discrete, cols)) flags[column] = 1
  return flags
}

/**
 * How much each column says about the target, in nats, whatever the shape of what they have to do with each other; 0 where
 * they are independent. As scikit-learn's `mutual_info_classif` and `mutual_info_regression`: exact where column and target are
 * classes, else estimated from nearest neighbours (Ross 2014; Kraskov, Stögbauer, Grassberger 2004).
 * @param matrix [rows, cols]
 * @param target [rows] classes, or numbers with `task: 'regression'`
 * @returns [cols]
 * @throws ERR_VALUE for illegal options, numbers that are not finite, and no fewer neighbours than rows; ERR_SHAPE, ERR_ABORTED
 */
export async function mutualInformation(
  matrix: Matrix,
  target: ClassLabels | NumberList,
  options: MutualInformationOptions = {},
): Promise<Float64Array> {
  options = checkOptions('mutualInformation', options, [
    'task',
    'discrete',
    'neighbors',
    'seed',
    'signal',
    'onProgress',
  ])
  const task = checkOneOf('task', options.task ?? 'classification', TASKS)
  const neighbors = checkInteger('neighbors', options.neighbors ?? 3, { min: 1, max: 2 ** 31 - 1 })
  const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
  const { rows, cols } = checkRowsToFit(matrix)
  const discrete = flagsOf(options.discrete, cols)
  const y =
    task === 'regression'
      ? checkTarget(target as NumberList, rows)
      : Float64Array.from(checkLabels(target, rows, 1).codes)
  const settings = { discreteTarget: task === 'classification', neighbors, seed }
  const out = new Float64Array(cols)
  return withCallback(options.onProgress, async (onProgress) => {
    for (let begin = 0; begin < cols; begin += COLUMNS_AT_ONCE) {
      const end = Math.min(begin + COLUMNS_AT_ONCE, cols)
      const part = await nativeCall(options.signal, (native, abort) =>
        native.mutualInformation(matrix, y, discrete, begin, end, settings, abort),
      )
      out.set(part, begin)
      onProgress?.({ done: end, total: cols })
    }
    return out
  })
}
