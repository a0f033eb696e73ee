import { Features } from '../../data/features.js'
import { gatherRowsYielding } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { fromConfig } from './reduction.js'
import { checkCols, mapRows, matrixOf, type RowMap, withIdsOf } from './vectors.js'

/** Options of {@link CanonicalCorrelation}. */
export interface CanonicalCorrelationOptions {
  /** How many pairs of directions, from 1 to the lesser number of dims. Default 32. */
  components?: number
  /**
   * What is added to the variances on the diagonal of both covariance matrices (the canonical ridge of Vinod 1976), from 0, in
   * squares of the vectors' own unit. Default 0; with few vectors for many dims, correlations are those of chance without.
   */
  regularization?: number
}

/** Options of `CanonicalCorrelation.transform`. */
export interface CanonicalTransformOptions extends AbortOptions {
  /** Which of the two modalities of `fit` the vectors are of; default 'x', the first. */
  view?: 'x' | 'y'
}

interface CanonicalState {
  /** [dims] of each side */
  readonly mean: { readonly x: Float64Array; readonly y: Float64Array }
  /** [dims, components] of each side */
  readonly weights: { readonly x: Matrix; readonly y: Matrix }
  /** [components] */
  readonly correlations: Float64Array
  readonly samplesSeen: number
  readonly unpaired: number
}

const KIND = { kind: 'canonical-correlation' }

/**
 * Canonical correlation analysis (Hotelling 1936): two modalities of the same items, such as texts and pictures, in one space whose
 * coordinates correlate most between them. Both covariance matrices are whitened, and the singular value decomposition of what is
 * between them gives directions and correlations. On the vectors of `fit`, coordinates of either side have variance 1 (divided by
 * n - 1; less with `regularization`) and do not correlate with one another. Where a side varies in fewer directions than wanted,
 * the last weights and correlations are 0.
 */
