import { KindredError, show } from '../../native/errors.js'
import { activation } from '../../nn/ops/layers/elementwise.js'
import { binaryCrossEntropy } from '../../nn/ops/losses/losses.js'
import { labelNumbers, labelsConfig } from '../base/labels.js'
import { MultiLabelReport } from '../multi-label-report.js'
import type { Problem } from './problem.js'

/** Any number of classes of each text: a sigmoid and binary cross-entropy of each. */
export function multiLabel(labels: readonly string[]): Problem<'multi-label'> {
  const width = labels.length
  return {
    type: 'multi-label',
    labels,
    outputs: width,
    config: { ...labelsConfig(labels), problem_type: 'multi_label_classification' },
    reportClass: MultiLabelReport,
    targets(option, given, count) {
      if (!Array.isArray(given) || given.length !== count)
        throw new KindredError(
          'ERR_VALUE',
          `${option}: expected a list of labels for each of ${count} texts but received ${show(given)}.`,
        )
      const targets = new Float32Array(count * width)
      for (const [text, own] of given.entries()) {
        if (!Array.isArray(own))
          throw new KindredError(
            'ERR_VALUE',
            `${option}[${text}]: expected a list of labels, which may be empty, but received ${show(own)}.`,
          )
        for (const label of labelNumbers(`${option}[${text}]`, labels, own, own.length))
          targets[text * width + label] = 1
      }
      return targets
    },
    checkTaught(targets) {
      if (!(targets as Float32Array).includes(1))
        throw new KindredError('ERR_VALUE', 'labels: expected texts with labels, but none has any.')
    },
    loss: (logits) => binaryCrossEntropy(logits, logits.graph.input('labels', logits.shape)),
    batch: (targets, samples) => rows(targets, samples, width),
    scores: (logits) => activation(logits, 'sigmoid'),
    prediction: (scores, threshold) => ({
      labels: [...scores]
        .map((score, n) => ({ label: labels[n]!, score }))
        .filter(({ score }) => score >= threshold)
        .sort((a, b) => b.score - a.score),
      scores,
    }),
    report: (targets, scores, threshold) =>
      new MultiLabelReport(
        labels,
        targets,
        scores.flatMap((own) => [...own].map((score) => (score >= threshold ? 1 : 0))),
      ),
    quality: ({ microF1 }) => microF1,
  }
}

/** Rows of a table. @param table [texts, width] */
function rows(table: ArrayLike<number>, samples: Int32Array, width: number): Float32Array {
  const out = new Float32Array(samples.length * width)
  for (const [row, sample] of samples.entries())
    for (let n = 0; n < width; n++) out[row * width + n] = table[sample * width + n]!
  return out
}
