import { guardReceivers } from '../native/guard-receivers.js'
import type { ClassFigures } from './classification-report.js'

/** Counts of one label, or of all. */
interface Counts {
  right: number
  predicted: number
  support: number
}

function figures({ right, predicted, support }: Counts) {
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
  return {
    precision: ratio(right, predicted),
    recall: ratio(right, support),
    f1: ratio(2 * right, predicted + support),
    support,
  }
}

/** Predicted sets of labels against the true ones. */
export class MultiLabelReport {
  /** F1 over all labels of all texts together. */
  readonly microF1: number
  /** All labels of all texts together. */
  readonly micro: Omit<ClassFigures, 'label'>
  /** Mean F1 of the labels that occur or were predicted. */
  readonly macroF1: number
  /** Share of texts whose labels are all right, and no other (exact match). */
  readonly accuracy: number
  /** In the order of the labels. */
  readonly perClass: readonly ClassFigures[]

  /** @internal @param truth and predicted: [texts, labels] 1 where a text has a label, else 0 */
  constructor(labels: readonly string[], truth: ArrayLike<number>, predicted: ArrayLike<number>) {
    const counts = labels.map((): Counts => ({ right: 0, predicted: 0, support: 0 }))
    const texts = truth.length / labels.length
    let exact = 0
    for (let text = 0; text < texts; text++) {
      let isExact = true
      for (const [label, count] of counts.entries()) {
        const at = text * labels.length + label
        const [isTrue, isPredicted] = [truth[at] === 1, predicted[at] === 1]
        if (isTrue) count.support++
        if (isPredicted) count.predicted++
        if (isTrue && isPredicted) count.right++
        if (isTrue !== isPredicted) isExact = false
      }
      if (isExact) exact++
    }
    const total: Counts = { right: 0, predicted: 0, support: 0 }
    for (const count of counts)
      for (const name of ['right', 'predicted', 'support'] as const) total[name] += count[name]
    this.micro = figures(total)
    this.perClass = labels.map((label, n) => ({ label, ...figures(counts[n]!) }))
    const occurring = this.perClass.filter(({ support }, n) => support + counts[n]!.predicted > 0)
    this.microF1 = this.micro.f1
    this.macroF1 = occurring.reduce((sum, { f1 }) => sum + f1, 0) / Math.max(1, occurring.length)
    this.accuracy = texts === 0 ? 0 : exact / texts
  }

  /** A table of the labels, three decimals. */
  toString(): string {
    const width = Math.max(11, ...this.perClass.map(({ label }) => label.length))
    const cells = (values: readonly (string | number)[]) => values.map((value) => String(value).padStart(10)).join('')
    const line = (name: string, { precision, recall, f1, support }: Omit<ClassFigures, 'label'>) =>
      name.padEnd(width) + cells([precision.toFixed(3), recall.toFixed(3), f1.toFixed(3), support])
    const only = (name: string, value: number) => name.padEnd(width) + cells(['', '', value.toFixed(3)])
    return [
      ' '.repeat(width) + cells(['precision', 'recall', 'f1', 'support']),
      ...this.perClass.map((each) => line(each.label, each)),
      '',
      line('micro', this.micro),
      only('macro F1', this.macroF1),
      only('exact match', this.accuracy),
    ].join('\n')
  }
}

guardReceivers(MultiLabelReport)
