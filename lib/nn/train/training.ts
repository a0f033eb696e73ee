import type { Weights } from '../weights.js'
import type { TrainingIdentity } from './checkpoint.js'
import type { PlateauOptions, Schedule } from './schedule.js'
import type { StepInputs } from './training-step.js'
import type { WeightAverages } from './weight-averages.js'

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

/** @internal Where a training goes on from, if it was interrupted. */
export interface TrainingCheckpoint<Judged> {
  /** The folder. */
  readonly dir: string
  /** Steps after which it is written, beside the ends of epochs. */
  readonly every: number | undefined
  identity(): Promise<TrainingIdentity>
  /** What a validation gave, from its JSON. */
  revive(judged: unknown): Judged
}

/** @internal */
export interface Training<Judged> {
  samples: number
  epochs: number
  /** Samples of a step. */
  stepSize: number
  learningRate: number
  schedule: Schedule
  plateau: Required<PlateauOptions>
  warmup: number
  seed: number
  /** Epochs without a better validation after which it ends; all of them if absent. */
  patience?: number
  /** One step on these samples; its loss. */
  step(samples: Int32Array, inputs: StepInputs): Promise<number>
  /** After each epoch: what it found, and the score by which the best epoch is chosen, greater is better. */
  validate?(): Promise<{ judged: Judged; score: number }>
  weights: Weights
  /** Names of the weights that steps change: those that the best epoch is restored in. */
  trained: readonly string[]
  /** Names of what the optimiser keeps beside them. */
  kept: readonly string[]
  /** Of the weights that are trained: what is judged, and what they are at the end. */
  averages: WeightAverages | undefined
  checkpoint: TrainingCheckpoint<Judged> | undefined
  onProgress?(progress: TrainingProgress): void
  signal?: AbortSignal
}
