import type { AbortOptions } from '../../native/call-options.js'
import type { ScoredPairs } from '../base/pairs.js'
import type { TextPooling } from '../base/text-pooling.js'
import type { TrainingOptions } from '../base/training-options.js'
import type { DistillationOptions, StudentChoice } from '../compress/distill-options.js'
import type { PruneOptions } from '../compress/prune-options.js'

/** How `SentenceEncoder.load` loads a model. */
export interface LoadSentenceEncoderOptions extends AbortOptions {
  /**
   * What makes a vector of a text's states. Attention begins with new queries, unless the folder has them. Default what the
   * folder's 1_Pooling/config.json says, 'mean' without one.
   */
  pooling?: TextPooling
  /** Of `pooling: 'attention'`: heads, each with a query of its own; a divisor of the length of a state. Default 1. */
  poolingHeads?: number
  /** Draws the queries of a new attention, an integer from 0. Default 0. */
  seed?: number
}

/** How `SentenceEncoder.fit` trains. */
export interface FitSentenceEncoderOptions extends TrainingOptions {
  /**
   * 'cosine': the cosine of a pair shall be its score; 'in-batch': of all second texts of the batch the pair's own shall be
   * the nearest; 'simcse': the same for a text and itself under another dropout. Default 'cosine' with `scores`, else 'in-batch'.
   */
  loss?: 'cosine' | 'in-batch' | 'simcse'
  /** The score of each pair, from -1 to 1, for 'cosine'. */
  scores?: readonly number[]
  /** Cosines are divided by it before the softmax of 'in-batch' and 'simcse', which alone take it; above 0. Default 0.05. */
  temperature?: number
  /**
   * Of 'in-batch' and 'simcse': pairs whose states are in memory at a time, at least 1 (gradient caching; Gao et al. 2021). The
   * loss is that of the whole batch, a step takes one forward pass more, and a batch of any size the memory of a chunk.
   * Not together with `accumulation`, `adversarial` or an AdaLoRA adapter. Default all pairs of a batch.
   */
  chunkSize?: number
  /** Judged by Spearman's correlation of cosines and scores after each epoch; the weights of the best epoch are kept. */
  validation?: ScoredPairs
}

/** What `SentenceEncoder.prune` removes, and by which measure. */
export interface PruneSentenceEncoderOptions extends PruneOptions {
  /** The score of each pair, from -1 to 1: what matters is what the cosine depends on. Without, the loss is that of 'in-batch'. */
  scores?: readonly number[]
}

/** How `SentenceEncoder.distill` makes and trains a student. */
export interface DistillEncoderOptions<Student>
  extends TrainingOptions,
    Pick<DistillationOptions, 'softWeight' | 'stateWeight' | 'states'>,
    StudentChoice<Student> {
  /** Judged by Spearman's correlation of cosines and scores after each epoch; the weights of the best epoch are kept. */
  validation?: ScoredPairs
}
