import { ChangeQueue } from '../../data/change-queue.js'
import { Features } from '../../data/features.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { blockEntries } from '../../features/fuse/block-options.js'
import type { FeatureBlocks, FeatureFusion, FusionReport } from '../../features/fuse/feature-fusion.js'
import { fromConfig } from '../../features/reduce/reduction.js'
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
  unknownName,
} from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type TrainingHistory, trainingHistory } from '../../nn/train/history.js'
import { checkFitFusion, type FusionSamples, fitFusion } from './fit-fusion.js'
import { fusionShapes } from './fusion-network.js'
import {
  type FitFusionOptions,
  fusionOptions,
  type ModalityFusionOptions,
  type ModalityFusionSettings,
} from './fusion-options.js'
import { FusionState } from './fusion-state.js'
import { type BlockShape, checkBlocks, checkShared, type PreparedBlocks, prepareBlocks } from './prepared-blocks.js'

const KIND = { kind: 'modality-fusion' }
const NAME = 'ModalityFusion'

/**
 * One vector of several modalities, such as text, picture and behaviour, learnt from labels or from what people chose. Each modality
 * is mapped into one space, and a learned attention says how much each counts for an item; what an item lacks is left out, and
 * since modalities fall away in training too (Neverova et al. 2016, "ModDrop"), its vector still lies near those of whole items.
 * Training begins with what `Concatenation` gives, as far as the principal components of the blocks hold it.
 *
 * It is a `FeatureFusion`, as `Concatenation` and `WeightedSum` are, and what it gives are Features that
 * {@link ContentBased}, {@link AlternatingLeastSquares} and all else take. Same seed, same bits for any number of threads, on
 * one instruction set.
 */
export class ModalityFusion implements FeatureFusion {
  /** The options in force; those of training that are absent are the defaults of `fit`. */
  readonly options: ModalityFusionSettings
  /** Epochs of the last fit, each with its loss and, as `validation`, minus the loss of what was held out; it plots itself. */
  history: TrainingHistory<number> = trainingHistory()
  #state: FusionState | undefined
  #report: FusionReport | undefined
  readonly #changes = new ChangeQueue()

  /** @throws ERR_VALUE naming the option */
  constructor(options: ModalityFusionOptions = {}) {
    this.options = fusionOptions(options)
  }

  #fitted(what: string): FusionState {
    if (this.#state !== undefined) return this.#state
    throw new KindredError('ERR_NOT_FITTED', `${NAME}.${what}: nothing is learnt yet. Call fit first.`)
  }

  /** Length of the vectors that {@link transform} gives. @throws ERR_NOT_FITTED */
  get dims(): number {
    return this.#fitted('dims').dims
  }

  /** The blocks' names, in the order of `fit` and of the columns of {@link attention}. @throws ERR_NOT_FITTED */
  get blocks(): readonly string[] {
    return this.#fitted('blocks').blocks.map(({ name }) => name)
  }

  /** What was learnt from. @throws ERR_NOT_FITTED */
  get samples(): FusionSamples {
    return this.#fitted('samples').samples
  }

  /** What cosines are divided by, as it was learnt. @throws ERR_NOT_FITTED */
  get temperature(): number {
    return this.#fitted('temperature').temperature
  }

  /** Of the {@link transform} or {@link attention} that ended last; undefined before. */
  get report(): FusionReport | undefined {
    return this.#report
  }

