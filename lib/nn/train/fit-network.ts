import type { NnNumbers } from '../../native/addon.js'
import { withCallback } from '../../native/caller-callback.js'
import type { Graph } from '../graph/graph.js'
import { adagradOptimizer } from '../optimizers/adagrad.js'
import { adamOptimizer } from '../optimizers/adamw.js'
import type { Optimizer, OptimizerOptions } from '../optimizers/optimizer.js'
import { sgdOptimizer } from '../optimizers/sgd.js'
import type { Weights } from '../weights.js'
import { type CachedLoss, cachedStep } from './cached-step.js'
import type { TrainingIdentity } from './checkpoint.js'
import { type Content, fingerprintOf, fingerprintOfWeights } from './fingerprint.js'
import type { TrainingHistory } from './history.js'
import type { NetworkOptimizer, NetworkSettings } from './network-options.js'
import { train } from './train.js'
import { type StepBatch, type StepLoss, trainingStep } from './training-step.js'
import { WeightAverages } from './weight-averages.js'

/** A batch of a job: inputs and sizes of the graph that {@link FitWeights.record} makes. */
export interface JobBatch {
  readonly inputs: Readonly<Record<string, NnNumbers>>
  readonly sizes: Readonly<Record<string, number>>
  /** What the loss takes beside the inputs of the network. */
  readonly others?: Readonly<Record<string, NnNumbers>>
  /** How many terms the loss is the mean of; the samples if absent. */
  readonly terms?: number
}

/** What a network is trained on, as a fit sees it. */
export interface FitJob<Judged> {
  readonly settings: NetworkSettings
  readonly samples: number
  /** Options of this kind of model, by which a checkpoint is told from another. */
  readonly options?: Readonly<Record<string, unknown>>
  /** What it learns from and is judged by, such as texts and labels. */
  readonly data: Content
  /** @param draw another number for each batch of the training, from 1: what its random numbers are drawn by */
  batch(samples: Int32Array, draw: number): JobBatch | Promise<JobBatch>
  /** After each epoch; a greater score is better. */
  validate?(): Promise<{ judged: Judged; score: number }>
  /** The class of what it judges, if it is no number: a checkpoint holds its fields. */
  readonly judgedClass?: { readonly prototype: object }
}

/** What a job changes. */
export interface FitWeights {
  readonly weights: Weights
  /** Names of those that are trained. */
  readonly trained: readonly string[]
  /** Names of all that the model consists of. */
  readonly all: readonly string[]
  /** Names of others that change from step to step. */
  readonly others: readonly string[]
  readonly learningRateFactor: (name: string) => number
  /** Of a weight, by its name. Default that of the settings, and none of biases and LayerNorms. */
  readonly weightDecay?: (name: string) => number
  /** Called after each step. */
  afterStep?(at: { step: number; steps: number }): Promise<void>
  /** Adds the loss to a graph. */
  record(graph: Graph): StepLoss
  /** In place of `record`: a loss that compares vectors, made of `size` samples at a time. */
  readonly cached?: (CachedLoss & { readonly size: number }) | undefined
}

const MOMENTUM = 0.9

const OPTIMIZERS: Readonly<Record<NetworkOptimizer, (options: OptimizerOptions) => Optimizer>> = {
  adamw: (options) => adamOptimizer('adamw', options),
  adam: (options) => adamOptimizer('adam', options),
  sgd: (options) => sgdOptimizer({ ...options, momentum: MOMENTUM }),
  adagrad: adagradOptimizer,
}

/** Biases and normalisations do not decay. */
const decays = (name: string) => !name.endsWith('bias') && !name.includes('LayerNorm')

async function identityOf<Judged>(
  { settings, options, data }: FitJob<Judged>,
  { weights, trained, all, learningRateFactor, weightDecay }: FitWeights,
): Promise<TrainingIdentity> {
  const { signal, checkpoint, checkpointEvery, ...others } = settings
  const own = Object.entries({ ...others, ...options }).filter(([, value]) => typeof value !== 'function')
  return {
    options: {
      ...Object.fromEntries(own),
      frozen: await fingerprintOf(trained, signal),
      learningRateFactor: await fingerprintOf(trained.map(learningRateFactor), signal),
      ...(weightDecay && { weightDecays: await fingerprintOf(trained.map(weightDecay), signal) }),
    },
    data: await fingerprintOf(data, signal),
    model: await fingerprintOfWeights(weights, all, signal),
  }
}

/** Trains weights; after an error they are as they were. @throws ERR_NOT_FINITE, ERR_VALUE, ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function fitNetwork<Judged>(job: FitJob<Judged>, model: FitWeights): Promise<TrainingHistory<Judged>> {
  const { settings, samples, judgedClass } = job
  const { weights, trained, learningRateFactor } = model
  const { accumulation, averaging, batchSize, checkpoint, maxNorm, precision, signal, weightDecay } = settings
  const optimizer = OPTIMIZERS[settings.optimizer]({
    maxNorm,
    learningRateFactor,
    weightDecay: model.weightDecay ?? ((name) => (decays(name) ? weightDecay : 0)),
  })
  const steps = Math.ceil(samples / (batchSize * accumulation)) * settings.epochs
  const { cached } = model
  const made = cached
    ? await cachedStep(weights, trained, cached, optimizer, precision)
    : await trainingStep(
        weights,
        trained,
        { record: (graph) => model.record(graph), precision },
        optimizer,
        accumulation,
      )
  for (const name of made.kept) await weights.clear(name, { signal })
  const together = cached ? cached.size : batchSize
  return withCallback(settings.onProgress, (onProgress) =>
    train<Judged>({
      ...settings,
      onProgress,
      samples,
      stepSize: batchSize * accumulation,
      weights,
      trained: [...trained, ...model.others],
      kept: made.kept,
      averages: averaging === undefined ? undefined : new WeightAverages(weights, trained, averaging),
      validate: job.validate,
      checkpoint:
        checkpoint === undefined
          ? undefined
          : {
              dir: checkpoint,
              every: settings.checkpointEvery,
              identity: () => identityOf(job, model),
              revive: (judged) =>
                (judgedClass ? Object.assign(Object.create(judgedClass.prototype), judged) : judged) as Judged,
            },
      step: async (chosen, given) => {
        const batches: StepBatch[] = []
        for (let begin = 0; begin < chosen.length; begin += together) {
          const own = chosen.subarray(begin, begin + together)
          const draw = (given.step[0]! - 1) * accumulation + batches.length + 1
          const { inputs, sizes, others, terms = own.length } = await job.batch(own, draw)
          batches.push({ inputs: { ...inputs, ...others }, sizes, terms })
        }
        const loss = await made.run(batches, given, signal)
        await model.afterStep?.({ step: given.step[0]!, steps })
        return loss
      },
    }),
  )
}