export class CanonicalCorrelation {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<CanonicalCorrelationOptions>>
  #state: CanonicalState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: CanonicalCorrelationOptions = {}) {
    options = checkOptions('CanonicalCorrelation', options, ['components', 'regularization'])
    this.options = Object.freeze({
      components: checkInteger('components', options.components ?? 32, { min: 1 }),
      regularization: checkNumber('regularization', options.regularization ?? 0, { min: 0 }),
    })
  }

  #fitted(what: string): CanonicalState {
    if (this.#state !== undefined) return this.#state
    throw new KindredError('ERR_NOT_FITTED', `CanonicalCorrelation.${what}: nothing is learnt yet. Call fit first.`)
  }

  /** The correlation of each pair of coordinates on the vectors of `fit` [components], from 0 to 1, largest first; regularised, of the whitened sides. @throws ERR_NOT_FITTED */
  get correlations(): Float64Array {
    return this.#fitted('correlations').correlations
  }

  /** The first side's weights [dims, components]: coordinates are (x - mean) times these. @throws ERR_NOT_FITTED */
  get xWeights(): Matrix {
    return this.#fitted('xWeights').weights.x
  }

  /** The second side's weights [dims, components]. @throws ERR_NOT_FITTED */
  get yWeights(): Matrix {
    return this.#fitted('yWeights').weights.y
  }

  /** How many pairs of vectors it was fitted on. @throws ERR_NOT_FITTED */
  get samplesSeen(): number {
    return this.#fitted('samplesSeen').samplesSeen
  }

  /** How many items of the Features of `fit` were left out because the other side lacked them. @throws ERR_NOT_FITTED */
  get unpaired(): number {
    return this.#fitted('unpaired').unpaired
  }

  /**
   * Learns from pairs of vectors: row i of `x` [n, dims] and row i of `y` [n, other dims]; of Features those of the same id, while
   * the others are left out and counted as {@link unpaired}.
   * @throws ERR_SHAPE for matrices of unlike numbers of rows, ERR_DATA for fewer than 2 pairs, ERR_VALUE for more components than
   * the lesser dims, for a Matrix beside Features and for numbers that are not finite; ERR_ABORTED. What was learnt before is then kept.
   */
  async fit(x: Matrix | Features, y: Matrix | Features, options: AbortOptions = {}): Promise<this> {
    options = checkOptions('CanonicalCorrelation.fit', options, ['signal'])
    throwIfAborted(options.signal)
    const pairs = await paired(x, y, options.signal)
    const { components, regularization } = this.options
    if (pairs.x.rows < 2)
      throw new KindredError(
        'ERR_DATA',
        `CanonicalCorrelation.fit: expected at least 2 pairs of vectors but received ${pairs.x.rows}.`,
      )
    const found = await nativeCall(options.signal, (native, abort) =>
      native.canonicalCorrelation(pairs.x, pairs.y, components, regularization, regularization, abort),
    )
    this.#state = {
      mean: { x: found.xMean, y: found.yMean },
      weights: {
        x: new Matrix(pairs.x.cols, components, found.xWeights),
        y: new Matrix(pairs.y.cols, components, found.yWeights),
      },
      correlations: found.correlations,
      samplesSeen: pairs.x.rows,
      unpaired: pairs.unpaired,
    }
    return this
  }

  /**
   * The coordinates of vectors [n, dims] of one side in the common space, [n, components]; Features keep their ids.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for vectors of another length, ERR_VALUE for a number that is not finite, naming its
   * row; ERR_ABORTED
   */
  async transform(vectors: Features, options?: CanonicalTransformOptions): Promise<Features>
  async transform(vectors: Matrix, options?: CanonicalTransformOptions): Promise<Matrix>
  async transform(vectors: Matrix | Features, options: CanonicalTransformOptions = {}): Promise<Matrix | Features> {
    options = checkOptions('CanonicalCorrelation.transform', options, ['view', 'signal'])
    const view = checkOneOf('view', options.view ?? 'x', ['x', 'y'] as const)
    const { mean, weights } = this.#fitted('transform')
    const x = matrixOf('CanonicalCorrelation.transform', vectors)
    checkCols('CanonicalCorrelation.transform', x, weights[view].rows)
    const mapped = await mapRows(x, mapOf(weights[view], mean[view]), options.signal)
    return withIdsOf(vectors, mapped, options.signal)
  }

  /**
   * Saves to a folder, atomically even over an older one.
   * @throws ERR_NOT_FITTED; ERR_IO if the path is a file, cannot be written or holds a config.json of something else;
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('CanonicalCorrelation.save', options, ['signal'])
    const { mean, weights, correlations, samplesSeen, unpaired } = this.#fitted('save')
    const tensors = {
      'x.mean': vectorTensor(mean.x),
      'y.mean': vectorTensor(mean.y),
      'x.weights': matrixTensor(weights.x),
      'y.weights': matrixTensor(weights.y),
      correlations: vectorTensor(correlations),
    }
    await saveFolder(dir, KIND, { config: { options: this.options, samplesSeen, unpaired }, tensors }, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum.
   * @throws ERR_MODEL_FILE if the folder holds no canonical correlation analysis, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<CanonicalCorrelation> {
    options = checkOptions('CanonicalCorrelation.load', options, ['signal'])
    const { config, tensors } = await loadFolder(dir, KIND, options)
    return fromConfig(dir, () => {
      const cca = new CanonicalCorrelation(config.options as CanonicalCorrelationOptions)
      const cols = cca.options.components
      const weights = { x: tensors.matrix('x.weights', { cols }), y: tensors.matrix('y.weights', { cols }) }
      cca.#state = {
        weights,
        mean: {
          x: tensors.vector('x.mean', Float64Array, weights.x.rows),
          y: tensors.vector('y.mean', Float64Array, weights.y.rows),
        },
        correlations: tensors.vector('correlations', Float64Array, cols),
        samplesSeen: checkInteger('samplesSeen', config.samplesSeen, { min: 2 }),
        unpaired: checkInteger('unpaired', config.unpaired, { min: 0 }),
      }
      return cca
    })
  }
}

guardReceivers(CanonicalCorrelation)

function mapOf(weights: Matrix, mean: Float64Array): RowMap {
  const sums = new Float64Array(weights.cols)
  for (let r = 0; r < weights.rows; r++)
    for (let c = 0; c < weights.cols; c++) sums[c]! -= mean[r]! * weights.data[r * weights.cols + c]!
  return { weights, bias: Float32Array.from(sums) }
}

async function paired(
  x: Matrix | Features,
  y: Matrix | Features,
  signal: AbortSignal | undefined,
): Promise<{ x: Matrix; y: Matrix; unpaired: number }> {
  const left = matrixOf('CanonicalCorrelation.fit: x', x)
  const right = matrixOf('CanonicalCorrelation.fit: y', y)
  if (!(x instanceof Features) && !(y instanceof Features)) {
    if (left.rows === right.rows) return { x: left, y: right, unpaired: 0 }
    throw new KindredError(
      'ERR_SHAPE',
      `CanonicalCorrelation.fit: expected as many rows on both sides but received ${left.rows} and ${right.rows}. Give Features to pair them by id.`,
    )
  }
  if (!(x instanceof Features && y instanceof Features))
    throw new KindredError(
      'ERR_VALUE',
      'CanonicalCorrelation.fit: expected two matrices or two Features but received one of each. Features pair vectors by id, matrices by row.',
    )
  const rows: number[] = []
  const places: number[] = []
  for (const [row, id] of [...x.ids].entries()) {
    const place = y.ids.indexOf(id)
    if (place < 0) continue
    rows.push(row)
    places.push(place)
  }
  return {
    x: await gatherRowsYielding(left, rows, signal),
    y: await gatherRowsYielding(right, places, signal),
    unpaired: x.size + y.size - 2 * rows.length,
  }
}
