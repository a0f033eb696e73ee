import { guardReceivers } from '../native/guard-receivers.js'
/** How well one class is told from the others. */
export interface ClassFigures {
  /** The class. */
  label: string
  /** Share of those predicted to be of it that are; 0 where none was. */
  precision: number
  /** Share of those of it that were predicted to be; 0 where there are none. */
  recall: number
  /** Harmonic mean of both. */
  f1: number
  /** How many are of it. */
  support: number
}

/** Predictions of classes against the truth. */
export class ClassificationReport {
  /** Share of right predictions. */
  readonly accuracy: number
  /** Mean F1 of the classes that occur or were predicted. */
  readonly macroF1: number
  /** In the order of the labels. */
  readonly perClass: readonly ClassFigures[]
  /** [true class][predicted class], counts. */
  readonly confusion: readonly (readonly number[])[]

  /** @internal @param truth and predicted: numbers of labels */
  constructor(labels: readonly string[], truth: ArrayLike<number>, predicted: ArrayLike<number>) {
    const confusion = labels.map(() => labels.map(() => 0))
    for (let n = 0; n < truth.length; n++) confusion[truth[n]!]![predicted[n]!]!++
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
    const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
    this.confusion = confusion
    this.accuracy = ratio(sum(labels.map((_, n) => confusion[n]![n]!)), truth.length)
    this.perClass = labels.map((label, n) => {
      const right = confusion[n]![n]!
      const support = sum(confusion[n]!)
      const precision = ratio(right, sum(confusion.map((row) => row[n]!)))
      const recall = ratio(right, support)
      return { label, precision, recall, f1: ratio(2 * precision * recall, precision + recall), support }
    })
    const occurring = this.perClass.filter(({ support }, n) => support > 0 || confusion.some((row) => row[n]! > 0))
    this.macroF1 = ratio(sum(occurring.map(({ f1 }) => f1)), occurring.length)
  }

  /** A table of the classes, three decimals. */
  toString(): string {
    const width = Math.max(8, ...this.perClass.map(({ label }) => label.length))
    const cells = (values: readonly (string | number)[]) => values.map((value) => String(value).padStart(10)).join('')
    const lines = this.perClass.map(
      ({ label, precision, recall, f1, support }) =>
        label.padEnd(width) + cells([precision.toFixed(3), recall.toFixed(3), f1.toFixed(3), support]),
    )
    const total = this.perClass.reduce((count, { support }) => count + support, 0)
    return [
      ' '.repeat(width) + cells(['precision', 'recall', 'f1', 'support']),
      ...lines,
      '',
      'accuracy'.padEnd(width) + cells(['', '', this.accuracy.toFixed(3), total]),
      'macro F1'.padEnd(width) + cells(['', '', this.macroF1.toFixed(3), total]),
    ].join('\n')
  }
}

guardReceivers(ClassificationReport)
