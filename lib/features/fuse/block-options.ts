import { Features } from '../../data/features.js'
import { checkNumber, checkOneOf, checkOptions, ownOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { FeatureBlocks } from './feature-fusion.js'

/** How the vectors of a block are scaled before its weight: each to norm 1, all by one factor to a mean norm of 1, or not. */
export type BlockScaling = 'unit' | 'mean-norm' | 'none'

/** What stands for the vector of an item that a block lacks. */
export type MissingBlocks = 'zeros' | 'mean' | 'drop'

/** Options of a fusion of blocks. */
export interface BlockFusionOptions {
  /**
   * 'unit', the default: every vector is divided by its norm, so that blocks count alike whatever their units and lengths.
   * 'mean-norm': all vectors of a block are divided by the mean of their norms in `fit`, which keeps their differences. 'none'.
   */
  scaling?: BlockScaling
  /**
   * What each block's vectors are multiplied by, by its name, at least 0; 1 for blocks that are not named. In a concatenation the dot
   * product of two items weighs a block's by the square of this.
   */
  weights?: Readonly<Record<string, number>>
  /**
   * For an item that a block lacks: 'zeros', the default, while its other blocks are scaled up, so that their share is that of all;
   * 'mean': the mean of the block's vectors in `fit`; 'drop': the item is left out. Each is counted in the report.
   */
  missing?: MissingBlocks
}

/** Options of a fusion, defaults filled in. */
export interface BlockFusionSettings {
  /** See {@link BlockFusionOptions}. */
  readonly scaling: BlockScaling
  /** See {@link BlockFusionOptions}. */
  readonly weights: Readonly<Record<string, number>>
  /** See {@link BlockFusionOptions}. */
  readonly missing: MissingBlocks
}

/** The names of the options. */
export const FUSION_OPTIONS = ['scaling', 'weights', 'missing']
const SCALINGS: readonly BlockScaling[] = ['unit', 'mean-norm', 'none']
const MISSING: readonly MissingBlocks[] = ['zeros', 'mean', 'drop']

/** @throws ERR_VALUE naming the option */
export function fusionSettings(where: string, options: BlockFusionOptions): BlockFusionSettings {
  options = checkOptions(where, options, FUSION_OPTIONS)
  const weights: Record<string, number> = ownOptions('weights', options.weights ?? {}, [])
  for (const [name, weight] of Object.entries(weights)) checkNumber(`weights.${name}`, weight, { min: 0 })
  return Object.freeze({
    scaling: checkOneOf('scaling', options.scaling ?? 'unit', SCALINGS),
    weights: Object.freeze(weights),
    missing: checkOneOf('missing', options.missing ?? 'zeros', MISSING),
  })
}

/** The blocks by name. @throws ERR_VALUE where one is no Features, or there is none */
export function blockEntries(where: string, blocks: FeatureBlocks): [name: string, features: Features][] {
  const entries = Object.entries(ownOptions(`${where}: blocks`, blocks, []))
  if (entries.length === 0)
    throw new KindredError('ERR_VALUE', `${where}: expected at least one block, such as { text }, but received none.`)
  for (const [name, block] of entries)
    if (!(block instanceof Features))
      throw new KindredError('ERR_VALUE', `${where}: expected Features for block ${name} but received ${show(block)}.`)
  return entries
}
