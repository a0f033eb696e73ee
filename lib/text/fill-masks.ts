import type { MaskVocabulary } from './mask-words.js'

/** A token that may stand where one is masked. */
export interface MaskCandidate {
  /** As the vocabulary has it, such as '##ing' or 'Ġdog'. */
  token: string
  /** What it stands for in a text, without the marks of the vocabulary. */
  text: string
  /** Whether it continues a word, rather than to begin one. */
  isContinuing: boolean
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
export function bestTokens(row: Float32Array, k: number, vocabulary: MaskVocabulary): MaskCandidate[] {
  const { tokens, specials, continues } = vocabulary
  const best: number[] = []
  for (const [id, score] of row.entries()) {
    if (best.length === k && score <= row[best[k - 1]!]!) continue
    if (specials.has(id) || tokens[id] === undefined) continue
    const at = best.findIndex((other) => row[other]! < score)
    best.splice(at < 0 ? best.length : at, 0, id)
    best.length = Math.min(best.length, k)
  }
  return best.map((id) => ({
    token: tokens[id]!,
    text: vocabulary.textOf(tokens[id]!),
    isContinuing: continues[id] === 1,
    score: row[id]!,
  }))
}
