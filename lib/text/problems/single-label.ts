import { KindredError } from '../../native/errors.js'
import { softmax } from '../../nn/ops/layers/softmax.js'
import { crossEntropy } from '../../nn/ops/losses/losses.js'
import { labelNumbers, labelsConfig } from '../base/labels.js'
import { ClassificationReport } from '../classification-report.js'
import type { Problem } from './problem.js'

/** One class of each text: softmax and cross-entropy. */
export function singleLabel(labels: readonly string[]): Problem<'single-label'> {
  return {
    type: 'single-label',
    labels,
    outputs: labels.length,
    config: { ...labelsConfig(labels), problem_type: 'single_label_classification' },
    reportClass: ClassificationReport,
    targets: (option, given, count) => labelNumbers(option, labels, given, count),
    checkTaught(targets) {
      if (new Set(targets).size < 2)
        throw new KindredError(
          'ERR_VALUE',
          'labels: expected texts of at least two classes; one alone teaches nothing.',
        )
    },
    loss: (logits) => crossEntropy(logits, logits.graph.input('labels', [logits.shape[0]!], 'i32')),
    batch: (targets, samples) => Int32Array.from(samples, (n) => targets[n]!),
    scores: softmax,
    prediction: (scores) => ({ label: labels[greatest(scores)]!, scores }),
    report: (targets, scores) => new ClassificationReport(labels, targets, scores.map(greatest)),
    quality: ({ accuracy }) => accuracy,
  }
}

/** The place of the greatest score, the first of those that tie. */
function greatest(scores: Float32Array): number {
  return scores.reduce((best, score, n) => (score > scores[best]! ? n : best), 0)
}
