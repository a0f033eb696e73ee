import type { Matrix } from '../../data/matrix.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { checkMatrix } from '../../search/similarity-matrix.js'
import { type FeatureSelection, selectionOf } from '../select/selection.js'
import { takeColumns } from '../select/take-columns.js'
import { checkNames, type NumberList } from './inputs.js'

const KIND = { kind: 'linear-model' }

/** Options of `fit` of a linear model. */
export interface LinearFitOptions extends AbortOptions {
  /** Names of the columns, kept for {@link LinearModel.selection}. */
  names?: readonly string[]
  /** Called after each fit of those that the call consists of. */
  onProgress?: (progress: Progress) => void
}

/** What a fit of a linear model leaves. */
export interface LinearFit {
  /** [cols] */
  coef: Float64Array
  intercept: number
  /** Sweeps, or steps of Newton's, that it took. */
  iterations: number
  /** How much above its minimum the objective is at most, per row; of LogisticL1 the largest violation of a condition. */
  dualGap: number
  converged: boolean
  names: readonly string[] | undefined
  /** What else the class tells, as it is kept in config.json. */
  details: Readonly<Record<string, unknown>>
}

/** A linear model whose L1 penalty leaves most columns without a weight: what all of them share. */
export abstract class LinearModel {
  /** @internal */
  protected fit_: LinearFit | undefined

  /** The options in force, defaults filled in. */
  abstract readonly options: Readonly<Record<string, unknown>>

  /**
   * Learns from a table and its target. A call that fails leaves the model as it was.
   * @param matrix [rows, cols]
   * @param target [rows]
   * @throws ERR_VALUE for numbers that are not finite, ERR_SHAPE, ERR_OUT_OF_MEMORY, ERR_ABORTED
   */
  abstract fit(matrix: Matrix, target: NumberList, options?: LinearFitOptions): Promise<this>

  /** @internal */
  protected fitted(): LinearFit {
    if (this.fit_ === undefined)
      throw new KindredError(
        'ERR_NOT_FITTED',
        `${this.constructor.name}: not fitted yet. Call fit(matrix, target) first.`,
      )
    return this.fit_
  }

  /** Coefficient of each column [cols]. @throws ERR_NOT_FITTED */
  get coef(): Float64Array {
    return this.fitted().coef
  }

  /** What is predicted where all columns are 0. @throws ERR_NOT_FITTED */
  get intercept(): number {
    return this.fitted().intercept
  }

  /** The columns with a coefficient other than 0, ascending. @throws ERR_NOT_FITTED */
  get selected(): Int32Array {
    return this.selection.columns
  }

  /** The same with names and coefficients, as filters give it. @throws ERR_NOT_FITTED */
  get selection(): FeatureSelection {
    const { coef, names } = this.fitted()
    return selectionOf(coef, names, (column) => (coef[column] === 0 ? 'its coefficient is 0' : undefined))
  }

  /** Sweeps over the columns, or steps of Newton's, that the last fit took. @throws ERR_NOT_FITTED */
  get iterations(): number {
    return this.fitted().iterations
  }

  /**
   * How much above its minimum the objective of the last fit is at most; of {@link LogisticL1} the largest violation of the
   * conditions of its minimum. @throws ERR_NOT_FITTED
   */
  get dualGap(): number {
    return this.fitted().dualGap
  }

  /** Whether the last fit came to its tolerance; if not, raise `iterations`, or `alpha`. @throws ERR_NOT_FITTED */
  get converged(): boolean {
    return this.fitted().converged
  }

  /**
   * What the model predicts for each row [rows]; of {@link LogisticL1} the probability of class 1.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for another number of columns, ERR_ABORTED
   */
  async predict(matrix: Matrix, options: AbortOptions = {}): Promise<Float32Array> {
    options = checkOptions(`${this.constructor.name}.predict`, options, ['signal'])
    const { coef, intercept } = this.fitted()
    this.#checkColumns(matrix, coef)
    return predictLinear(matrix, coef, intercept, this.isLogistic, options.signal)
  }

  /** The selected columns of a matrix [rows, selected]. @throws ERR_NOT_FITTED, ERR_SHAPE, ERR_ABORTED */
  async transform(matrix: Matrix, options: AbortOptions = {}): Promise<Matrix> {
    options = checkOptions(`${this.constructor.name}.transform`, options, ['signal'])
    this.#checkColumns(matrix, this.fitted().coef)
    return takeColumns(matrix, this.selected, { signal: options.signal! })
  }

  #checkColumns(matrix: Matrix, coef: Float64Array): void {
    checkMatrix('matrix', matrix)
    if (matrix.cols !== coef.length)
      throw new KindredError(
        'ERR_SHAPE',
        `${this.constructor.name}: expected the ${coef.length} columns that it was fitted to but received ${matrix.cols}.`,
      )
  }

  /** @internal */
  protected get isLogistic(): boolean {
    return false
  }

  /** @internal What `load` of each class does. */
  protected static async loaded<Model extends LinearModel>(
    Class: new (options: never) => Model,
    dir: string,
    options: AbortOptions,
  ): Promise<Model> {
    options = checkOptions(`${Class.name}.load`, options, ['signal'])
    const saved = await readLinear(dir, Class.name, options.signal)
    const model = new Class(saved.options as never)
    model.fit_ = saved.fit
    return model
  }

  /** Saves to a folder, atomically even over an older model. @throws ERR_NOT_FITTED, ERR_IO, ERR_ABORTED */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    const { name } = this.constructor
    options = checkOptions(`${name}.save`, options, ['signal'])
    const { coef, intercept, ...rest } = this.fitted()
    const config = { algorithm: name, options: this.options, ...rest, names: rest.names ?? null }
    const tensors = { coef: vectorTensor(coef), intercept: vectorTensor(Float64Array.of(intercept)) }
    await saveFolder(dir, KIND, { config, tensors }, options)
  }
}

guardReceivers(LinearModel)

/** @internal Predictions [rows], of a logistic model as probabilities. */
export async function predictLinear(
  matrix: Matrix,
  coef: Float64Array,
  intercept: number,
  logistic: boolean,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const out = new Float32Array(matrix.rows)
  await nativeCall(signal, (native, abort) => native.linearPredict(matrix, coef, intercept, logistic, out, abort))
  return out
}

/**
 * What `save` of the class `name` wrote.
 * @throws ERR_MODEL_FILE if the folder holds no such model, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
 */
async function readLinear(
  dir: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<{ options: object; fit: LinearFit }> {
  const { config, tensors } = await loadFolder(dir, KIND, signal === undefined ? {} : { signal })
  if (config.algorithm !== name)
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: holds a model of class ${show(config.algorithm)}, not ${show(name)}.`,
    )
  const coef = tensors.vector('coef', Float64Array)
  const [intercept] = tensors.vector('intercept', Float64Array, 1)
  const { options, iterations, dualGap, converged, names, details } = config as unknown as LinearFit & {
    options: object
    names: string[] | null
  }
  try {
    checkNames(names ?? undefined, coef.length)
  } catch (cause) {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${(cause as Error).message}`, { cause })
  }
  const fit = { coef, intercept: intercept!, iterations, dualGap, converged, names: names ?? undefined, details }
  return { options, fit }
}
