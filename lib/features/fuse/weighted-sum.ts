import { checkOptions, ownOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BlockFusion } from './block-fusion.js'
import { type BlockFusionOptions, FUSION_OPTIONS } from './block-options.js'
import type { FeatureBlocks, FusedFeatures } from './feature-fusion.js'

const KIND = { kind: 'weighted-sum' }

/** Options of {@link weightedSum}. */
export interface WeightedSumOptions extends BlockFusionOptions, AbortOptions {}

/**
 * The sum of the vectors of several modalities, each block scaled and weighted: for modalities in one space, as a
 * {@link CanonicalCorrelation} or a model of texts and pictures makes it. For an item that lacks a block, the others' weights are
 * raised to the same sum, unless `missing` says otherwise.
 */
export class WeightedSum extends BlockFusion {
  /** @internal */
  protected readonly name = 'WeightedSum'

  /** @throws ERR_VALUE naming the option */
  constructor(options: BlockFusionOptions = {}) {
    super('WeightedSum', options)
  }

  /** @internal */
  protected columnOf(): number {
    return 0
  }

  /** @internal */
  protected widthOf(names: readonly string[], dims: readonly number[]): number {
    const other = dims.findIndex((length) => length !== dims[0])
    if (other < 0) return dims[0]!
    throw new KindredError(
      'ERR_SHAPE',
      `WeightedSum: expected vectors of one length but those of ${names[0]} have ${dims[0]} numbers and those of ${names[other]} have ${dims[other]}. Concatenate them, or bring them into one space first, as CanonicalCorrelation does.`,
    )
  }

  /** @internal */
  protected rescale(all: readonly number[], known: readonly number[]): number {
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)
    return sum(known) > 0 ? sum(all) / sum(known) : 1
  }

  /**
   * Saves to a folder, atomically even over an older one.
   * @throws ERR_NOT_FITTED; ERR_IO if the path is a file, cannot be written or holds a config.json of something else;
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('WeightedSum.save', options, ['signal'])
    await this.saveBlocks(dir, KIND, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum.
   * @throws ERR_MODEL_FILE if the folder holds no WeightedSum, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<WeightedSum> {
    options = checkOptions('WeightedSum.load', options, ['signal'])
    return WeightedSum.loadBlocks(dir, KIND, (given) => new WeightedSum(given), options)
  }
}

guardReceivers(WeightedSum)

/**
 * The weighted sum of the vectors of several modalities, learnt and fused at once: see {@link WeightedSum}, which also fuses
 * the items that come later.
 * @throws as its `fit` and `transform`
 */
export async function weightedSum(blocks: FeatureBlocks, options: WeightedSumOptions = {}): Promise<FusedFeatures> {
  options = checkOptions('weightedSum', options, [...FUSION_OPTIONS, 'signal'])
  const { signal, ...own } = ownOptions('weightedSum', options, [])
  const fusion = await new WeightedSum(own).fit(blocks, { signal })
  const features = await fusion.transform(blocks, { signal })
  return { features, report: fusion.report! }
}
