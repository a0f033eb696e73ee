import type { NewHeadOptions } from '../base/labels.js'
import type { RDropOptions } from '../base/robust-options.js'
import type { TrainingOptions } from '../base/training-options.js'
import type { DistillationOptions, StudentChoice } from '../compress/distill-options.js'

/** Sentences as words, with the tag of each word. */
export interface TaggedSentences {
  /** The words of each sentence. */
  sentences: readonly (readonly string[])[]
  /** The tag of each word. */
  tags: readonly (readonly string[])[]
}

/** How `TokenClassifier.load` loads a model. */
export interface LoadTokenClassifierOptions extends NewHeadOptions {
  /**
   * Whether tags are chosen together, sentence by sentence, by a conditional random field (Lafferty, McCallum, Pereira 2001)
   * over the head: it learns which tag follows which. Default what the folder has, and not for a new head.
   */
  crf?: boolean
}

/** How `TokenClassifier.fit` trains. */
export interface FitTokenClassifierOptions extends TrainingOptions {
  /**
   * Each text is read twice, with other dropout, and the divergence of what the two say is part of the loss (Liang et al. 2021,
   * "R-Drop"). Default none.
   */
  rdrop?: RDropOptions
  /** Judged by the F1 of entities after each epoch; the weights of the best epoch are kept. */
  validation?: TaggedSentences
}

/** How `TokenClassifier.distill` makes and trains a student. */
export interface DistillTaggerOptions<Student> extends TrainingOptions, DistillationOptions, StudentChoice<Student> {
  /** The tag of each word, if they are known. */
  tags?: readonly (readonly string[])[]
  /** Judged by the F1 of entities after each epoch; the weights of the best epoch are kept. */
  validation?: TaggedSentences
}
