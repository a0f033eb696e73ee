import { gatherRowsYielding } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, SgdKernelOptions, SgdModel, SgdMoments } from '../../native/addon.js'
import { withRows } from '../base/factor-model.js'
import type { SgdSettings } from './sgd-options.js'

/** Factors are padded to a multiple of this. */
const LANE = 16
const NUMBERS_AT_ONCE = 1 << 14
const ROWS_AT_ONCE = 1 << 10

/** Epochs of a fold-in, as a share of those of a fit: most rows start from learned vectors. */
const FOLD_IN_SHARE = 0.2

/** Factors as the gradient kernels take them: padded with zeros to a multiple of 16 columns, biases apart. */
export interface SgdFactors extends SgdModel {
  X: Matrix
  Y: Matrix
}

/** Kernel options without what depends on the log. */
export function kernelOptions(settings: SgdSettings): SgdKernelOptions {
  const { learningRate, regularization, seed, lockFree, iterations } = settings
  return {
    learningRate,
    regularization,
    seed,
    lockFree,
    epoch: 0,
    epochs: Math.ceil(FOLD_IN_SHARE * iterations),
    popularNegatives: false,
    popularity: null,
    mean: 0,
    optimizer: 'sgd',
    batchSize: 1,
    batches: 1,
  }
}

/** Zeros of the shapes of what an optimizer moves. */
export function zeroMoments({ X, Y, itemBias }: SgdFactors): SgdMoments {
  return { X: new Matrix(X.rows, X.cols), Y: new Matrix(Y.rows, Y.cols), itemBias: new Float32Array(itemBias.length) }
}

const widthOf = (factors: number) => Math.ceil(factors / LANE) * LANE

/** Normal with mean 0 and standard deviation `initialScale`, or uniform in (-1/2, 1/2) / factors; biases 0. */
export async function startFactors(
  users: number,
  items: number,
  { factors, seed, initialScale }: SgdSettings,
  signal?: AbortSignal,
): Promise<SgdFactors> {
  const yielder = new LoopYielder(signal)
  const random = createRandom(seed)
  const draw = initialScale === null ? () => (random.next() - 0.5) / factors : () => initialScale * random.normal()
  const start = async (rows: number) => {
    const matrix = new Matrix(rows, widthOf(factors))
    await yielder.over(rows, Math.ceil(NUMBERS_AT_ONCE / factors), (begin, end) => {
      for (let r = begin; r < end; r++) {
        const row = matrix.row(r)
        for (let f = 0; f < factors; f++) row[f] = draw()
      }
    })
    return matrix
  }
  return {
    X: await start(users),
    Y: await start(items),
    userBias: new Float32Array(users),
    itemBias: new Float32Array(items),
  }
}

/** A copy for `users` and `items`, zeros for the new ones. */
export function grownFactors({ X, Y, userBias, itemBias }: SgdFactors, users: number, items: number): SgdFactors {
  const vector = (from: Float32Array, rows: number) => {
    const out = new Float32Array(rows)
    out.set(from)
    return out
  }
  return {
    X: withRows(X, users),
    Y: withRows(Y, items),
    userBias: vector(userBias, users),
    itemBias: vector(itemBias, items),
  }
}

/** The rows `users` of the users and `items` of the items, copied in that order. @throws ERR_ABORTED */
export async function gatheredFactors(
  { X, Y, userBias, itemBias }: SgdFactors,
  users: Int32Array,
  items: Int32Array,
  signal?: AbortSignal,
): Promise<SgdFactors> {
  const vector = async (from: Float32Array, rows: Int32Array) =>
    (await gatherRowsYielding(new Matrix(from.length, 1, from), rows, signal)).data
  return {
    X: await gatherRowsYielding(X, users, signal),
    Y: await gatherRowsYielding(Y, items, signal),
    userBias: await vector(userBias, users),
    itemBias: await vector(itemBias, items),
  }
}

/** The first `factors` columns of `padded`, then columns computed by row [rows, factors + extra.length]. */
export async function withColumns(
  padded: Matrix,
  factors: number,
  extra: readonly ((row: number) => number)[],
  signal?: AbortSignal,
): Promise<Matrix> {
  const out = new Matrix(padded.rows, factors + extra.length)
  await new LoopYielder(signal).over(padded.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const row = out.row(r)
      row.set(padded.row(r).subarray(0, factors))
      for (let e = 0; e < extra.length; e++) row[factors + e] = extra[e]!(r)
    }
  })
  return out
}

/** The first columns of a matrix [rows, cols]. */
export function firstColumns(matrix: Matrix, cols: number, width = cols): Matrix {
  const out = new Matrix(matrix.rows, width)
  for (let r = 0; r < matrix.rows; r++) out.row(r).set(matrix.row(r).subarray(0, cols))
  return out
}

/** The first columns of `matrix` [rows, at least factors], padded for the kernels. */
export function padded(matrix: Matrix, factors: number): Matrix {
  return firstColumns(matrix, factors, widthOf(factors))
}

/** How often each item is in the log [items]. */
export async function itemCounts(log: Csr, items: number, signal?: AbortSignal): Promise<Int32Array> {
  const counts = new Int32Array(items)
  await new LoopYielder(signal).over(log.indices.length, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) counts[log.indices[n]!]!++
  })
  return counts
}
