import type { Program } from '../../nn/graph/program.js'
import type { TrainingJob } from '../base/bert-model.js'
import { pooledHead } from '../base/pooled-head.js'
import type { StatePooling } from '../base/text-pooling.js'
import { batchOf } from '../base/token-sequences.js'
import { checkSameTokens } from './check-student.js'
import type { DistillationWeights } from './distill-options.js'
import { distillationLoss, TEACHER_LOGITS, teacherState } from './distillation-loss.js'

/** Who learns from whom. */
export interface StudentAndTeacher {
  /** The texts as the student reads them. */
  readonly student: {
    readonly sequences: readonly Int32Array[]
    readonly padding: number | undefined
    readonly pooling: StatePooling
  }
  /** The texts as the teacher reads them, and a program that gives its logits and the states that are learnt. */
  readonly teacher: {
    readonly sequences: readonly Int32Array[]
    readonly padding: number | undefined
    says(): Program
  }
}

/** What is learnt. */
export interface Lesson {
  /** The class of each text, if they are known. */
  readonly labels: Int32Array | undefined
  readonly weights: DistillationWeights
  readonly kind: 'squared' | 'cosine'
  readonly signal: AbortSignal | undefined
}

/** The training of a student. @throws ERR_VALUE where states are compared of texts whose tokens differ */
export function distillationTask(
  { student, teacher }: StudentAndTeacher,
  { labels, weights, kind, signal }: Lesson,
): Pick<TrainingJob<unknown>, 'readsLayers' | 'logits' | 'loss' | 'batch'> {
  if (weights.states > 0) checkSameTokens(student.sequences, teacher.sequences)
  return {
    readsLayers: weights.states > 0,
    logits: (graph, encoded) => pooledHead(graph, encoded, student.pooling),
    loss: (graph, { layers }, logits) => distillationLoss(graph, logits, layers, weights, kind),
    batch: async (samples) => {
      const { inputs, sizes } = batchOf(teacher.sequences, samples, teacher.padding)
      const [logits, ...states] = await teacher.says().run(inputs, sizes, { signal })
      const others = {
        [TEACHER_LOGITS]: logits!,
        ...Object.fromEntries(states.map((state, n) => [teacherState(n), state])),
        ...(labels && { labels: Int32Array.from(samples, (n) => labels[n]!) }),
      }
      return { ...batchOf(student.sequences, samples, student.padding), others }
    },
  }
}
