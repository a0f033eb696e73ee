import { ChangeQueue } from '../../data/change-queue.js'
import type { Features } from '../../data/features.js'
import type { Matrix } from '../../data/matrix.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { fitPca, solverFor } from './fit-pca.js'
import { mergeBatch } from './incremental.js'
import { type PCAOptions, type PCASettings, pcaSettings } from './pca-options.js'
import { type PCAState, pcaState } from './pca-state.js'
import { fromConfig, loadReduction, type ReduceFitOptions, Reduction, type SavedState } from './reduction.js'
import { checkCols, matrixOf, projection, type RowMap, reconstruction } from './vectors.js'

const KIND = { kind: 'pca' }

/**
 * Principal component analysis (Pearson 1901): vectors [n, dims] on the few directions along which they vary most. Results
 * and conventions are those of scikit-learn's PCA, `partialFit` those of its IncrementalPCA: variances are divided by n - 1,
 * and the largest element of each component is positive.
 *
 * Up to n * dims^2 = 2^32 sums are in double; beyond, products are in float over blocks of 2,048 rows less the mean of a sample,
 * and these in double. Components of type 'randomized' beyond the rank of the vectors are 0. Same vectors, same bits for any number of
 * threads, on one instruction set.
 */
export class PCA extends Reduction<PCAState> {
  /** The options in force, defaults filled in. */
  readonly options: PCASettings
  /** @internal */
  protected readonly name = 'PCA'
  readonly #changes = new ChangeQueue()

  /** @throws ERR_VALUE naming the option */
  constructor(options: PCAOptions = {}) {
    super()
    this.options = pcaSettings(options)
  }

  /** The mean that is subtracted [dims]. @throws ERR_NOT_FITTED */
  get mean(): Float64Array {
    return this.fitted('mean').mean
  }

  /** How many vectors it was fitted on. @throws ERR_NOT_FITTED */
  get samplesSeen(): number {
    return this.fitted('samplesSeen').samplesSeen
  }

  /** Which solver was taken. @throws ERR_NOT_FITTED */
  get solver(): 'covariance' | 'randomized' | 'incremental' {
    return this.fitted('solver').solver
  }

  /**
   * Learns from vectors [n, dims], n >= 2, and forgets what it had learnt before. With 'covariance' in 2 steps: the covariance
   * matrix, its eigenvectors.
   * @throws ERR_DATA for fewer than 2 vectors, ERR_VALUE for more components than min(n, dims) and for numbers that are not finite,
   * ERR_ABORTED. What was learnt before is then kept.
   */
  async fit(vectors: Matrix | Features, options: ReduceFitOptions = {}): Promise<this> {
    options = checkOptions('PCA.fit', options, ['signal', 'onProgress'])
    const x = matrixOf('PCA.fit', vectors)
    if (x.rows < 2 || x.cols < 1)
      throw new KindredError(
        'ERR_DATA',
        `PCA.fit: expected at least 2 vectors of at least 1 number but received [${x.rows}, ${x.cols}].`,
      )
    return this.#changes.run(async () => {
      throwIfAborted(options.signal)
      const axes = await fitPca(x, this.options, options)
      this.state = pcaState(axes, x.rows, solverFor(x, this.options))
      return this
    }, options.signal)
  }

  /** {@link fit}, then {@link transform}. @throws as those */
  async fitTransform(vectors: Features, options?: ReduceFitOptions): Promise<Features>
  async fitTransform(vectors: Matrix, options?: ReduceFitOptions): Promise<Matrix>
  async fitTransform(vectors: Matrix | Features, options: ReduceFitOptions = {}): Promise<Matrix | Features> {
    options = checkOptions('PCA.fitTransform', options, ['signal', 'onProgress'])
    await this.fit(vectors, options)
    return this.transform(vectors as Matrix, { signal: options.signal })
  }

  /**
   * Learns from further vectors [n, dims] of a stream, of which the components, the mean and the variance are kept, not the
   * vectors (Ross, Lim, Lin, Yang 2008, "Incremental learning for robust visual tracking", section 2.1). The first call, unless
   * `fit` came before, needs as many vectors as components. Calls are made one after the other.
   * @throws ERR_DATA for too few vectors, ERR_SHAPE for vectors of another length, ERR_VALUE, ERR_ABORTED; ERR_NOT_SUPPORTED
   * with a share of variance for `components`. What was learnt before is then kept.
   */
  async partialFit(vectors: Matrix | Features, options: AbortOptions = {}): Promise<this> {
    options = checkOptions('PCA.partialFit', options, ['signal'])
    const x = matrixOf('PCA.partialFit', vectors)
    return this.#changes.run(async () => {
      throwIfAborted(options.signal)
      if (this.state !== undefined) checkCols('PCA.partialFit', x, this.state.components.cols)
      if (x.rows > 0) this.state = await mergeBatch(this.state, x, this.options, options.signal)
      return this
    }, options.signal)
  }

  /** @internal */
  protected async there(state: PCAState): Promise<RowMap> {
    return projection(state.components, state.mean, this.#scales(state, -0.5), undefined)
  }

  /** @internal */
  protected async back(state: PCAState): Promise<RowMap> {
    return reconstruction(state.components, state.mean, this.#scales(state, 0.5), undefined)
  }

  /** Powers of the variances, 0 where there is none; null unless coordinates are whitened. */
  #scales({ explainedVariance }: PCAState, power: number): Float64Array | null {
    if (!this.options.whiten) return null
    const least = 1e-12 * (explainedVariance[0] ?? 0)
    return explainedVariance.map((variance) => (variance > least ? variance ** power : 0))
  }

  /** @internal */
  protected saved(state: PCAState): SavedState {
    const { samplesSeen, solver, total } = state
    const options = { ...this.options, components: this.options.components ?? null }
    return { tensors: { mean: vectorTensor(state.mean) }, config: { options, samplesSeen, solver, total } }
  }

  /**
   * Saves to a folder, atomically even over an older one.
   * @throws ERR_NOT_FITTED; ERR_IO if the path is a file, cannot be written or holds a config.json of something else;
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('PCA.save', options, ['signal'])
    await this.saveState(dir, KIND, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum.
   * @throws ERR_MODEL_FILE if the folder holds no PCA, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<PCA> {
    options = checkOptions('PCA.load', options, ['signal'])
    const { state, tensors, config } = await loadReduction(dir, KIND, options)
    return fromConfig(dir, () => {
      const given = { ...(config.options as PCAOptions & { components: number | null }) }
      const pca = new PCA({ ...given, components: given.components ?? undefined })
      const { solver } = config as unknown as PCAState
      pca.state = {
        ...state,
        mean: tensors.vector('mean', Float64Array, state.components.cols),
        samplesSeen: checkInteger('samplesSeen', config.samplesSeen, { min: 1 }),
        total: Number(config.total),
        solver,
      }
      return pca
    })
  }
}

guardReceivers(PCA)
