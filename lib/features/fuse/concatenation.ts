import { checkOptions, ownOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BlockFusion } from './block-fusion.js'
import { type BlockFusionOptions, FUSION_OPTIONS } from './block-options.js'
import type { FeatureBlocks, FusedFeatures } from './feature-fusion.js'

const KIND = { kind: 'concatenation' }

/** Options of {@link concatenate}. */
export interface ConcatenateOptions extends BlockFusionOptions, AbortOptions {}

/**
 * The vectors of several modalities side by side, z'' = [z, z'], each block scaled and weighted. With 'unit' scaling the cosine of
 * two items is the mean of the blocks' cosines, each weighted by the square of its weight. An item that lacks a block has zeros there,
 * and the others are scaled up to the norm of a whole vector, unless `missing` says otherwise.
 */
export class Concatenation extends BlockFusion {
  /** @internal */
  protected readonly name = 'Concatenation'

  /** @throws ERR_VALUE naming the option */
  constructor(options: BlockFusionOptions = {}) {
    super('Concatenation', options)
  }

  /** @internal */
  protected columnOf(dims: readonly number[], block: number): number {
    return dims.slice(0, block).reduce((a, b) => a + b, 0)
  }

  /** @internal */
  protected widthOf(_names: readonly string[], dims: readonly number[]): number {
    return dims.reduce((a, b) => a + b, 0)
  }

  /** @internal */
  protected rescale(all: readonly number[], known: readonly number[]): number {
    const squares = (list: readonly number[]) => list.reduce((sum, weight) => sum + weight ** 2, 0)
    return squares(known) > 0 ? Math.sqrt(squares(all) / squares(known)) : 1
  }

  /**
   * Saves to a folder, atomically even over an older one.
   * @throws ERR_NOT_FITTED; ERR_IO if the path is a file, cannot be written or holds a config.json of something else;
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('Concatenation.save', options, ['signal'])
    await this.saveBlocks(dir, KIND, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum.
   * @throws ERR_MODEL_FILE if the folder holds no Concatenation, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<Concatenation> {
    options = checkOptions('Concatenation.load', options, ['signal'])
    return Concatenation.loadBlocks(dir, KIND, (given) => new Concatenation(given), options)
  }
}

guardReceivers(Concatenation)

/**
 * The vectors of several modalities side by side, learnt and fused at once: see {@link Concatenation}, which also fuses the
 * items that come later.
 * @throws as its `fit` and `transform`
 */
export async function concatenate(blocks: FeatureBlocks, options: ConcatenateOptions = {}): Promise<FusedFeatures> {
  options = checkOptions('concatenate', options, [...FUSION_OPTIONS, 'signal'])
  const { signal, ...own } = ownOptions('concatenate', options, [])
  const fusion = await new Concatenation(own).fit(blocks, { signal })
  const features = await fusion.transform(blocks, { signal })
  return { features, report: fusion.report! }
}
