import { KindredError, show } from '../../native/errors.js'
import { squaredError } from '../../nn/ops/losses/losses.js'
import { RegressionReport } from '../regression-report.js'
import type { Problem } from './problem.js'

/** A number of each text, by the squared error. */
export function regression(): Problem<'regression'> {
  return {
    type: 'regression',
    labels: [],
    outputs: 1,
    config: { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 }, problem_type: 'regression' },
    reportClass: RegressionReport,
    targets(option, given, count) {
      const isList = Array.isArray(given) || ArrayBuffer.isView(given)
      if (!isList || (given as unknown as ArrayLike<unknown>).length !== count)
        throw new KindredError(
          'ERR_VALUE',
          `${option}: expected one number for each of ${count} texts but received ${show(given)}.`,
        )
      return Float32Array.from(given as ArrayLike<number>, (value, n) => {
        if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value
        throw new KindredError(
          'ERR_VALUE',
          `${option}[${n}]: expected a finite number within 32-bit floats but received ${show(value)}.`,
        )
      })
    },
    checkTaught() {},
    loss: (logits) => squaredError(logits, logits.graph.input('labels', logits.shape)),
    batch: (targets, samples) => Float32Array.from(samples, (n) => targets[n]!),
    scores: (logits) => logits,
    prediction: (scores) => scores[0]!,
    report: (targets, scores) =>
      new RegressionReport(
        targets,
        scores.map((own) => own[0]!),
      ),
    // Those without validation labels that differ have no correlation.
    quality: ({ mse }) => -mse,
  }
}
