import type { Features } from '../../data/features.js'
import type { AbortOptions } from '../../native/call-options.js'

/** Vectors of the same items by modality, such as `{ text, image, behaviour }`. */
export type FeatureBlocks = Readonly<Record<string, Features>>

/** What happened to the items of a fusion. */
export interface FusionReport {
  /** Items that some block had. */
  readonly items: number
  /** Of those, how many each block lacked. */
  readonly missing: Readonly<Record<string, number>>
  /** How many vectors of each block are zeros, which no scaling changes. */
  readonly zeros: Readonly<Record<string, number>>
  /** Items left out because a block lacked them, with `missing: 'drop'`; else 0. */
  readonly dropped: number
}

/**
 * What makes one vector per item of several modalities. {@link Concatenation} and {@link WeightedSum} learn nothing but sizes
 * and means; a learnt fusion has the same methods.
 */
export interface FeatureFusion {
  /** Learns from blocks of vectors. @throws what the fusion's own `fit` says */
  fit(blocks: FeatureBlocks, options?: AbortOptions): Promise<this>
  /**
   * One vector for each item that some block has, in the order in which they first come. A block that `fit` had may be left out:
   * it is then missing for all items.
   */
  transform(blocks: FeatureBlocks, options?: AbortOptions): Promise<Features>
  /** Length of the vectors that {@link transform} gives. @throws ERR_NOT_FITTED */
  readonly dims: number
  /** Of the {@link transform} that ended last; undefined before. */
  readonly report: FusionReport | undefined
}

/** Fused features, and what happened on the way. */
export interface FusedFeatures {
  /** One vector per item. */
  readonly features: Features
  /** Counts of what was missing. */
  readonly report: FusionReport
}
