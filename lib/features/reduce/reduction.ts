import type { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { type FolderKind, loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { matrixTensor, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkCols, mapRows, matrixOf, type RowMap, withIdsOf } from './vectors.js'

/** Options of what learns from vectors. */
export interface ReduceFitOptions extends AbortOptions {
  /** Called after each step. */
  onProgress?: (progress: Progress) => void
}

/** What a reduction has learnt. */
export interface ReductionState {
  /** [components, dims] */
  readonly components: Matrix
  /** [components] each */
  readonly singularValues: Float64Array
  /** [components], the variance along each. */
  readonly explainedVariance: Float64Array
  /** [components], its share of the whole variance. */
  readonly explainedVarianceRatio: Float64Array
}

/** The tensors and numbers of a state, for a folder. */
export interface SavedState {
  readonly tensors: Record<string, Tensor>
  readonly config: Record<string, unknown>
}

/** What maps vectors onto fewer numbers, the coordinates along its components, and back. */
export abstract class Reduction<State extends ReductionState> {
  /** @internal */
  protected state: State | undefined
  /** @internal The maps there and back of the state that they were made of. */
  #maps: { state: State; there: Promise<RowMap>; back: Promise<RowMap> | undefined } | undefined

  /** The name of the class. @internal */
  protected abstract readonly name: string
  /** @internal */
  protected abstract there(state: State): Promise<RowMap>
  /** @internal */
  protected abstract back(state: State): Promise<RowMap>
  /** What a folder keeps beside the tensors that all reductions have. @internal */
  protected abstract saved(state: State): SavedState

  /** @internal @throws ERR_NOT_FITTED */
  protected fitted(what: string): State {
    if (this.state === undefined)
      throw new KindredError('ERR_NOT_FITTED', `${this.name}.${what}: nothing is learnt yet. Call fit first.`)
    return this.state
  }

  /** The directions [components, dims], orthonormal rows, the largest first; of each the largest element is positive. @throws ERR_NOT_FITTED */
  get components(): Matrix {
    return this.fitted('components').components
  }

  /** The singular value of each component [components]. @throws ERR_NOT_FITTED */
  get singularValues(): Float64Array {
    return this.fitted('singularValues').singularValues
  }

  /** The variance of the vectors along each component [components]. @throws ERR_NOT_FITTED */
  get explainedVariance(): Float64Array {
    return this.fitted('explainedVariance').explainedVariance
  }

  /** That variance as a share of the variance of all columns together [components]. @throws ERR_NOT_FITTED */
  get explainedVarianceRatio(): Float64Array {
    return this.fitted('explainedVarianceRatio').explainedVarianceRatio
  }

  /**
   * The coordinates of vectors [n, dims] along the components, [n, components]; Features keep their ids.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for vectors of another length, ERR_VALUE for a number that is not finite, naming its
   * row; ERR_ABORTED
   */
  async transform(vectors: Features, options?: AbortOptions): Promise<Features>
  async transform(vectors: Matrix, options?: AbortOptions): Promise<Matrix>
  async transform(vectors: Matrix | Features, options: AbortOptions = {}): Promise<Matrix | Features> {
    options = checkOptions(`${this.name}.transform`, options, ['signal'])
    const state = this.fitted('transform')
    const x = matrixOf(`${this.name}.transform`, vectors)
    checkCols(`${this.name}.transform`, x, state.components.cols)
    return withIdsOf(vectors, await mapRows(x, await this.mapThere(state), options.signal), options.signal)
  }

  /**
   * The vectors [n, dims] that coordinates [n, components] stand for: what {@link transform} was given, as far as the
   * components hold it.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for another number of coordinates, ERR_VALUE, ERR_ABORTED
   */
  async inverseTransform(vectors: Features, options?: AbortOptions): Promise<Features>
  async inverseTransform(vectors: Matrix, options?: AbortOptions): Promise<Matrix>
  async inverseTransform(vectors: Matrix | Features, options: AbortOptions = {}): Promise<Matrix | Features> {
    options = checkOptions(`${this.name}.inverseTransform`, options, ['signal'])
    const state = this.fitted('inverseTransform')
    const x = matrixOf(`${this.name}.inverseTransform`, vectors)
    if (x.cols !== state.components.rows)
      throw new KindredError(
        'ERR_SHAPE',
        `${this.name}.inverseTransform: expected ${state.components.rows} coordinates, one per component, but received ${x.cols}.`,
      )
    const maps = this.mapsOf(state)
    maps.back ??= this.back(state)
    return withIdsOf(vectors, await mapRows(x, await maps.back, options.signal), options.signal)
  }

  /** @internal */
  protected mapThere(state: State): Promise<RowMap> {
    return this.mapsOf(state).there
  }

  private mapsOf(state: State) {
    if (this.#maps?.state !== state) this.#maps = { state, there: this.there(state), back: undefined }
    return this.#maps
  }

  /** @internal */
  protected async saveState(dir: string, kind: FolderKind, options: AbortOptions): Promise<void> {
    const state = this.fitted('save')
    const { tensors, config } = this.saved(state)
    const common = {
      components: matrixTensor(state.components),
      'singular.values': vectorTensor(state.singularValues),
      'explained.variance': vectorTensor(state.explainedVariance),
      'explained.variance.ratio': vectorTensor(state.explainedVarianceRatio),
    }
    await saveFolder(dir, kind, { config, tensors: { ...common, ...tensors } }, options)
  }
}

guardReceivers(Reduction)

/** What {@link Reduction.saveState} wrote. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadReduction(
  dir: string,
  kind: FolderKind,
  options: AbortOptions,
): Promise<{ state: ReductionState; tensors: SavedTensors; config: Readonly<Record<string, unknown>> }> {
  const { config, tensors } = await loadFolder(dir, kind, options)
  const components = tensors.matrix('components')
  const vector = (name: string) => tensors.vector(name, Float64Array, components.rows)
  const state = {
    components,
    singularValues: vector('singular.values'),
    explainedVariance: vector('explained.variance'),
    explainedVarianceRatio: vector('explained.variance.ratio'),
  }
  return { state, tensors, config }
}

/** `make` with what a config.json says, whose errors are those of a damaged file. @throws ERR_MODEL_FILE */
export function fromConfig<T>(dir: string, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    const { message } = cause as Error
    throw new KindredError('ERR_MODEL_FILE', `${dir}: config.json is damaged: ${message}`, { cause })
  }
}

/** [components, dims] with the components' own memory, whatever view they were. */
export function firstRows(matrix: Matrix, rows: number): Matrix {
  return rows === matrix.rows ? matrix : new Matrix(rows, matrix.cols, matrix.data.slice(0, rows * matrix.cols))
}
