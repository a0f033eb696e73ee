import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'

/** Options of {@link SeqGAN}. */
export interface SeqGANOptions {
  /** Length of the generator's vectors of items, 1 to 4096. Default 32. */
  dims?: number
  /** Numbers of the generator's state, 1 to 4096. Default 32. */
  hidden?: number
  /** Items of a list, 1 to 1000. Default 10. */
  length?: number
  /** Items of a history that a list continues: the last so many, 0 to 1000. Default 20. */
  context?: number
  /** Whether lists may have an item that they, or the items that they continue, have already. Default false. */
  repeats?: boolean
  /** Passes over the sequences by maximum likelihood, 1 to 1e6. Default 15. */
  pretrainEpochs?: number
  /** Passes over the sequences in which the discriminator learns first, 0 to 1e6. Default 3. */
  discriminatorEpochs?: number
  /** Steps of the generator against the discriminator, 0 to 1e6. Default 100. */
  adversarialSteps?: number
  /** Batches that the discriminator learns from before each of these steps, 0 to 1e6. Default 10. */
  discriminatorSteps?: number
  /** Times that the generator completes the beginnings of each list, to judge each item by, 1 to 1000. Default 4. */
  rollouts?: number
  /** Sequences of a batch by maximum likelihood, 1 to 1e6. Default 16. */
  batchSize?: number
  /** Lists of a step against the discriminator, and true ones of a batch that this learns from, 1 to 1e6. Default 64. */
  lists?: number
  /** Step size of Adam by maximum likelihood, at least 0. Default 0.01. */
  learningRate?: number
  /** Step size of Adam against the discriminator, at least 0. Default 0.01. */
  policyLearningRate?: number
  /** Step size of the discriminator's Adam, at least 0. Default 0.003. */
  discriminatorLearningRate?: number
  /** Length of the discriminator's vectors of items, 1 to 4096. Default 32. */
  discriminatorDims?: number
  /** The discriminator's convolutions see 1 to so many items at a time, 1 to 100. Default 5. */
  widths?: number
  /** Filters of each of its convolutions, 1 to 4096. Default 32. */
  filters?: number
  /** Probability that a number falls away in its training, in [0, 1). Default 0.25. */
  dropout?: number
  /** Times half the square of its last weights is added to its loss, at least 0. Default 0.001; that of the authors is 0.2. */
  regularization?: number
  /** Whether an item's reward is compared with the mean reward at its place. Default false, as the authors do. */
  baseline?: boolean
  /** Seed of the first weights and of all draws, an integer from 0. Default 0. */
  seed?: number
}

/** Options with every default filled in. */
export type SeqGANSettings = Readonly<Required<SeqGANOptions>>

const OPTIONS = [
  'dims',
  'hidden',
  'length',
  'context',
  'repeats',
  'pretrainEpochs',
  'discriminatorEpochs',
  'adversarialSteps',
  'discriminatorSteps',
  'rollouts',
  'batchSize',
  'lists',
  'learningRate',
  'policyLearningRate',
  'discriminatorLearningRate',
  'discriminatorDims',
  'widths',
  'filters',
  'dropout',
  'regularization',
  'baseline',
  'seed',
] as const

const DIMS = { min: 1, max: 4096 }

/** @internal @throws ERR_VALUE naming the option */
export function seqganSettings(options: SeqGANOptions): SeqGANSettings {
  options = checkOptions('SeqGAN', options, OPTIONS)
  return Object.freeze({
    dims: checkInteger('dims', options.dims ?? 32, DIMS),
    hidden: checkInteger('hidden', options.hidden ?? 32, DIMS),
    length: checkInteger('length', options.length ?? 10, { min: 1, max: 1000 }),
    context: checkInteger('context', options.context ?? 20, { min: 0, max: 1000 }),
    repeats: checkBoolean('repeats', options.repeats ?? false),
    pretrainEpochs: checkInteger('pretrainEpochs', options.pretrainEpochs ?? 15, { min: 1, max: 1e6 }),
    discriminatorEpochs: checkInteger('discriminatorEpochs', options.discriminatorEpochs ?? 3, { min: 0, max: 1e6 }),
    adversarialSteps: checkInteger('adversarialSteps', options.adversarialSteps ?? 100, { min: 0, max: 1e6 }),
    discriminatorSteps: checkInteger('discriminatorSteps', options.discriminatorSteps ?? 10, { min: 0, max: 1e6 }),
    rollouts: checkInteger('rollouts', options.rollouts ?? 4, { min: 1, max: 1000 }),
    batchSize: checkInteger('batchSize', options.batchSize ?? 16, { min: 1, max: 1e6 }),
    lists: checkInteger('lists', options.lists ?? 64, { min: 1, max: 1e6 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? 0.01, { min: 0 }),
    policyLearningRate: checkNumber('policyLearningRate', options.policyLearningRate ?? 0.01, { min: 0 }),
    discriminatorLearningRate: checkNumber('discriminatorLearningRate', options.discriminatorLearningRate ?? 0.003, {
      min: 0,
    }),
    discriminatorDims: checkInteger('discriminatorDims', options.discriminatorDims ?? 32, DIMS),
    widths: checkInteger('widths', options.widths ?? 5, { min: 1, max: 100 }),
    filters: checkInteger('filters', options.filters ?? 32, DIMS),
    dropout: checkNumber('dropout', options.dropout ?? 0.25, { min: 0, max: 1 - 2 ** -20 }),
    regularization: checkNumber('regularization', options.regularization ?? 0.001, { min: 0 }),
    baseline: checkBoolean('baseline', options.baseline ?? false),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
  })
}
