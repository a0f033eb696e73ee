import { createRandom } from '../../data/random.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { releaseSnapshot, type Weights, type WeightsSnapshot } from '../weights.js'
import { learningRateSchedule, type Schedule } from './schedule.js'

/** How far training is. */
export interface TrainingProgress {
  /** From 1. */
  epoch: number
  /** How many there will be. */
  epochs: number
  /** Steps done, of all epochs. */
  step: number
  /** How many there will be, of all epochs. */
  steps: number
  /** Mean loss of the epoch so far. */
  loss: number
  /** Time left, by the mean of the steps so far. */
  secondsLeft: number
}

/** One epoch of a training. */
export interface TrainingEpoch<Judged> {
  /** From 1. */
  epoch: number
  /** Mean loss of its steps, over samples. */
  loss: number
  /** What the validation gave after it; undefined without one. */
  validation: Judged | undefined
  /** How long it took, its validation included. */
  seconds: number
}

/** @internal What a step is run with. */
export interface StepInputs {
  learningRate: Float32Array
  step: Int32Array
  seed: Int32Array
}

/** @internal */
export interface Training<Judged> {
  samples: number
  epochs: number
  batchSize: number
  learningRate: number
  schedule: Schedule
  warmup: number
  seed: number
  /** Epochs without a better validation after which it ends. */
  patience: number
  /** One step on these samples; its loss. */
  step(samples: Int32Array, inputs: StepInputs): Promise<number>
  /** After each epoch: what it found, and the score by which the best epoch is chosen, greater is better. */
  validate?(): Promise<{ judged: Judged; score: number }>
  /** The weights that the best epoch is restored in. */
  weights: Weights
  trained: readonly string[]
  onProgress?(progress: TrainingProgress): void
  signal?: AbortSignal
}

/**
 * @internal Epochs over all samples in an order drawn by the seed. With a validation the weights of the best epoch are in force
 * at the end. After an error or an abort the weights are those from before.
 */
export async function train<Judged>(training: Training<Judged>): Promise<TrainingEpoch<Judged>[]> {
  const { samples, epochs, batchSize, seed, weights, trained, signal } = training
  const perEpoch = Math.ceil(samples / batchSize)
  const steps = perEpoch * epochs
  const rateAt = learningRateSchedule(training.schedule, training.warmup, steps)
  const random = createRandom(seed)
  const history: TrainingEpoch<Judged>[] = []
  const before = await weights.snapshot(trained)
  const started = performance.now()
  let best: { score: number; epoch: number; weights: WeightsSnapshot } | undefined
  let step = 0
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const begun = performance.now()
      const order = random.shuffle(Int32Array.from({ length: samples }, (_, n) => n))
      let total = 0
      for (let begin = 0; begin < samples; begin += batchSize) {
        throwIfAborted(signal)
        const batch = order.subarray(begin, begin + batchSize)
        step++
        const loss = await training.step(batch, {
          learningRate: Float32Array.of(training.learningRate * rateAt(step)),
          step: Int32Array.of(step),
          seed: Int32Array.of(step, random.integer(2 ** 31)),
        })
        total += loss * batch.length
        const seconds = (performance.now() - started) / 1000
        training.onProgress?.({
          epoch,
          epochs,
          step,
          steps,
          loss: total / Math.min(begin + batchSize, samples),
          secondsLeft: (seconds / step) * (steps - step),
        })
      }
      const validation = await training.validate?.()
      history.push({
        epoch,
        loss: total / samples,
        validation: validation?.judged,
        seconds: (performance.now() - begun) / 1000,
      })
      if (validation === undefined) continue
      if (best === undefined || validation.score > best.score) {
        if (best) releaseSnapshot(best.weights)
        best = { score: validation.score, epoch, weights: await weights.snapshot(trained) }
      } else if (epoch - best.epoch >= training.patience) break
    }
    if (best && best.epoch < history.length) await weights.restore(best.weights)
    return history
  } catch (error) {
    await weights.restore(before)
    if (!(error instanceof KindredError) || error.code !== 'ERR_NOT_FINITE') throw error
    throw new KindredError(
      'ERR_NOT_FINITE',
      `step ${step} of ${steps}: ${error.message} Training diverged, and the weights are those from before. Take a smaller learningRate, or maxNorm.`,
      { cause: error },
    )
  } finally {
    releaseSnapshot(before)
    if (best) releaseSnapshot(best.weights)
  }
}
