import { checkNumber } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import type { NewHeadOptions } from '../base/labels.js'
import type { RDropOptions } from '../base/robust-options.js'
import type { TextPooling } from '../base/text-pooling.js'
import type { TrainingOptions } from '../base/training-options.js'
import type { ProblemType, ProblemTypes } from './problem.js'

/** Texts with the label of each. */
export interface LabeledTexts<P extends ProblemType = 'single-label'> {
  /** The texts. */
  texts: readonly string[]
  /** The label of each; its labels, which may be none, for 'multi-label'; its number for 'regression'. */
  labels: readonly ProblemTypes[P]['label'][]
}

/** How `TextClassifier.load` loads a model. */
export interface LoadClassifierOptions<P extends ProblemType = 'single-label'> extends NewHeadOptions {
  /** What is said of a text. Default that of the folder's head, 'single-label' for a new one. */
  problemType?: P
  /**
   * Of a new head: what makes one vector of the states of a text's tokens. transformers knows 'cls' alone. Default 'cls'; of the
   * folder's own head what it has.
   */
  pooling?: TextPooling
  /** Of `pooling: 'attention'`: heads, each with a query of its own; a divisor of the length of a state. Default 1. */
  poolingHeads?: number
}

/** How `TextClassifier.fit` trains. */
export interface FitClassifierOptions<P extends ProblemType = 'single-label'> extends TrainingOptions {
  /**
   * Each text is read twice, with other dropout, and the divergence of what the two say is part of the loss (Liang et al. 2021,
   * "R-Drop"). Of 'single-label' alone. Default none.
   */
  rdrop?: RDropOptions
  /**
   * Judged after each epoch, by accuracy, for 'multi-label' by micro F1, for 'regression' by the squared error; the weights
   * of the best epoch are kept.
   */
  validation?: LabeledTexts<P>
}

/** How `TextClassifier.predict` and `TextClassifier.evaluate` decide. */
export interface PredictClassesOptions extends AbortOptions {
  /** Of 'multi-label': the least probability of a label that is given, 0 to 1. Default 0.5. */
  threshold?: number
}

/** Of the problem types that have one. */
export const THRESHOLD = 0.5

/** @throws ERR_VALUE for one out of range, or of another problem than 'multi-label' */
export function checkThreshold({ threshold }: PredictClassesOptions, problemType: ProblemType): number {
  if (threshold === undefined) return THRESHOLD
  if (problemType !== 'multi-label')
    throw new KindredError(
      'ERR_VALUE',
      `threshold: expected with problemType 'multi-label' alone, but this classifier is of '${problemType}'.`,
    )
  return checkNumber('threshold', threshold, { min: 0, max: 1 })
}

/** @throws ERR_NOT_SUPPORTED unless a text has one label: what `what` compares are classes that exclude each other */
export function checkSingle(what: string, problemType: ProblemType): void {
  if (problemType !== 'single-label')
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      `${what}: expected a classifier of single labels, but this one is of '${problemType}'.`,
    )
}
