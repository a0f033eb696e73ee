import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { add, scale } from '../../nn/ops/layers/elementwise.js'
import { softmax } from '../../nn/ops/layers/softmax.js'
import { unitRows } from '../../nn/ops/layers/vectors.js'
import { crossEntropy, squaredError } from '../../nn/ops/losses/losses.js'
import { klDivergence } from '../../nn/ops/losses/soft-losses.js'
import type { DistillationWeights } from './distill-options.js'

/** The input of the teacher's logits [sequences, classes]. */
export const TEACHER_LOGITS = 'teacherLogits'

/** The input of the teacher's states [tokens, dims] that layer n of the student learns. */
export const teacherState = (n: number) => `teacherState${n}`

/** 1 less the mean cosine of rows, which is half the mean of the squares of the differences of their directions. */
export function cosineDistance(a: Tensor, b: Tensor): Tensor {
  return scale(squaredError(unitRows(a), unitRows(b)), a.fixed(1) / 2)
}

/** How what a student says differs from what it is to say. */
export interface LossParts {
  /** From what the teacher says, at the input {@link TEACHER_LOGITS}. */
  soft?(said: Tensor, teacher: Tensor, temperature: number): Tensor
  /** From labels. */
  hard?(graph: Graph, said: Tensor): Tensor
}

/** The divergence of classes, times the square of the temperature (Hinton, Vinyals, Dean 2015). */
const ofClasses: Required<LossParts> = {
  soft: (logits, teacher, temperature) =>
    klDivergence(logits, softmax(scale(teacher, 1 / temperature)), { temperature }),
  hard: (graph, logits) => crossEntropy(logits, graph.input('labels', [logits.shape[0]!], 'i32')),
}

/**
 * How far a student is from its teacher: a weighted sum of the divergence of its classes (times the square of the temperature),
 * of the loss of labels at the input 'labels', and of the mean distance of its states.
 * @param logits [sequences, classes] of the student
 * @param states [tokens, dims] after each layer of the student
 */
export function distillationLoss(
  graph: Graph,
  logits: Tensor,
  states: readonly Tensor[],
  { temperature, soft, hard, states: stateWeight }: DistillationWeights,
  kind: 'squared' | 'cosine',
  parts: LossParts = {},
): Tensor {
  const terms: Tensor[] = []
  const { soft: fromTeacher, hard: fromLabels } = { ...ofClasses, ...parts }
  if (soft > 0) {
    const teacher = graph.input(TEACHER_LOGITS, logits.shape)
    terms.push(scale(fromTeacher(logits, teacher, temperature), soft))
  }
  if (hard > 0) terms.push(scale(fromLabels(graph, logits), hard))
  if (stateWeight > 0) {
    const distance = kind === 'squared' ? squaredError : cosineDistance
    const all = states.map((state, n) => distance(state, graph.input(teacherState(n), state.shape)))
    terms.push(scale(add(...all), stateWeight / all.length))
  }
  return add(...terms)
}
