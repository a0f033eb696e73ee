import { clipColumns, csrFromLists, selectRows } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { truncatedSvd } from '../../features/reduce/singular-subspace.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Contributions } from '../base/explanation.js'
import { FactorModel, type FactorState, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import { orderedLog } from '../base/ordered-log.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'

/** Options of {@link PureSVD}. */
export interface PureSVDOptions {
  /** Singular values kept, 1 to 4096. Default 64. */
  factors?: number
  /** Iterations of the randomised SVD, at least 1; more are more exact. Default 10. */
  iterations?: number
  /** Seed of the randomised SVD, an integer from 0. Default 0. */
  seed?: number
}

/** U as `userFactors`; V S as `itemFactors`, zeros for items that were added after the fit. */
interface SvdState extends FactorState {
  /** [factors] the singular values S */
  values: Float32Array
}

/**
 * The log, missing entries as zeros, by its largest singular values: X = U S V' (Cremonesi, Koren, Turrin 2010,
 * "Performance of recommender algorithms on top-N recommendation tasks", section 3.2.2), computed by randomised subspace
 * iteration (Halko, Martinsson, Tropp 2011). A user's scores are their row of the log times V V', so that a
 * user who is not in the log is folded in exactly. {@link userFactors} are U, {@link itemFactors} V S; beyond the rank of the log both are 0.
 *
 * {@link update} folds in: the users concerned are projected anew in time linear in their histories while V and S stay;
 * items added since score 0 until the next fit. Same seed, same bits for any number of threads, on one instruction
 * set.
 */
export class PureSVD extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'PureSVD'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<PureSVDOptions>>
  /** @internal */
  declare protected state: SvdState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: PureSVDOptions = {}) {
    super()
    options = checkOptions('PureSVD', options, ['factors', 'iterations', 'seed'])
    this.options = Object.freeze({
      factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
      iterations: checkInteger('iterations', options.iterations ?? 10, { min: 1 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    })
  }

  override get capabilities(): Capabilities {
    return capabilities('similarItems', 'similarUsers', 'explain')
  }

  /** The singular values [factors], largest first. @throws ERR_NOT_FITTED */
  get singularValues(): Float32Array {
    this.fitted()
    return this.state!.values
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<SvdState> {
    const { signal } = options
    const ordered = await orderedLog(log, signal)
    const { values, vectors } = await truncatedSvd(ordered.byUser, await ordered.byItem(), this.options, options)
    if (!Number.isFinite(values[0]) || (values[0] === 0 && ordered.byUser.values!.some((weight) => weight !== 0)))
      throw new KindredError(
        'ERR_VALUE',
        `PureSVD: the weights of the log or their singular values lie beyond the range of 32-bit floats. Scale the weights, ${values[0] === 0 ? 'up' : 'down'}.`,
      )
    const itemFactors = await scaledColumns(await ordered.itemsBack(vectors), values, signal)
    const userFactors = await project(log.seen, itemFactors, values, signal)
    return { log, userFactors, itemFactors, values }
  }

  /** @internal */
  protected async learnUpdate({ log, changedUsers }: LogUpdate, { signal }: UpdateOptions): Promise<SvdState> {
    const { itemFactors, values, userFactors } = this.state!
    const rows = await project(selectRows(log.seen, changedUsers), itemFactors, values, signal)
    const users = withRows(userFactors, log.users.size)
    changedUsers.forEach((row, i) => {
      users.row(row).set(rows.row(i))
    })
    return { log, userFactors: users, itemFactors: withRows(itemFactors, log.items.size), values }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { userFactors, itemFactors, values } = this.state!
    return {
      'users.factors': matrixTensor(userFactors),
      'items.factors': matrixTensor(itemFactors),
      'singular.values': vectorTensor(values),
    }
  }

  /** @internal */
  protected restored({ log, tensors }: SavedModel): SvdState {
    const cols = this.options.factors
    return {
      log,
      userFactors: tensors.matrix('users.factors', { rows: log.users.size, cols }),
      itemFactors: tensors.matrix('items.factors', { rows: log.items.size, cols }),
      values: tensors.vector('singular.values', Float32Array, cols),
    }
  }

  /** @internal */
  protected historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { itemFactors, values } = this.state!
    return project(csrFromLists([history], itemFactors.rows), itemFactors, values, signal)
  }

  /** @internal x V V' is a sum over the user's items i of x_i v_i . v_j. */
  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, itemFactors: VS, values } = this.state!
    const row = selectRows(log.seen, Int32Array.of(userRow))
    const target = VS.row(itemRow)
    const parts = Float64Array.from(row.indices, (item, n) => {
      const own = VS.row(item)
      let sum = 0
      for (let f = 0; f < values.length; f++) if (values[f]! > 0) sum += (own[f]! * target[f]!) / values[f]! ** 2
      return row.values![n]! * sum
    })
    return { from: 'item', rows: row.indices, values: parts }
  }
}

guardReceivers(PureSVD)

/** The greatest 32-bit float. */
const GREATEST = 2 ** 128 - 2 ** 104

/**
 * Users [rows, factors]: rows V S^-1, the left singular vectors of rows of the log. Rows are multiplied by powers of 2, so
 * that nothing on the way leaves the range of floats where the result does not.
 * @throws ERR_VALUE where scores, no longer than U S, might leave it
 */
async function project(rows: Csr, VS: Matrix, values: Float32Array, signal?: AbortSignal): Promise<Matrix> {
  const known = clipColumns(rows, VS.rows)
  const weights = known.values!.slice()
  const sizes = new Float64Array(known.rows)
  const yielder = new LoopYielder(signal)
  await yielder.over(known.rows, 1 << 8, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const own = weights.subarray(known.indptr[r], known.indptr[r + 1])
      const greatest = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)
      sizes[r] = greatest > 0 ? 2 ** Math.ceil(Math.log2(greatest)) : 1
      for (let n = 0; n < own.length; n++) own[n]! /= sizes[r]!
    }
  })
  const scaled: Csr = { ...known, values: weights }
  const data = await nativeCall(signal, (native, abort) => native.csrMultiply(scaled, VS, abort))
  const users = new Matrix(rows.rows, VS.cols, data)
  const factors = Float64Array.from(values, (value) => (value > 0 ? value ** -2 : 0))
  await yielder.over(users.rows, 64, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const row = users.row(r)
      let squares = 0
      for (let f = 0; f < row.length; f++) {
        row[f]! *= sizes[r]! * factors[f]!
        squares += (row[f]! * values[f]!) ** 2
      }
      if (!(Math.sqrt(squares) <= GREATEST))
        throw new KindredError(
          'ERR_VALUE',
          'PureSVD: the weights of a history lead beyond the range of 32-bit floats. Lower them.',
        )
    }
  })
  return users
}

/** The columns, in place, times the singular values. */
async function scaledColumns(matrix: Matrix, values: Float32Array, signal?: AbortSignal): Promise<Matrix> {
  await new LoopYielder(signal).over(matrix.rows, 64, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const row = matrix.row(r)
      for (let f = 0; f < row.length; f++) row[f]! *= values[f]!
    }
  })
  return matrix
}
