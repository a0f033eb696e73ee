import type { MaskVocabulary } from './mask-words.js'

/** A token that may stand where one is masked. */
export interface MaskCandidate {
  /** As the vocabulary has it: '##' begins one that continues a word. */
  token: string
  /** Its probability. */
  score: number
}

/** Where [MASK] stands among tokens that lie end to end. */
export function maskPlaces(ids: Int32Array, { mask }: MaskVocabulary): Int32Array {
  return Int32Array.from([...ids.keys()].filter((place) => ids[place] === mask))
}

/**
 * The k greatest of a row of probabilities, the greatest first, ties by id; no special tokens.
 * @param row [vocabulary]
 */
export function bestTokens(row: Float32Array, k: number, { tokens, specials }: MaskVocabulary): MaskCandidate[] {
  const best: number[] = []
  for (const [id, score] of row.entries()) {
    if (best.length === k && score <= row[best[k - 1]!]!) continue
    if (specials.has(id) || tokens[id] === undefined) continue
    const at = best.findIndex((other) => row[other]! < score)
    best.splice(at < 0 ? best.length : at, 0, id)
    best.length = Math.min(best.length, k)
  }
  return best.map((id) => ({ token: tokens[id]!, score: row[id]! }))
}
