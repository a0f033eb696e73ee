import type { NnNumbers } from '../../native/addon.js'
import type { Tensor } from '../../nn/graph/graph.js'
import type { ClassificationReport } from '../classification-report.js'
import type { MultiLabelReport } from '../multi-label-report.js'
import type { RegressionReport } from '../regression-report.js'

/**
 * What a text classifier says of a text: 'single-label' one class, 'multi-label' any number of classes, 'regression' a
 * number. In config.json Hugging Face's `problem_type`.
 */
export type ProblemType = 'single-label' | 'multi-label' | 'regression'

/** What a classifier of single labels says of a text. */
export interface Prediction {
  /** The class with the greatest score. */
  label: string
  /** Probability of each class, in the order of `labels`. */
  scores: Float32Array
}

/** A class that a text is of. */
export interface ScoredLabel {
  /** The class. */
  label: string
  /** Its probability. */
  score: number
}

/** What a classifier of several labels says of a text. */
export interface MultiLabelPrediction {
  /** The classes whose probability is at least the threshold, the most probable first; may be empty. */
  labels: ScoredLabel[]
  /** Probability of each class, in the order of `labels` of the classifier; each by itself, so that they add up to nothing. */
  scores: Float32Array
}

/** How a type of problem speaks of texts. */
export interface ProblemValues<Label, Prediction, Report> {
  /** What a text is labelled with. */
  label: Label
  /** What is predicted of it. */
  prediction: Prediction
  /** How predictions are judged. */
  report: Report
}

/** What a text is labelled with, what is predicted of it, and how predictions are judged, by the type of problem. */
export interface ProblemTypes {
  /** One class of each text. */
  'single-label': ProblemValues<string, Prediction, ClassificationReport>
  /** Any number of classes of each text. */
  'multi-label': ProblemValues<readonly string[], MultiLabelPrediction, MultiLabelReport>
  /** A number of each text. */
  regression: ProblemValues<number, number, RegressionReport>
}

/** True labels as numbers: of classes i32 [texts], else [texts, outputs]. */
export type Targets = Int32Array | Float32Array

/** @internal How a type of problem is trained, predicted and judged. */
export interface Problem<P extends ProblemType> {
  readonly type: P
  readonly labels: readonly string[]
  /** Numbers that the head gives of each text. */
  readonly outputs: number
  /** What config.json says of it. */
  readonly config: Readonly<Record<string, unknown>>
  readonly reportClass: abstract new (...given: never) => ProblemTypes[P]['report']
  /** @throws ERR_VALUE naming the first label that is none */
  targets(option: string, labels: unknown, count: number): Targets
  /** @throws ERR_VALUE where nothing can be learnt from them */
  checkTaught(targets: Targets): void
  /** Adds the input 'labels' and the loss. @param logits [texts, outputs] */
  loss(logits: Tensor): Tensor
  /** The input 'labels' of these texts. */
  batch(targets: Targets, samples: Int32Array): NnNumbers
  /** [texts, outputs] */
  scores(logits: Tensor): Tensor
  /** @param scores [outputs] */
  prediction(scores: Float32Array, threshold: number): ProblemTypes[P]['prediction']
  /** @param scores of each text */
  report(targets: Targets, scores: readonly Float32Array[], threshold: number): ProblemTypes[P]['report']
  /** By which the best epoch is chosen: greater is better. */
  quality(report: ProblemTypes[P]['report']): number
}
