import { checkTexts } from '../../encode/check-texts.js'
import { KindredError } from '../../native/errors.js'
import type { TextPair } from './pairs.js'
import { batchOf, type TokenBatch } from './token-sequences.js'

/** The first texts of pairs, and the second ones. */
export function bothTexts(pairs: readonly TextPair[]): [string[], string[]] {
  return [pairs.map(([first]) => first), pairs.map(([, second]) => second)]
}

/** @throws ERR_VALUE for a batch without others that its pairs could be told from: its loss would always be 0 */
export function checkOthers(kind: string, pairs: number, batchSize: number): void {
  const [option, received] = batchSize < 2 ? ['batchSize', batchSize] : ['pairs', pairs]
  if (received < 2 && pairs > 0)
    throw new KindredError(
      'ERR_VALUE',
      `${option}: expected at least 2 with loss '${kind}', which compares those of a batch, but received ${received}.`,
    )
}

/** Each text twice: dropout makes two vectors of it. @throws ERR_VALUE unless they are texts */
export function simcsePairs(texts: readonly unknown[]): [string[], string[]] {
  const own = checkTexts(texts)
  return [own, own]
}

/**
 * The texts of pairs laid end to end: all first ones, then all second ones, whose places are at the inputs 'first' and 'second'.
 * @param sequences the first text of each pair, then the second of each
 */
export function sentencePairBatch(
  sequences: readonly Int32Array[],
  samples: Int32Array,
  padding: number | undefined,
  scores: readonly number[] | Float64Array | Float32Array | undefined,
): Pick<TokenBatch, 'inputs' | 'sizes'> & { others: Record<string, Int32Array | Float32Array> } {
  const size = samples.length
  const both = [...samples, ...Array.from(samples, (n) => n + sequences.length / 2)]
  const { inputs, sizes } = batchOf(sequences, both, padding)
  const places = Int32Array.from({ length: size }, (_, n) => n)
  const others = {
    first: places,
    second: places.map((n) => n + size),
    ...(scores && { scores: Float32Array.from(samples, (n) => scores[n]!) }),
  }
  return { inputs, sizes: { ...sizes, pairs: size }, others }
}
