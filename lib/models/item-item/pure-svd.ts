import { clipColumns, csrFromLists, selectRows } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkOptions } from '../../native/check.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { Contributions, FittedLog } from '../base/base-recommender.js'
import { checkFit, checkUpdate } from '../base/check-fit.js'
import { FactorModel, withRows } from '../base/factor-model.js'
import { mergeLog } from '../base/merge-log.js'
import { type SavedModel, saveModel } from '../base/model-file.js'
import type { AddItemsReport, FitOptions } from '../base/recommender.js'
import { truncatedSvd } from './truncated-svd.js'

export interface PureSVDOptions {
  /** Singular values kept, 1 to 4096. Default 64. */
  factors?: number
  /** Iterations of the randomised SVD; more are more exact. Default 10. */
  iterations?: number
  /** Start of the randomised SVD. Default 0. */
  seed?: number
}

/** What a fitted model holds; replaced as a whole. */
interface SvdState {
  log: FittedLog
  /** [users, factors] U */
  U: Matrix
  /** [items, factors] V S; zeros for items that came after the fit */
  VS: Matrix
  /** [factors] the singular values S */
  values: Float32Array
}

/**
 * The log, missing entries as zeros, by its largest singular values: X = U S V' (Cremonesi, Koren, Turrin 2010,
 * "Performance of recommender algorithms on top-N recommendation tasks", section 3.2.2), computed by randomised subspace
 * iteration (Halko, Martinsson, Tropp 2011). A user's scores are their row of the log times V V', so that someone in no
 * log is folded in exactly. {@link userFactors} are U, {@link itemFactors} V S; beyond the rank of the log both are 0.
 *
 * {@link update} folds in: the users concerned are projected anew in time linear in their histories while V and S stay;
 * items that came since score 0 until the next fit. Same seed, same bits for any number of threads, on one instruction
 * set.
 */
export class PureSVD extends FactorModel {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<PureSVDOptions>>
  #state: SvdState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: PureSVDOptions = {}) {
    super()
    checkOptions('PureSVD', options, ['factors', 'iterations', 'seed'])
    this.options = Object.freeze({
      factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
      iterations: checkInteger('iterations', options.iterations ?? 10, { min: 1 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    })
  }

  /** The singular values [factors], largest first. @throws ERR_NOT_FITTED */
  get singularValues(): Float32Array {
    this.fitted()
    return this.#state!.values
  }

  async fit(train: Interactions, options: FitOptions = {}): Promise<this> {
    checkFit(train, options)
    if (options.itemFeatures) throw unsupported()
    const before = this.log
    const { signal } = options
    const seen = await train.byUser(signal)
    const { values, vectors } = await truncatedSvd(seen, await train.byItem(signal), this.options, options)
    const VS = await scaled(vectors, values, 1, signal)
    const U = await project(seen, VS, values, signal)
    this.checkUnchanged(before)
    this.#set({ log: { users: train.users, items: train.items, seen }, U, VS, values })
    return this
  }

  async update(interactions: Interactions, options: { signal?: AbortSignal } = {}): Promise<void> {
    checkUpdate(interactions, options)
    const log = this.fitted()
    if (interactions.size === 0) return
    const { VS, values, U } = this.#state!
    const merged = await mergeLog(log, interactions, options.signal)
    const rows = await project(selectRows(merged.seen, merged.changedUsers), VS, values, options.signal)
    const users = withRows(U, merged.users.size)
    merged.changedUsers.forEach((row, i) => {
      users.row(row).set(rows.row(i))
    })
    this.checkUnchanged(log)
    this.#set({ log: merged, U: users, VS: withRows(VS, merged.items.size), values })
  }

  /** @throws ERR_NOT_SUPPORTED */
  async addItems(_features: Features): Promise<AddItemsReport> {
    throw unsupported()
  }

  async save(dir: string): Promise<void> {
    this.fitted()
    const { log, U, VS, values } = this.#state!
    const tensors = {
      'users.factors': matrixTensor(U),
      'items.factors': matrixTensor(VS),
      'singular.values': vectorTensor(values),
    }
    await saveModel(dir, log, { algorithm: 'PureSVD', options: this.options, tensors })
  }

  /** @internal */
  static restore({ options, log, tensors }: SavedModel): PureSVD {
    const model = new PureSVD(options as PureSVDOptions)
    const cols = model.options.factors
    model.#set({
      log,
      U: tensors.matrix('users.factors', { rows: log.users.size, cols }),
      VS: tensors.matrix('items.factors', { rows: log.items.size, cols }),
      values: tensors.vector('singular.values', Float32Array, cols),
    })
    return model
  }

  protected historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { VS, values } = this.#state!
    return project(csrFromLists([history], VS.rows), VS, values, signal)
  }

  /** x V V' is a sum over the user's items i of x_i v_i . v_j. */
  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, VS, values } = this.#state!
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

  #set(state: SvdState): void {
    this.#state = state
    this.log = state.log
    this.userMatrix = state.U
    this.itemMatrix = state.VS
  }
}

/** Users [rows, factors]: rows V S^-1, the left singular vectors of rows of the log. */
async function project(rows: Csr, VS: Matrix, values: Float32Array, signal?: AbortSignal): Promise<Matrix> {
  const known = clipColumns(rows, VS.rows)
  const data = await nativeCall(signal, (native, abort) => native.csrMultiply(known, VS, abort))
  return scaled(new Matrix(rows.rows, VS.cols, data), values, -2, signal)
}

/** The columns, in place, times powers of the singular values; 0 where those are. */
async function scaled(matrix: Matrix, values: Float32Array, power: number, signal?: AbortSignal): Promise<Matrix> {
  const factors = Float64Array.from(values, (value) => (value > 0 ? value ** power : 0))
  const { rows, cols, data } = matrix
  await new LoopYielder(signal).over(rows, 64, (begin, end) => {
    for (let r = begin, n = begin * cols; r < end; r++) for (let f = 0; f < cols; f++, n++) data[n]! *= factors[f]!
  })
  return matrix
}

function unsupported(): KindredError {
  return new KindredError('ERR_NOT_SUPPORTED', 'PureSVD: learns from behaviour and knows nothing of item features.')
}
