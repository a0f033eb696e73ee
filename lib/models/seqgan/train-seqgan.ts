import { join } from 'node:path'
import { adamOptimizer } from '../../nn/optimizers/adamw.js'
import { fitNetwork, type JobBatch } from '../../nn/train/fit-network.js'
import { networkSettings } from '../../nn/train/network-options.js'
import type { TrainingProgress } from '../../nn/train/training.js'
import { type Recording, trainingStep } from '../../nn/train/training-step.js'
import type { FitProgress } from '../base/recommend-options.js'
import { continueLists } from './continue-lists.js'
import type { Draws } from './draws.js'
import { type Continued, joined, predictions } from './lists.js'
import type { SeqGANNetwork } from './network.js'
import { rewardsOf } from './rollouts.js'
import type { SeqGANSettings } from './seqgan-options.js'

/** The parts of a fit, in their order. */
export type SeqGANPhase = 'pretraining' | 'discriminator' | 'adversarial'

/** How far a fit is. */
export interface SeqGANProgress extends FitProgress {
  /** What is trained: the generator by maximum likelihood, the discriminator, or both against each other. */
  phase: SeqGANPhase
}

/** What a fit is given beside its options. */
export interface SeqGANTraining {
  readonly network: SeqGANNetwork
  readonly settings: SeqGANSettings
  readonly draws: Draws
  /** All sequences. */
  readonly sequences: readonly Continued[]
  readonly checkpoint: string | undefined
  readonly checkpointEvery: number | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: SeqGANProgress) => void) | undefined
  /** Called after each epoch of the first two parts, and after every ten steps of the third. */
  readonly onEpoch: ((at: { phase: SeqGANPhase; epoch: number }) => Promise<void>) | undefined
}

/** Adversarial steps between two calls of `onEpoch` and two checkpoints. */
const STEPS_OF_EPOCH = 10

/** Steps of all parts. */
function stepsOf({ settings, sequences }: SeqGANTraining, lists: number): Record<SeqGANPhase, number> {
  const { pretrainEpochs, discriminatorEpochs, adversarialSteps } = settings
  return {
    pretraining: pretrainEpochs * Math.ceil(sequences.length / settings.batchSize),
    discriminator: discriminatorEpochs * Math.ceil(lists / settings.lists),
    adversarial: adversarialSteps,
  }
}

/** What both networks learn by turns: maximum likelihood, true from generated lists, and the policy gradient. */
class Run {
  readonly #training: SeqGANTraining
  /** Items of a list: fewer than the model's where no sequence has so many. */
  readonly #length: number
  /** Sequences with as many items. */
  readonly #lists: readonly Continued[]
  readonly #steps: Record<SeqGANPhase, number>
  #done = 0

  constructor(training: SeqGANTraining) {
    this.#training = training
    const longest = training.sequences.reduce((most, { items }) => Math.max(most, items.length), 0)
    this.#length = Math.min(training.settings.length, longest)
    this.#lists = training.sequences.filter(({ items }) => items.length >= this.#length)
    this.#steps = stepsOf(training, this.#lists.length)
  }

