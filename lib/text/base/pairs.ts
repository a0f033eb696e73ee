import { KindredError, show } from '../../native/errors.js'

/** Two texts. */
export type TextPair = readonly [string, string]

/** Pairs of texts with the score of each. */
export interface ScoredPairs {
  /** The pairs. */
  pairs: readonly TextPair[]
  /** The score of each. */
  scores: readonly number[]
}

/** @throws ERR_VALUE unless it is a list of pairs of strings */
export function checkPairs(option: string, pairs: unknown): TextPair[] {
  if (!Array.isArray(pairs))
    throw new KindredError('ERR_VALUE', `${option}: expected a list of pairs of texts but received ${show(pairs)}.`)
  return pairs.map((pair, n) => {
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((text) => typeof text === 'string'))
      throw new KindredError('ERR_VALUE', `${option}[${n}]: expected two texts but received ${show(pair)}.`)
    return [pair[0], pair[1]]
  })
}

/** @throws ERR_VALUE unless there is a number within the range for each pair */
export function checkScores(
  option: string,
  scores: unknown,
  count: number,
  { min, max }: { min: number; max: number },
): Float32Array {
  if (!(Array.isArray(scores) || ArrayBuffer.isView(scores)) || (scores as ArrayLike<unknown>).length !== count)
    throw new KindredError(
      'ERR_VALUE',
      `${option}: expected one score for each of ${count} pairs but received ${show(scores)}.`,
    )
  return Float32Array.from(scores as ArrayLike<number>, (score, n) => {
    if (typeof score === 'number' && score >= min && score <= max) return score
    throw new KindredError(
      'ERR_VALUE',
      `${option}[${n}]: expected a number from ${min} to ${max} but received ${show(score)}.`,
    )
  })
}
