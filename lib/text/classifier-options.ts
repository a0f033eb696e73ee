import type { AbortOptions } from '../native/call-options.js'
import type { Schedule } from '../nn/train/schedule.js'
import type { TrainingProgress } from '../nn/train/train.js'

/** How `TextClassifier.load` loads a model. */
export interface LoadClassifierOptions extends AbortOptions {
  /** The classes, for a new head; absent for a folder that holds a classifier. */
  labels?: readonly string[]
  /** Draws the weights of a new head, an integer from 0. Default 0. */
  seed?: number
}

/** Texts with the labels that belong to them. */
export interface LabeledTexts {
  texts: readonly string[]
  labels: readonly string[]
}

/** How `fit` trains. Defaults are those of Hugging Face's Trainer, but for the learning rate of BERT's paper. */
export interface FitClassifierOptions {
  /** Judged after each epoch; the weights of the best epoch are kept. */
  validation?: LabeledTexts
  /** Times that every text is seen. Default 3. */
  epochs?: number
  /** Texts of a step. Default 16. */
  batchSize?: number
  /** Default 2e-5. */
  learningRate?: number
  /** Default 'linear'. */
  schedule?: Schedule
  /** Share of the steps over which the learning rate rises, 0 to 1. Default 0. */
  warmup?: number
  /** Of the weights of products and embeddings. Default 0.01. */
  weightDecay?: number
  /** Greatest norm of all gradients together. Default 1. */
  maxNorm?: number
  /** Longest text in tokens, special tokens included; longer ones are cut. Default what the model takes. */
  maxTokens?: number
  /** Epochs without a better validation accuracy after which training ends. Default none. */
  patience?: number
  /**
   * Which weights stay as they are, by their names in Hugging Face's files without the prefix 'bert.', such as
   * `(name) => name.startsWith('embeddings.')`. They cost no gradient. Default none.
   */
  frozen?: (name: string) => boolean
  /** Draws the order of texts and the dropout, an integer from 0. Default 0. */
  seed?: number
  /** Aborts it with ERR_ABORTED, the classifier as it was. */
  signal?: AbortSignal
  onProgress?: (progress: TrainingProgress) => void
}

/** What a classifier says of a text. */
export interface Prediction {
  /** The class with the greatest score. */
  label: string
  /** Probability of each class, in the order of `labels`. */
  scores: Float32Array
}

/** @internal */
export const FIT_OPTIONS = [
  'validation',
  'epochs',
  'batchSize',
  'learningRate',
  'schedule',
  'warmup',
  'weightDecay',
  'maxNorm',
  'maxTokens',
  'patience',
  'frozen',
  'seed',
  'signal',
  'onProgress',
] as const