  /**
   * Learns how to fuse blocks of vectors, from labels of items or from behaviour. Fitting again begins anew.
   * @throws ERR_VALUE for what is no Features or holds NaN, for both or none of labels and behaviour, and for an illegal option; ERR_DATA
   * for a block without items, with zeros alone, or without an item that another block has, and for too little to learn from; ERR_DUPLICATE for an
   * item with two labels; ERR_NOT_FINITE if training diverges; ERR_MODEL_FILE, ERR_IO of a checkpoint; ERR_ABORTED. What was
   * learnt before is then kept.
   */
  async fit(blocks: FeatureBlocks, options: FitFusionOptions = {}): Promise<this> {
    options = checkOptions(`${NAME}.fit`, options, [
      'labels',
      'behaviour',
      'validation',
      'checkpoint',
      'checkpointEvery',
      'signal',
      'onProgress',
    ])
    const entries = blockEntries(`${NAME}.fit`, blocks)
    checkBlocks(`${NAME}.fit`, entries)
    checkFitFusion(options)
    return this.#changes.run(async () => {
      const { signal } = options
      throwIfAborted(signal)
      const shapes = entries.map(([name, { dims }]): BlockShape => ({ name, dims }))
      const prepared = await prepareBlocks(
        entries.map(([, features]) => features),
        shapes,
        signal,
      )
      await checkShared(`${NAME}.fit`, shapes, prepared, signal)
      const fitted = await fitFusion(this.options, shapes, prepared, options)
      this.#state = await FusionState.of(shapes, this.options.dims, fitted)
      this.history = fitted.history
      return this
    }, options.signal)
  }

  /**
   * One vector of norm 1 for each item that some block has, in the order in which they first come; zeros for one whose vectors are
   * all zeros. Blocks that `fit` had may be left out.
   * @throws ERR_NOT_FITTED, ERR_VALUE for a block that `fit` did not have and for NaN, ERR_SHAPE for vectors of another length,
   * ERR_ABORTED
   */
  async transform(blocks: FeatureBlocks, options: AbortOptions = {}): Promise<Features> {
    options = checkOptions(`${NAME}.transform`, options, ['signal'])
    const { prepared, vectors } = await this.#fuse('transform', blocks, options.signal)
    const features = await Features.fromAsync(prepared.ids, vectors, options)
    this.#report = prepared.report
    return features
  }

  /**
   * How much each block counts in the vector of each item: shares that add up to 1, in columns in the order of `blocks`; 0 for
   * a block that the item lacks.
   * @throws as {@link transform}
   */
  async attention(blocks: FeatureBlocks, options: AbortOptions = {}): Promise<Features> {
    options = checkOptions(`${NAME}.attention`, options, ['signal'])
    const { prepared, attention } = await this.#fuse('attention', blocks, options.signal)
    const features = await Features.fromAsync(prepared.ids, attention, options)
    this.#report = prepared.report
    return features
  }

  async #fuse(what: string, blocks: FeatureBlocks, signal: AbortSignal | undefined) {
    const state = this.#fitted(what)
    const prepared = await this.#prepare(state, what, blocks, signal)
    return { prepared, ...(await state.fuse(prepared, signal)) }
  }

  #prepare(
    { blocks }: FusionState,
    what: string,
    given: FeatureBlocks,
    signal: AbortSignal | undefined,
  ): Promise<PreparedBlocks> {
    const entries = blockEntries(`${NAME}.${what}`, given)
    const names = blocks.map(({ name }) => name)
    for (const [name, { dims }] of entries) {
      const block = blocks[names.indexOf(name)]
      if (block === undefined) throw unknownName(`${NAME}.${what}`, 'block', name, names)
      if (block.dims !== dims)
        throw new KindredError(
          'ERR_SHAPE',
          `${NAME}.${what}: expected vectors of ${block.dims} numbers in block ${name}, as those of fit, but received ${dims}.`,
        )
    }
    const byName = new Map(entries)
    return prepareBlocks(
      names.map((name) => byName.get(name) ?? null),
      blocks,
      signal,
    )
  }

  /**
   * Saves to a folder, atomically even over an older one.
   * @throws ERR_NOT_FITTED; ERR_IO if the path is a file, cannot be written or holds a config.json of something else;
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions(`${NAME}.save`, options, ['signal'])
    const { blocks, dims, weights, temperature, samples } = this.#fitted('save')
    const tensors = Object.fromEntries(
      [...fusionShapes(blocks, dims)].map(([name, shape]) => [
        name,
        { shape, read: () => weights.read(name, options) },
      ]),
    )
    await saveFolder(dir, KIND, { config: { options: this.options, blocks, temperature, samples }, tensors }, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum; its history is empty.
   * @throws ERR_MODEL_FILE if the folder holds no ModalityFusion, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<ModalityFusion> {
    options = checkOptions(`${NAME}.load`, options, ['signal'])
    const { config, tensors } = await loadFolder(dir, KIND, options)
    const { fusion, blocks, samples, temperature } = fromConfig(dir, () => ({
      fusion: new ModalityFusion(config.options as ModalityFusionOptions),
      blocks: checkSavedBlocks(config.blocks),
      samples: checkSamples(config.samples),
      temperature: checkNumber('temperature', config.temperature, { min: 0.01 }),
    }))
    const weights = new Map<string, Float32Array>()
    for (const [name, shape] of fusionShapes(blocks, fusion.options.dims)) {
      const data =
        shape.length === 1
          ? tensors.vector(name, Float32Array, shape[0])
          : tensors.matrix(name, { rows: shape[0], cols: shape[1] }).data
      weights.set(name, data)
    }
    fusion.#state = await FusionState.of(blocks, fusion.options.dims, { weights, temperature, samples })
    return fusion
  }
}

guardReceivers(ModalityFusion)

/** @throws ERR_VALUE for anything else than at least one block of a name of its own */
function checkSavedBlocks(saved: unknown): BlockShape[] {
  const blocks = (saved as readonly Partial<BlockShape>[]).map(({ name, dims }) => ({
    name: checkString('name', name),
    dims: checkInteger('dims', dims, { min: 1, max: 2 ** 24 }),
  }))
  checkInteger('blocks', new Set(blocks.map(({ name }) => name)).size, { min: Math.max(1, blocks.length) })
  return blocks
}

/** @throws ERR_VALUE */
function checkSamples(saved: unknown): FusionSamples {
  const { from, samples, unused } = saved as Partial<FusionSamples>
  return Object.freeze({
    from: checkOneOf('from', from, ['labels', 'behaviour']),
    samples: checkInteger('samples', samples, { min: 1 }),
    unused: checkInteger('unused', unused, { min: 0 }),
  })
}
