import { ChangeQueue } from '../../data/change-queue.js'
import { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { type FolderKind, loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkNumber, checkOptions, unknownName } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { fromConfig } from '../reduce/reduction.js'
import { type BlockFusionOptions, type BlockFusionSettings, blockEntries, fusionSettings } from './block-options.js'
import { type BlockPlaces, blockPlaces } from './block-places.js'
import type { FeatureBlocks, FeatureFusion, FusionReport } from './feature-fusion.js'

/** What a fusion knows of one block. */
interface Block {
  readonly name: string
  /** Length of its vectors. */
  readonly dims: number
  /** What its vectors are multiplied by: its weight, by the factor of 'mean-norm'. */
  readonly factor: number
  /** [dims] the mean of its vectors in `fit`, of norm 1 each with 'unit' */
  readonly mean: Float32Array
}

/** What {@link Concatenation} and {@link WeightedSum} share: the sizes of blocks, their scales and means. */
export abstract class BlockFusion implements FeatureFusion {
  /** The options in force, defaults filled in. */
  readonly options: BlockFusionSettings
  /** The name of the class. @internal */
  protected abstract readonly name: string
  #blocks: readonly Block[] | undefined
  #report: FusionReport | undefined
  readonly #changes = new ChangeQueue()

  /** @internal */
  protected constructor(where: string, options: BlockFusionOptions) {
    this.options = fusionSettings(where, options)
  }

  /** Where a block begins in the vectors that come out. @internal */
  protected abstract columnOf(dims: readonly number[], block: number): number
  /** Length of the vectors that come out. @throws ERR_SHAPE @internal */
  protected abstract widthOf(names: readonly string[], dims: readonly number[]): number
  /** What the known blocks of an item are multiplied by, given the weights of all and of the known. @internal */
  protected abstract rescale(all: readonly number[], known: readonly number[]): number

  #fitted(what: string): readonly Block[] {
    if (this.#blocks !== undefined) return this.#blocks
    throw new KindredError('ERR_NOT_FITTED', `${this.name}.${what}: nothing is learnt yet. Call fit first.`)
  }

  /** Length of the vectors that {@link transform} gives. @throws ERR_NOT_FITTED */
  get dims(): number {
    const blocks = this.#fitted('dims')
    return this.widthOf(
      blocks.map(({ name }) => name),
      blocks.map(({ dims }) => dims),
    )
  }

  /** The blocks' names, in the order of `fit`. @throws ERR_NOT_FITTED */
  get blocks(): readonly string[] {
    return this.#fitted('blocks').map(({ name }) => name)
  }

  /** Of the {@link transform} that ended last; undefined before. */
  get report(): FusionReport | undefined {
    return this.#report
  }

  /**
   * Learns the lengths of the blocks' vectors, and their means and mean norms.
   * @throws ERR_VALUE for what is no Features, for no blocks, and for a weight of a block that is not there; ERR_DATA for a block
   * without items; ERR_SHAPE for lengths that do not fit together; ERR_ABORTED. What was learnt before is then kept.
   */
  async fit(blocks: FeatureBlocks, options: AbortOptions = {}): Promise<this> {
    options = checkOptions(`${this.name}.fit`, options, ['signal'])
    const entries = blockEntries(`${this.name}.fit`, blocks)
    const names = entries.map(([name]) => name)
    for (const name of Object.keys(this.options.weights))
      if (!names.includes(name)) throw unknownName(`${this.name}.fit`, 'block', name, names)
    for (const [name, { size }] of entries)
      if (size === 0)
        throw new KindredError('ERR_DATA', `${this.name}.fit: expected items in block ${name} but it has none.`)
    this.widthOf(
      names,
      entries.map(([, { dims }]) => dims),
    )
    return this.#changes.run(async () => {
      throwIfAborted(options.signal)
      const learnt: Block[] = []
      for (const [name, features] of entries) learnt.push(await this.#learn(name, features, options.signal))
      this.#blocks = learnt
      return this
    }, options.signal)
  }

  async #learn(name: string, { matrix, dims, size }: Features, signal: AbortSignal | undefined): Promise<Block> {
    const { scaling, weights } = this.options
    const mean = await nativeCall(signal, (native, abort) => native.meanOfRows(matrix, scaling === 'unit', abort))
    let factor = weights[name] ?? 1
    if (scaling === 'mean-norm') {
      const norm = (await sumOfNorms(matrix, signal)) / size
      if (norm > 0) factor /= norm
    }
    return { name, dims, factor, mean }
  }

  /**
   * One vector for each item that some block has, in the order in which they first come. Blocks that `fit` had may be left out.
   * @throws ERR_NOT_FITTED, ERR_VALUE for a block that `fit` did not have, ERR_SHAPE for vectors of another length, ERR_ABORTED
   */
  async transform(blocks: FeatureBlocks, options: AbortOptions = {}): Promise<Features> {
    options = checkOptions(`${this.name}.transform`, options, ['signal'])
    const learnt = this.#fitted('transform')
    const { signal } = options
    const { missing } = this.options
    const given = this.#match(learnt, blocks)
    const found = await blockPlaces(given, missing === 'drop', signal)
    const scales = missing === 'zeros' ? await this.#scales(found, signal) : new Float32Array(found.ids.size).fill(1)
    const dims = learnt.map((block) => block.dims)
    const out = new Matrix(found.ids.size, this.dims)
    const zeros: number[] = []
    for (const [n, block] of learnt.entries()) {
      const from = given[n]?.matrix ?? new Matrix(0, block.dims)
      const own = scales.map((scale) => scale * block.factor)
      const absent = missing === 'mean' ? block.mean : null
      const column = this.columnOf(dims, n)
      const normalize = this.options.scaling === 'unit'
      zeros.push(
        await nativeCall(signal, (native, abort) =>
          native.fuseRows(out, from, found.places[n]!, own, absent, column, normalize, true, abort),
        ),
      )
    }
    const features = await Features.fromAsync(found.ids, out, { signal })
    const byName = (counts: readonly number[]) =>
      Object.freeze(Object.fromEntries(learnt.map(({ name }, n) => [name, counts[n]!])))
    this.#report = Object.freeze({
      items: found.items,
      missing: byName(found.missing),
      zeros: byName(zeros),
      dropped: found.items - found.ids.size,
    })
    return features
  }

  /** The Features of each block of `fit`, null where there is none. */
  #match(learnt: readonly Block[], blocks: FeatureBlocks): (Features | null)[] {
    const entries = blockEntries(`${this.name}.transform`, blocks)
    const names = learnt.map(({ name }) => name)
    for (const [name, { dims }] of entries) {
      const block = learnt[names.indexOf(name)]
      if (block === undefined) throw unknownName(`${this.name}.transform`, 'block', name, names)
      if (block.dims !== dims)
        throw new KindredError(
          'ERR_SHAPE',
          `${this.name}.transform: expected vectors of ${block.dims} numbers in block ${name}, as those of fit, but received ${dims}.`,
        )
    }
    const given = new Map(entries)
    return names.map((name) => given.get(name) ?? null)
  }

  /** What makes up for the blocks that an item lacks, [items]. */
  async #scales({ ids, places }: BlockPlaces, signal: AbortSignal | undefined): Promise<Float32Array> {
    const all = this.#fitted('transform').map(({ name }) => this.options.weights[name] ?? 1)
    const out = new Float32Array(ids.size)
    await new LoopYielder(signal).over(ids.size, 1 << 10, (begin, end) => {
      for (let i = begin; i < end; i++) {
        const known = all.filter((_, n) => places[n]![i]! >= 0)
        out[i] = known.length === all.length ? 1 : this.rescale(all, known)
      }
    })
    return out
  }

  /** @internal */
  protected async saveBlocks(dir: string, kind: FolderKind, options: AbortOptions): Promise<void> {
    const blocks = this.#fitted('save')
    const tensors: Record<string, Tensor> = {}
    for (const [n, { mean }] of blocks.entries()) tensors[`mean.${n}`] = vectorTensor(mean)
    const config = { options: this.options, blocks: blocks.map(({ name, factor }) => ({ name, factor })) }
    await saveFolder(dir, kind, { config, tensors }, options)
  }

  /** A fusion that {@link saveBlocks} wrote. @internal @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  protected static async loadBlocks<T extends BlockFusion>(
    dir: string,
    kind: FolderKind,
    make: (options: BlockFusionOptions) => T,
    options: AbortOptions,
  ): Promise<T> {
    const { config, tensors } = await loadFolder(dir, kind, options)
    return fromConfig(dir, () => {
      const fusion = make(config.options as BlockFusionOptions)
      const saved = config.blocks as { name: string; factor: number }[]
      fusion.#blocks = saved.map(({ name, factor }, n) => {
        const mean = tensors.vector(`mean.${n}`, Float32Array)
        return { name: String(name), factor: checkNumber('factor', factor, { min: 0 }), mean, dims: mean.length }
      })
      return fusion
    })
  }
}

guardReceivers(BlockFusion)

async function sumOfNorms(matrix: Matrix, signal: AbortSignal | undefined): Promise<number> {
  let norms = 0
  await new LoopYielder(signal).over(matrix.rows, 256, (begin, end) => {
    for (let r = begin; r < end; r++) {
      let squares = 0
      for (const value of matrix.row(r)) squares += value * value
      norms += Math.sqrt(squares)
    }
  })
  return norms
}