  /** The generator, by maximum likelihood. */
  async pretrain(): Promise<void> {
    const { network, settings, sequences } = this.#training
    const { generator } = network
    await this.#fit('pretraining', settings.pretrainEpochs, sequences.length, settings.learningRate, {
      trained: generator.names,
      others: [],
      record: (graph) => {
        const loss = generator.record(graph, false)
        return { objective: loss, told: loss }
      },
      batch: (samples) => {
        const chosen = Array.from(samples, (n) => sequences[n]!)
        return predictions(
          chosen,
          chosen.map(() => 0),
          generator.start,
          !settings.repeats,
        )
      },
    })
  }

  /** The discriminator, from true lists and as many generated ones. */
  async pretrainDiscriminator(): Promise<void> {
    const { network, settings } = this.#training
    const { discriminatorEpochs, discriminatorLearningRate } = settings
    await this.#fit('discriminator', discriminatorEpochs, this.#lists.length, discriminatorLearningRate, {
      batchSize: settings.lists,
      trained: network.discriminator.names,
      others: [],
      record: (graph) => network.discriminator.record(graph, settings.dropout, settings.regularization),
      batch: async (samples, draw) => {
        const chosen = Array.from(samples)
        return told(this.#trueLists(chosen), await this.#generated(chosen, 'pretraining', draw))
      },
    })
  }

  /** Both against each other. */
  async adversarial(): Promise<void> {
    const { network, settings, signal, draws, onEpoch } = this.#training
    const { generator, discriminator, weights } = network
    const { adversarialSteps, discriminatorSteps, policyLearningRate, discriminatorLearningRate } = settings
    const learn = await trainingStep(
      weights,
      discriminator.names,
      { record: (graph) => discriminator.record(graph, settings.dropout, settings.regularization) },
      adamOptimizer('adam', {}),
      1,
    )
    for (const name of learn.kept) await weights.clear(name, { signal })
    await this.#fit('adversarial', 1, adversarialSteps, policyLearningRate, {
      trained: generator.names,
      others: [...discriminator.names, ...learn.kept],
      record: (graph) => {
        const loss = generator.record(graph, true)
        return { objective: loss, told: loss }
      },
      batchSize: 1,
      batch: async (_samples, draw) => {
        if (draw > 1 && (draw - 1) % STEPS_OF_EPOCH === 0)
          await onEpoch?.({ phase: 'adversarial', epoch: (draw - 1) / STEPS_OF_EPOCH })
        // The generator stays while the discriminator learns, so that all of its lists are drawn together.
        const size = settings.lists
        const chosen = this.#someLists(2 * draw, discriminatorSteps * size)
        const [real, generated] = [this.#trueLists(chosen), await this.#generated(chosen, 'lists', draw)]
        for (let n = 0; n < discriminatorSteps; n++) {
          const [begin, end] = [n * size, (n + 1) * size]
          const step = (draw - 1) * discriminatorSteps + n
          const inputs = {
            learningRate: Float32Array.of(discriminatorLearningRate),
            step: Int32Array.of(step + 1),
            seed: draws.seed('real', draw, n),
          }
          const given = told(real.slice(begin, end), generated.slice(begin, end))
          await learn.run([{ ...given, terms: 1 }], inputs, signal)
        }
        return this.#policy(draw)
      },
    })
  }

  /** Numbers of lists that are drawn. */
  #someLists(draw: number, count: number): number[] {
    const random = this.#training.draws.stream('real', draw)
    return Array.from({ length: count }, () => random.integer(this.#lists.length))
  }

  #trueLists(chosen: readonly number[]): Continued[] {
    return chosen.map((n) => this.#lists[n]!)
  }

  /** Generated lists that continue what the given lists continue. */
  async #generated(chosen: readonly number[], kind: 'lists' | 'pretraining' | 'rollouts', step: number) {
    const { network, settings, draws, signal } = this.#training
    const { repeats } = settings
    const length = this.#length
    const histories = chosen.map((n) => {
      const { items } = this.#lists[n]!
      return items.subarray(0, items.length - length)
    })
    const seed = (n: number) => draws.seed(kind, step, n)
    return continueLists(network.generator, histories, { length, repeats, seed, signal })
  }

  /** Generated lists with the rewards of their items. */
  async #policy(draw: number): Promise<JobBatch> {
    const { network, settings, draws, signal } = this.#training
    const { generator, discriminator } = network
    const { repeats, rollouts, baseline } = settings
    const length = this.#length
    // Items of the lists are drawn before those of their completions.
    const lists = await this.#generated(this.#someLists(2 * draw + 1, settings.lists), 'rollouts', draw)
    const seed = (n: number) => draws.seed('rollouts', draw, length + n)
    const rewards = await rewardsOf(generator, discriminator, lists, { rollouts, repeats, seed, signal })
    if (baseline) lessMeans(rewards, length)
    const begins = lists.map(({ begin }) => begin)
    const { inputs, sizes, terms } = predictions(lists, begins, generator.start, !repeats)
    const { labels } = inputs as { labels: Int32Array }
    const factors = new Float32Array(labels.length)
    let at = 0
    for (const [n, label] of labels.entries()) if (label >= 0) factors[n] = rewards[at++]!
    return { inputs: { ...inputs, factors }, sizes, terms }
  }

  async #fit(
    phase: SeqGANPhase,
    epochs: number,
    samples: number,
    learningRate: number,
    of: {
      trained: readonly string[]
      others: readonly string[]
      record: Recording['record']
      batchSize?: number
      batch(samples: Int32Array, draw: number): JobBatch | Promise<JobBatch>
    },
  ): Promise<void> {
    const { network, settings, sequences, checkpoint, checkpointEvery, signal, onEpoch } = this.#training
    const before = this.#done
    let epoch = 0
    const options = {
      epochs,
      batchSize: of.batchSize ?? settings.batchSize,
      learningRate,
      optimizer: 'adam' as const,
      checkpoint: checkpoint && join(checkpoint, phase),
      checkpointEvery: checkpointEvery ?? (checkpoint && phase === 'adversarial' ? STEPS_OF_EPOCH : undefined),
      seed: settings.seed,
      signal,
      onProgress: ({ step, loss, epoch: of }: TrainingProgress) => {
        epoch = of
        this.#tell(phase, before + step, loss)
      },
    }
    await fitNetwork<undefined>(
      {
        settings: networkSettings(options, { epochs, batchSize: 1, learningRate }, false),
        samples,
        options: optionsOf(phase, settings),
        data: sequences.map(({ items }) => items),
        batch: of.batch,
        validate:
          onEpoch &&
          (async () => {
            const at = phase === 'adversarial' ? Math.ceil(settings.adversarialSteps / STEPS_OF_EPOCH) : epoch
            await onEpoch({ phase, epoch: at })
            // The last epoch is the best: nothing is chosen by what the caller sees.
            return { judged: undefined, score: epoch }
          }),
      },
      {
        weights: network.weights,
        trained: of.trained,
        all: phase === 'pretraining' ? network.generator.names : network.names,
        others: of.others,
        learningRateFactor: () => 1,
        record: of.record,
      },
    )
    this.#done = before + this.#steps[phase]
  }

  #tell(phase: SeqGANPhase, done: number, loss: number): void {
    const { pretraining, discriminator, adversarial } = this.#steps
    this.#training.onProgress?.({ phase, done, total: pretraining + discriminator + adversarial, loss })
  }
}

