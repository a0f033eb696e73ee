import { KindredError } from '../../native/errors.js'
import { gradients } from '../../nn/graph/gradients.js'
import type { Tensor } from '../../nn/graph/graph.js'
import { add, scale } from '../../nn/ops/layers/elementwise.js'
import { symmetricDivergence } from '../../nn/ops/losses/divergence.js'
import { boundSequences } from '../../nn/ops/sequences/perturbation.js'
import type { Attack } from './robust-options.js'

/** The loss of a pass over a batch, and the logits of its classes where there are any. */
export interface Pass {
  readonly loss: Tensor
  readonly logits: Tensor
}

/** Records a pass, what embedded words become given. Each has dropouts of its own. */
export type RecordPass = (words?: (words: Tensor) => Tensor) => Pass

/** What a step lessens, and what it tells. */
export interface TrainingLoss {
  readonly objective: Tensor
  readonly told: Tensor
}

/**
 * The loss of a training step: of one pass, or (R-drop) the mean of two with the divergence of their classes; and (FGM, PGD)
 * the same of embedded words that were changed against it.
 * @param offsets i32 [sequences + 1]
 */
export function trainingLoss(
  pass: RecordPass,
  offsets: Tensor,
  { adversarial, rdrop }: { adversarial: Attack | undefined; rdrop: { alpha: number } | undefined },
): TrainingLoss {
  const lossOf = (words?: (words: Tensor) => Tensor): Tensor => {
    const first = pass(words)
    if (rdrop === undefined) return first.loss
    const second = pass(words)
    if (first.logits === second.logits)
      throw new KindredError(
        'ERR_VALUE',
        'rdrop: expected a model with dropout, but that of its config.json is 0, so that two passes are one.',
      )
    const divergence = symmetricDivergence(first.logits, second.logits)
    return add(scale(add(first.loss, second.loss), 1 / 2), scale(divergence, rdrop.alpha))
  }
  let at: Tensor | undefined
  /** The loss where the embedded words are changed by what `change` makes of them; `at` is where that is. */
  const lossAt = (change: (words: Tensor) => Tensor) =>
    lossOf((words) => {
      at = change(words)
      return at
    })
  const told = lossAt((words) => words)
  if (adversarial === undefined) return { objective: told, told }
  const { epsilon, alpha, steps } = adversarial
  let attacked = told
  let change: Tensor | undefined
  for (let n = 0; n < steps; n++) {
    // Rows alone are the gradient of a table, which this is not.
    const [gradient] = gradients(attacked, [at!]) as [Tensor]
    const step = boundSequences(gradient, offsets, alpha, true)
    const moved = change === undefined ? step : add(change, step)
    const bounded = alpha * (n + 1) > epsilon ? boundSequences(moved, offsets, epsilon, false) : moved
    change = bounded
    attacked = lossAt((words) => add(words, bounded))
  }
  return { objective: add(told, attacked), told }
}
