import type { Graph, Tensor } from '../../nn/graph/graph.js'
import type { Program } from '../../nn/graph/program.js'
import type { JobBatch } from '../../nn/train/fit-network.js'
import type { TrainingJob } from '../base/bert-model.js'
import type { EncodedTokens } from '../base/encoded-tokens.js'
import { checkSameTokens } from './check-student.js'
import type { DistillationWeights } from './distill-options.js'
import { distillationLoss, type LossParts, TEACHER_LOGITS, teacherState } from './distillation-loss.js'

/** Texts as a model reads them. */
export interface Reader {
  /** The tokens of each. */
  readonly tokens: readonly Int32Array[]
  /** The inputs and sizes of its graph for some of them. */
  batch(samples: Int32Array): JobBatch
}

/** Who learns from whom. */
export interface StudentAndTeacher {
  readonly student: Reader & { said(graph: Graph, encoded: EncodedTokens): Tensor }
  /** `says`: a program that gives what the teacher says and the states that are learnt. */
  readonly teacher: Reader & { says(): Program }
}

/** What is learnt. */
export interface Lesson {
  readonly weights: DistillationWeights
  readonly kind: 'squared' | 'cosine'
  readonly signal: AbortSignal | undefined
  /** How what a student says differs from what the teacher does, and from labels; of classes if absent. */
  readonly parts?: LossParts | undefined
}

/** The training of a student. @throws ERR_VALUE where states are compared of texts whose tokens differ */
export function distillationTask(
  { student, teacher }: StudentAndTeacher,
  { weights, kind, signal, parts }: Lesson,
): Pick<TrainingJob<unknown>, 'readsLayers' | 'logits' | 'loss' | 'batch'> {
  if (weights.states > 0) checkSameTokens(student.tokens, teacher.tokens)
  return {
    readsLayers: weights.states > 0,
    logits: (graph, encoded) => student.said(graph, encoded),
    loss: (graph, { layers }, logits) => distillationLoss(graph, logits, layers, weights, kind, parts),
    batch: async (samples) => {
      const { inputs, sizes, others } = teacher.batch(samples)
      const [said, ...states] = await teacher.says().run({ ...inputs, ...others }, sizes, { signal })
      const own = student.batch(samples)
      const taught = {
        [TEACHER_LOGITS]: said!,
        ...Object.fromEntries(states.map((state, n) => [teacherState(n), state])),
      }
      return { ...own, others: { ...own.others, ...taught } }
    },
  }
}
