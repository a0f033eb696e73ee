import { checkTexts } from '../encode/check-texts.js'
import { checkInteger, checkNumber, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { TextClassifier } from './text-classifier.js'

/** Which predictions count as labels. */
export interface PseudoLabelOptions extends AbortOptions {
  /** The least probability of the class, 0 to 1. Default 0.95. */
  threshold?: number
  /** The most texts of a class, the most probable ones, an integer from 1: else a class that is found easily outgrows the others. Default all. */
  perClass?: number
}

/** Texts with the labels that a classifier gave them. */
export interface PseudoLabels {
  /** In the order in which they came. */
  texts: string[]
  /** The label of each. */
  labels: string[]
  /** [texts] the probability of each. */
  scores: Float32Array
  /** [texts] the number of each among those that were given. */
  sources: Int32Array
}

/** Texts read between two looks at the signal. */
const TEXTS_AT_ONCE = 512

/**
 * Labels for texts that have none: those of which the classifier is sure (Lee 2013, "Pseudo-label"). A new classifier, or
 * this one, is then trained on both.
 * @param classifier trained, of single labels
 * @throws ERR_VALUE, ERR_NOT_SUPPORTED for a classifier of another problem or during its fit, ERR_ABORTED
 */
export async function pseudoLabels(
  classifier: TextClassifier,
  texts: readonly string[],
  options: PseudoLabelOptions = {},
): Promise<PseudoLabels> {
  options = checkOptions('pseudoLabels', options, ['threshold', 'perClass', 'signal'])
  const { signal } = options
  const threshold = checkNumber('threshold', options.threshold ?? 0.95, { min: 0, max: 1 })
  const perClass = checkInteger('perClass', options.perClass ?? Number.MAX_SAFE_INTEGER, { min: 1 })
  const own = checkTexts(texts)
  if (!(classifier instanceof TextClassifier))
    throw new KindredError('ERR_VALUE', `classifier: expected a TextClassifier but received ${show(classifier)}.`)
  if (classifier.problemType !== 'single-label')
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      `classifier: expected one of single labels but it is of '${classifier.problemType}'.`,
    )
  const sure: { source: number; label: string; score: number }[] = []
  for (let begin = 0; begin < own.length; begin += TEXTS_AT_ONCE)
    for (const [n, { label, scores }] of (
      await classifier.predict(own.slice(begin, begin + TEXTS_AT_ONCE), { signal })
    ).entries()) {
      const score = scores[classifier.labels.indexOf(label)]!
      if (score >= threshold) sure.push({ source: begin + n, label, score })
    }
  const counts = new Map<string, number>()
  const chosen = sure
    .sort((a, b) => b.score - a.score || a.source - b.source)
    .filter(({ label }) => {
      counts.set(label, (counts.get(label) ?? 0) + 1)
      return counts.get(label)! <= perClass
    })
    .sort((a, b) => a.source - b.source)
  return {
    texts: chosen.map(({ source }) => own[source]!),
    labels: chosen.map(({ label }) => label),
    scores: Float32Array.from(chosen, ({ score }) => score),
    sources: Int32Array.from(chosen, ({ source }) => source),
  }
}
