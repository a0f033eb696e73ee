import { ChangeQueue } from '../../data/change-queue.js'
import type { Features } from '../../data/features.js'
import { gatherRowsYielding } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { fromConfig } from '../../features/reduce/reduction.js'
import { checkCols, mapRows, matrixOf, type RowMap, turned, withIdsOf } from '../../features/reduce/vectors.js'
import { checkInteger, checkIterable, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { type TrainingHistory, trainingHistory } from '../../nn/train/history.js'
import { fitProjection } from './fit-projection.js'
import { VIEWS, type View } from './projection-network.js'
import {
  type CrossModalProjectionOptions,
  type CrossModalProjectionSettings,
  type EvaluateProjectionOptions,
  type FitProjectionOptions,
  type ProjectOptions,
  projectionOptions,
} from './projection-options.js'
import { checkSide, pairById, unitRowsOf } from './projection-pairs.js'
import { chanceOf, partnerRanks, type RetrievalReport, retrievalFigures } from './retrieval-report.js'

const KIND = { kind: 'cross-modal-projection' }
const NAME = 'CrossModalProjection'

interface ProjectionState {
  /** Of each side: weights [its dims, dims], bias [dims]. */
  readonly maps: Readonly<Record<View, RowMap>>
  readonly temperature: number
  readonly samplesSeen: number
  readonly unpaired: number
}

/**
 * Brings the vectors of two encoders, such as one of texts and one of pictures, into one space in which those of one item lie
 * together, so that texts find pictures and pictures texts. Both encoders stay as they are; a linear map of each is trained on pairs,
 * each of a batch against all others of it, with a learnt temperature (Radford et al. 2021, "Learning transferable visual models from
 * natural language supervision", section 2.3). It begins as a `CanonicalCorrelation` of both sides' principal components,
 * which is what few pairs tell; training with dropout goes on from there. Same seed, same bits for any number of threads, on one
 * instruction set.
 */
export class CrossModalProjection {
  /** The options in force; those of training that are absent are the defaults of `fit`. */
  readonly options: CrossModalProjectionSettings
  /** Epochs of the last fit, each with its loss and, as `validation`, the mean reciprocal rank of held-out partners; it plots itself. */
  history: TrainingHistory<number> = trainingHistory()
  #state: ProjectionState | undefined
  readonly #changes = new ChangeQueue()

  /** @throws ERR_VALUE naming the option */
  constructor(options: CrossModalProjectionOptions = {}) {
    this.options = projectionOptions(options)
  }

  #fitted(what: string): ProjectionState {
    if (this.#state !== undefined) return this.#state
    throw new KindredError('ERR_NOT_FITTED', `${NAME}.${what}: nothing is learnt yet. Call fit first.`)
  }

  /** Length of the vectors of the common space. */
  get dims(): number {
    return this.options.dims
  }

  /** How many pairs it learnt from. @throws ERR_NOT_FITTED */
  get samplesSeen(): number {
    return this.#fitted('samplesSeen').samplesSeen
  }

  /** How many items of `fit` only one side had. @throws ERR_NOT_FITTED */
  get unpaired(): number {
    return this.#fitted('unpaired').unpaired
  }

  /** What cosines are divided by, as it was learnt. @throws ERR_NOT_FITTED */
  get temperature(): number {
    return this.#fitted('temperature').temperature
  }

  /**
   * Learns from the items that both sides have; the others are left out and counted as {@link unpaired}. Fitting again begins anew.
   * @throws ERR_VALUE for what is no Features, NaN or an illegal option; ERR_DATA for fewer than 2 pairs, or vectors without numbers;
   * ERR_NOT_FINITE if training diverges; ERR_MODEL_FILE, ERR_IO of a checkpoint; ERR_ABORTED. What was learnt before is then kept.
   */
  async fit(x: Features, y: Features, options: FitProjectionOptions = {}): Promise<this> {
    options = checkOptions(`${NAME}.fit`, options, [
      'validation',
      'checkpoint',
      'checkpointEvery',
      'signal',
      'onProgress',
    ])
    const { signal, validation } = options
    checkSide(`${NAME}.fit: x`, x)
    checkSide(`${NAME}.fit: y`, y)
    if (validation !== undefined && !(typeof validation === 'number' && validation > 0 && validation < 1))
      throw new KindredError(
        'ERR_VALUE',
        `validation: expected a share above 0 and below 1 but received ${show(validation)}.`,
      )
    return this.#changes.run(async () => {
      throwIfAborted(signal)
      const { xRows, yRows } = await pairById(`${NAME}.fit`, x, y, signal)
      const sides = [await unitRowsOf(x.matrix, xRows, signal), await unitRowsOf(y.matrix, yRows, signal)] as const
      const { weights, temperature, history, samples } = await fitProjection(this.options, ...sides, options)
      const mapOf = async (view: View, cols: number): Promise<RowMap> => ({
        weights: await turned(new Matrix(this.dims, cols, weights.get(`${view}.weight`)!), signal),
        bias: weights.get(`${view}.bias`)!,
      })
      this.#state = {
        maps: { x: await mapOf('x', x.dims), y: await mapOf('y', y.dims) },
        temperature,
        samplesSeen: samples,
        unpaired: x.size + y.size - 2 * xRows.length,
      }
      this.history = history
      return this
    }, signal)
  }

  /**
   * Vectors [n, dims] of one side in the common space, of norm 1 [n, `dims`]; Features keep their ids. The cosine of a text and a
   * picture there says how well they fit.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for vectors of another length, ERR_VALUE for a number that is not finite, naming its row;
   * ERR_ABORTED
   */
  async transform(vectors: Features, options?: ProjectOptions): Promise<Features>
  async transform(vectors: Matrix, options?: ProjectOptions): Promise<Matrix>
  async transform(vectors: Matrix | Features, options: ProjectOptions = {}): Promise<Matrix | Features> {
    options = checkOptions(`${NAME}.transform`, options, ['view', 'signal'])
    const view = checkOneOf('view', options.view ?? 'x', VIEWS)
    const map = this.#fitted('transform').maps[view]
    const given = matrixOf(`${NAME}.transform`, vectors)
    checkCols(`${NAME}.transform`, given, map.weights.rows)
    return withIdsOf(vectors, await project(given, map, options.signal), options.signal)
  }

  /**
   * How well the vectors of each side find their partners among all of the other: the recall of the k nearest, the mean reciprocal
   * and the median rank, and what chance would give. Judge it on pairs that `fit` did not have; other items of either side may be there
   * too, and make it harder. Of equal cosines the partner comes last.
   * @throws ERR_NOT_FITTED, ERR_DATA if the sides have no item in common, ERR_SHAPE, ERR_VALUE, ERR_ABORTED
   */
  async evaluate(x: Features, y: Features, options: EvaluateProjectionOptions = {}): Promise<RetrievalReport> {
    options = checkOptions(`${NAME}.evaluate`, options, ['k', 'signal'])
    const { signal } = options
    const k = [...checkIterable('k', options.k ?? [1, 5, 10], 'a list of lengths')]
    for (const one of k) checkInteger('k', one, { min: 1 })
    checkSide(`${NAME}.evaluate: x`, x)
    checkSide(`${NAME}.evaluate: y`, y)
    const sides = [await this.transform(x, { signal }), await this.transform(y, { view: 'y', signal })] as const
    const { xRows, yRows } = await pairById(`${NAME}.evaluate`, x, y, signal)
    const [first, second] = sides.map(({ matrix }) => matrix) as [Matrix, Matrix]
    const ranksOf = async (from: Matrix, rows: Int32Array, to: Matrix, partners: Int32Array) =>
      retrievalFigures(await partnerRanks(await gatherRowsYielding(from, rows, signal), to, partners, signal), k)
    return Object.freeze({
      pairs: xRows.length,
      xToY: await ranksOf(first, xRows, second, yRows),
      yToX: await ranksOf(second, yRows, first, xRows),
      chance: { xToY: chanceOf(y.size, k), yToX: chanceOf(x.size, k) },
    })
  }

  /**
   * Saves to a folder, atomically even over an older one.
   * @throws ERR_NOT_FITTED; ERR_IO if the path is a file, cannot be written or holds a config.json of something else;
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions(`${NAME}.save`, options, ['signal'])
    const { maps, temperature, samplesSeen, unpaired } = this.#fitted('save')
    const tensors = Object.fromEntries(
      VIEWS.flatMap((view) => [
        [`${view}.weights`, matrixTensor(maps[view].weights)],
        [`${view}.bias`, vectorTensor(maps[view].bias)],
      ]),
    )
    await saveFolder(
      dir,
      KIND,
      { config: { options: this.options, temperature, samplesSeen, unpaired }, tensors },
      options,
    )
  }

  /**
   * Loads what {@link save} saved, verified against its checksum; its history is empty.
   * @throws ERR_MODEL_FILE if the folder holds no CrossModalProjection, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<CrossModalProjection> {
    options = checkOptions(`${NAME}.load`, options, ['signal'])
    const { config, tensors } = await loadFolder(dir, KIND, options)
    const { projection, ...numbers } = fromConfig(dir, () => ({
      projection: new CrossModalProjection(config.options as CrossModalProjectionOptions),
      temperature: checkNumber('temperature', config.temperature, { min: 0.01 }),
      samplesSeen: checkInteger('samplesSeen', config.samplesSeen, { min: 2 }),
      unpaired: checkInteger('unpaired', config.unpaired, { min: 0 }),
    }))
    const { dims } = projection
    const mapOf = (view: View): RowMap => ({
      weights: tensors.matrix(`${view}.weights`, { cols: dims }),
      bias: tensors.vector(`${view}.bias`, Float32Array, dims),
    })
    projection.#state = { maps: { x: mapOf('x'), y: mapOf('y') }, ...numbers }
    return projection
  }
}

guardReceivers(CrossModalProjection)

/** Rows of norm 1, mapped, of norm 1 again. */
async function project(vectors: Matrix, map: RowMap, signal: AbortSignal | undefined): Promise<Matrix> {
  const mapped = await mapRows(await unitRowsOf(vectors, undefined, signal), map, signal)
  await nativeCall(signal, (native, abort) => native.normalizeRows(mapped, abort))
  return mapped
}