/** True lists, and as many generated ones. */
function told(real: readonly Continued[], generated: readonly Continued[]): JobBatch {
  const all = [...real, ...generated].map(({ items }) => items)
  const { inputs, sizes } = joined(all)
  return { inputs: { ...inputs, targets: new Float32Array(all.length).fill(1, 0, real.length) }, sizes }
}

/** Options that the result of a part depends on, by which its checkpoint is told from another's. */
function optionsOf(phase: SeqGANPhase, settings: SeqGANSettings): Readonly<Record<string, unknown>> {
  const { dims, hidden, length, context, repeats } = settings
  const ofGenerator = { dims, hidden, length, context, repeats }
  if (phase === 'pretraining') return ofGenerator
  const { discriminatorDims, widths, filters, dropout, regularization } = settings
  const ofDiscriminator = { ...ofGenerator, discriminatorDims, widths, filters, dropout, regularization }
  if (phase === 'discriminator') return ofDiscriminator
  const { discriminatorSteps, rollouts, discriminatorLearningRate, baseline, lists } = settings
  return { ...ofDiscriminator, discriminatorSteps, rollouts, discriminatorLearningRate, baseline, lists }
}

/** Takes from each number of rows of this length the mean of its column. */
function lessMeans(rows: Float32Array, length: number): void {
  for (let column = 0; column < length; column++) {
    let sum = 0
    for (let n = column; n < rows.length; n += length) sum += rows[n]!
    const mean = (sum * length) / rows.length
    for (let n = column; n < rows.length; n += length) rows[n]! -= mean
  }
}

/**
 * Algorithm 1 of Yu et al. (2017): the generator by maximum likelihood, the discriminator against it, then both by turns.
 * @throws ERR_NOT_FINITE, ERR_VALUE for a checkpoint of another training, ERR_MODEL_FILE, ERR_IO, ERR_ABORTED
 */
export async function trainSeqGAN(training: SeqGANTraining): Promise<void> {
  const { discriminatorEpochs, adversarialSteps } = training.settings
  const run = new Run(training)
  await run.pretrain()
  if (discriminatorEpochs > 0) await run.pretrainDiscriminator()
  if (adversarialSteps > 0) await run.adversarial()
}
