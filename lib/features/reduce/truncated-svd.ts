import { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import { csrOf, SparseMatrix } from '../../data/sparse-matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { exactAxes } from './axes.js'
import {
  fromConfig,
  loadReduction,
  type ReduceFitOptions,
  Reduction,
  type ReductionState,
  type SavedState,
} from './reduction.js'
import { denseTruncatedSvd, type TruncatedSvdResult, truncatedSvd } from './singular-subspace.js'
import { checkCols, mapRows, matrixOf, projection, type RowMap, reconstruction, turned } from './vectors.js'

/** How a {@link TruncatedSVD} finds its components. */
export type TruncatedSVDSolver = 'auto' | 'exact' | 'randomized'

/** Options of {@link TruncatedSVD}. */
export interface TruncatedSVDOptions {
  /** How many components, from 1 to the lesser of rows and columns. Default 64. */
  components?: number
  /**
   * 'exact': by the eigenvectors of X'X, or of XX' where there are fewer rows; of dense vectors alone. 'randomized': subspace
   * iteration from a random start (Halko, Martinsson, Tropp 2011). 'auto', the default: the former for dense vectors unless both
   * rows and columns exceed 1024.
   */
  solver?: TruncatedSVDSolver
  /** Of 'randomized': vectors beyond those wanted, an integer from 0. Default 10. */
  oversampling?: number
  /** Of 'randomized': iterations, an integer from 1. Default 5. */
  powerIterations?: number
  /** Of 'randomized': seed of the start, an integer from 0. Default 0. */
  seed?: number
}

const KIND = { kind: 'truncated-svd' }
/** Numbers of the vectors that are iterated: 4 GiB. */
const MOST_NUMBERS = 2 ** 30
const SOLVERS: readonly TruncatedSVDSolver[] = ['auto', 'exact', 'randomized']
const EXACT_DIMS = 1024

/**
 * The rows of a matrix, sparse or dense, by its largest singular values, X = U S V': coordinates X V = U S, nothing subtracted, so
 * that sparse rows stay so. Of TF-IDF rows it is latent semantic analysis (Deerwester et al. 1990). Results and conventions are those
 * of scikit-learn's TruncatedSVD: `explainedVariance` is that of the coordinates, divided by n, and the largest element of each
 * component is positive. Beyond the rank of the matrix, components of 'randomized' are 0. Same seed, same bits for any number
 * of threads, on one instruction set.
 */
export class TruncatedSVD extends Reduction<ReductionState> {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<TruncatedSVDOptions>>
  /** @internal */
  protected readonly name = 'TruncatedSVD'

  /** @throws ERR_VALUE naming the option */
  constructor(options: TruncatedSVDOptions = {}) {
    super()
    const names = ['components', 'solver', 'oversampling', 'powerIterations', 'seed']
    options = checkOptions('TruncatedSVD', options, names)
    this.options = Object.freeze({
      components: checkInteger('components', options.components ?? 64, { min: 1 }),
      solver: checkOneOf('solver', options.solver ?? 'auto', SOLVERS),
      oversampling: checkInteger('oversampling', options.oversampling ?? 10, { min: 0, max: 4096 }),
      powerIterations: checkInteger('powerIterations', options.powerIterations ?? 5, { min: 1 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    })
  }

  /**
   * Learns from rows [n, cols], and forgets what it had learnt before. Progress is told for each iteration.
   * @throws ERR_VALUE for more components than min(n, cols) and for numbers that are not finite, ERR_DATA without rows, ERR_SHAPE for a sparse matrix
   * whose columns do not ascend, ERR_TOO_LARGE for one of so many columns that its components would exceed 4 GiB, ERR_NOT_SUPPORTED for
   * 'exact' with a sparse one, ERR_ABORTED. What was learnt before is then kept.
   */
  async fit(vectors: Matrix | SparseMatrix | Features, options: ReduceFitOptions = {}): Promise<this> {
    options = checkOptions('TruncatedSVD.fit', options, ['signal', 'onProgress'])
    throwIfAborted(options.signal)
    await this.#fit(vectors, options)
    return this
  }

  /** {@link fit}, then {@link transform}, which costs nothing more. @throws as those */
  async fitTransform(vectors: Features, options?: ReduceFitOptions): Promise<Features>
  async fitTransform(vectors: Matrix | SparseMatrix, options?: ReduceFitOptions): Promise<Matrix>
  async fitTransform(
    vectors: Matrix | SparseMatrix | Features,
    options: ReduceFitOptions = {},
  ): Promise<Matrix | Features> {
    options = checkOptions('TruncatedSVD.fitTransform', options, ['signal', 'onProgress'])
    throwIfAborted(options.signal)
    const coordinates = await this.#fit(vectors, options)
    if (!(vectors instanceof Features)) return coordinates
    return Features.fromAsync(vectors.ids, coordinates, { signal: options.signal })
  }

  async #fit(vectors: Matrix | SparseMatrix | Features, options: ReduceFitOptions): Promise<Matrix> {
    const { signal } = options
    const x = vectors instanceof SparseMatrix ? vectors : matrixOf('TruncatedSVD.fit', vectors)
    const most = Math.min(x.rows, x.cols)
    if (most === 0)
      throw new KindredError(
        'ERR_DATA',
        `TruncatedSVD.fit: expected at least 1 row of at least 1 number but received [${x.rows}, ${x.cols}].`,
      )
    if (this.options.components > most)
      throw new KindredError(
        'ERR_VALUE',
        `TruncatedSVD.fit: expected components from 1 to ${most}, the lesser of ${x.rows} rows and ${x.cols} columns, but received ${this.options.components}.`,
      )
    const { values, components } = await this.#decompose(x, options)
    if (!values.every(Number.isFinite))
      throw new KindredError(
        'ERR_VALUE',
        'TruncatedSVD.fit: expected finite numbers whose singular values are in the range of 32-bit floats. Look for NaN, or scale them down.',
      )
    const coordinates = await this.#coordinates(x, await projection(components, null, null, signal), signal)
    const { squares } = await nativeCall(signal, (native, abort) => native.columnMoments(coordinates, abort))
    const total = await totalVariance(x, signal)
    const explainedVariance = squares.map((sum) => sum / x.rows)
    const explainedVarianceRatio = explainedVariance.map((variance) => (total > 0 ? variance / total : 0))
    this.state = { components, singularValues: values, explainedVariance, explainedVarianceRatio }
    return coordinates
  }

  async #decompose(
    x: Matrix | SparseMatrix,
    options: ReduceFitOptions,
  ): Promise<{ values: Float64Array; components: Matrix }> {
    const { components, solver, oversampling, powerIterations, seed } = this.options
    const { signal, onProgress } = options
    if (x instanceof SparseMatrix && solver === 'exact')
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        "TruncatedSVD.fit: solver 'exact' is for dense vectors. Leave it out, or give the matrix's toDense().",
      )
    if (x instanceof Matrix && (solver === 'exact' || (solver === 'auto' && Math.min(x.rows, x.cols) <= EXACT_DIMS))) {
      const wanted = { count: components, share: 1 }
      const axes = await exactAxes('TruncatedSVD.fit', x, false, wanted, signal, () =>
        onProgress?.({ done: 1, total: 2 }),
      )
      onProgress?.({ done: 2, total: 2 })
      return { values: axes.values.slice(0, components).map(Math.sqrt), components: axes.components }
    }
    const settings = { factors: components, iterations: powerIterations, seed, oversampling }
    let found: TruncatedSvdResult
    if (x instanceof SparseMatrix) {
      checkWidth(x, Math.min(components + oversampling, x.rows, x.cols))
      const rows = csrOf(x)
      const cols = await nativeCall(signal, (native, abort) => native.csrTranspose(rows, abort))
      found = await truncatedSvd(rows, cols, settings, options)
    } else {
      found = await denseTruncatedSvd(x, null, settings, options)
    }
    return { values: Float64Array.from(found.values), components: await turned(found.vectors, signal) }
  }

  /**
   * The coordinates of rows [n, cols] along the components, [n, components]; Features keep their ids.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for rows of another length, ERR_VALUE for a number that is not finite, ERR_ABORTED
   */
  override async transform(vectors: Features, options?: AbortOptions): Promise<Features>
  override async transform(vectors: Matrix | SparseMatrix, options?: AbortOptions): Promise<Matrix>
  override async transform(
    vectors: Matrix | SparseMatrix | Features,
    options: AbortOptions = {},
  ): Promise<Matrix | Features> {
    options = checkOptions('TruncatedSVD.transform', options, ['signal'])
    if (!(vectors instanceof SparseMatrix)) return super.transform(vectors as Matrix, options)
    const state = this.fitted('transform')
    checkCols('TruncatedSVD.transform', vectors, state.components.cols)
    return this.#coordinates(vectors, await this.mapThere(state), options.signal)
  }

  async #coordinates(x: Matrix | SparseMatrix, map: RowMap, signal: AbortSignal | undefined): Promise<Matrix> {
    if (x instanceof Matrix) return mapRows(x, map, signal)
    const csr = csrOf(x)
    const data = await nativeCall(signal, (native, abort) => native.csrMultiply(csr, map.weights, abort))
    return new Matrix(x.rows, map.weights.cols, data)
  }

  /** @internal */
  protected async there(state: ReductionState): Promise<RowMap> {
    return projection(state.components, null, null, undefined)
  }

  /** @internal */
  protected async back(state: ReductionState): Promise<RowMap> {
    return reconstruction(state.components, null, null, undefined)
  }

  /** @internal */
  protected saved(): SavedState {
    return { tensors: {}, config: { options: { ...this.options } } }
  }

  /**
   * Saves to a folder, atomically even over an older one.
   * @throws ERR_NOT_FITTED; ERR_IO if the path is a file, cannot be written or holds a config.json of something else;
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('TruncatedSVD.save', options, ['signal'])
    await this.saveState(dir, KIND, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum.
   * @throws ERR_MODEL_FILE if the folder holds no truncated SVD, or a damaged, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<TruncatedSVD> {
    options = checkOptions('TruncatedSVD.load', options, ['signal'])
    const { state, config } = await loadReduction(dir, KIND, options)
    return fromConfig(dir, () => {
      const svd = new TruncatedSVD(config.options as TruncatedSVDOptions)
      svd.state = state
      return svd
    })
  }
}

guardReceivers(TruncatedSVD)

/** @throws ERR_TOO_LARGE for a sparse matrix whose vectors, a number for each column whether or not it is used, are too long */
function checkWidth({ rows, cols }: SparseMatrix, vectors: number): void {
  if (vectors * cols > MOST_NUMBERS)
    throw new KindredError(
      'ERR_TOO_LARGE',
      `TruncatedSVD.fit: [${rows}, ${cols}] needs ${vectors} vectors of ${cols} numbers, beyond the limit of 2^30 in all. Give fewer columns, as HashingVectorizer with fewer features or takeColumns does, or fewer components.`,
    )
}

/** The variance of all columns together, divided by n. */
async function totalVariance(x: Matrix | SparseMatrix, signal: AbortSignal | undefined): Promise<number> {
  if (x instanceof Matrix) {
    const { squares } = await nativeCall(signal, (native, abort) => native.columnMoments(x, abort))
    return squares.reduce((a, b) => a + b, 0) / x.rows
  }
  const sums = new Float64Array(x.cols)
  let squares = 0
  await new LoopYielder(signal).over(x.nonzeros, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const value = x.values[n]!
      sums[x.indices[n]!]! += value
      squares += value * value
    }
  })
  return squares / x.rows - sums.reduce((total, sum) => total + (sum / x.rows) ** 2, 0)
}
