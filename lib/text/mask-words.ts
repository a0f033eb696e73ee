import type { Random } from '../data/random.js'
import { KindredError } from '../native/errors.js'

/** What masking needs to know of a vocabulary. */
export interface MaskVocabulary {
  /** Number of tokens. */
  size: number
  /** The id of [MASK]. */
  mask: number
  /** Ids of special tokens, which are never masked. */
  specials: ReadonlySet<number>
  /** [size] 1 for a token that continues a word. */
  continues: Uint8Array
  /** [size] the token of each id, where there is one. */
  tokens: readonly (string | undefined)[]
}

const MASKED = 0.15
const REPLACED = 0.8
const RANDOM = 0.1

/** @param json the parsed tokenizer.json @throws ERR_ENCODER for one that is not of WordPiece, or without [MASK] */
export function maskVocabulary(json: Readonly<Record<string, unknown>>, path: string): MaskVocabulary {
  const { type, vocab } = (json.model ?? {}) as { type?: unknown; vocab?: Record<string, number> }
  const added = (json.added_tokens ?? []) as { id: number; content: string; special?: boolean }[]
  const mask = added.find(({ content }) => content === '[MASK]')?.id ?? vocab?.['[MASK]']
  if (type !== 'WordPiece' || vocab === undefined || mask === undefined)
    throw new KindredError('ERR_ENCODER', `${path}: expected a WordPiece tokenizer with a token [MASK].`)
  const size = Math.max(...Object.values(vocab), ...added.map(({ id }) => id)) + 1
  const continues = new Uint8Array(size)
  const tokens = new Array<string | undefined>(size)
  for (const { id, content } of added) tokens[id] = content
  for (const [token, id] of Object.entries(vocab)) {
    tokens[id] = token
    if (token.startsWith('##')) continues[id] = 1
  }
  const specials = new Set(added.filter(({ special }) => special).map(({ id }) => id))
  for (const token of ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'])
    if (vocab[token] !== undefined) specials.add(vocab[token])
  return { size, mask, specials, continues, tokens }
}

/**
 * Masks words in place: about 15 % of those that are no special tokens, all tokens of a word together.
 * @param ids of sequences that lie end to end
 * @returns the places masked, ascending, and the ids that were there
 */
export function maskWords(
  ids: Int32Array,
  { size, mask, specials, continues }: MaskVocabulary,
  random: Random,
): { places: Int32Array; labels: Int32Array } {
  const places: number[] = []
  const labels: number[] = []
  let isMasked = false
  for (const [place, id] of ids.entries()) {
    if (specials.has(id)) {
      isMasked = false
      continue
    }
    if (!continues[id]) isMasked = random.next() < MASKED
    if (!isMasked) continue
    places.push(place)
    labels.push(id)
    const draw = random.next()
    if (draw < REPLACED) ids[place] = mask
    else if (draw < REPLACED + RANDOM) ids[place] = random.integer(size)
  }
  return { places: Int32Array.from(places), labels: Int32Array.from(labels) }
}
