import type { Random } from '../data/random.js'
import { KindredError } from '../native/errors.js'

/** Tokens that are part of no text, also where tokenizer.json does not call them special. */
const SPECIALS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '<pad>', '<unk>', '<s>', '</s>']

/** What masking needs to know of a vocabulary. */
export interface MaskVocabulary {
  /** Number of tokens. */
  size: number
  /** The id of the token that stands for a masked one. */
  mask: number
  /** Ids of special tokens, which are never masked. */
  specials: ReadonlySet<number>
  /** [size] 1 for a token that continues a word. */
  continues: Uint8Array
  /** [size] the token of each id, where there is one. */
  tokens: readonly (string | undefined)[]
  /** What a token stands for in a text, without the marks of its vocabulary. */
  textOf(token: string): string
}

const MASKED = 0.15
const REPLACED = 0.8
const RANDOM = 0.1

/** Scripts that are written without spaces: each of their tokens counts as a word. */
const UNSPACED = /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u

/** Whether a token continues a word, by the type of the tokenizer's model; words of BPE and Unigram begin at white space. */
const CONTINUES: Readonly<Record<string, (token: string) => boolean>> = {
  WordPiece: (token) => token.startsWith('##'),
  // Tokens of bytes have white space as Ġ, Ċ, ĉ and č, others as U+2581.
  BPE: (token) => !/^[ĠĊĉč\u2581]/.test(token) && !UNSPACED.test(token),
  Unigram: (token) => !token.startsWith('\u2581') && !UNSPACED.test(token),
}

/** The byte of each character of a vocabulary of bytes: printable ones stand for themselves, others from 256 on (GPT-2). */
function byteCharacters(): Map<string, number> {
  const isPrintable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
  let next = 256
  return new Map(
    Array.from({ length: 256 }, (_, byte) => [String.fromCodePoint(isPrintable(byte) ? byte : next++), byte]),
  )
}

function tokenText(type: string, isOfBytes: boolean): (token: string) => string {
  if (type === 'WordPiece') return (token) => token.replace(/^##/, '')
  const bytes = byteCharacters()
  return (token) => {
    if (!isOfBytes) return token.replaceAll('\u2581', ' ').trim()
    const own = [...token].map((character) => bytes.get(character))
    return own.includes(undefined)
      ? token
      : Buffer.from(own as number[])
          .toString('utf8')
          .trim()
  }
}

/** The token for masks: what tokenizer_config.json names, else the one that BERT or RoBERTa has. */
function maskToken(settings: Readonly<Record<string, unknown>>): string[] {
  const named = settings.mask_token as { content?: unknown } | string | null | undefined
  const token = typeof named === 'object' ? named?.content : named
  return typeof token === 'string' ? [token] : ['[MASK]', '<mask>']
}

/**
 * @param json the parsed tokenizer.json
 * @param settings the parsed tokenizer_config.json
 * @throws ERR_ENCODER for a tokenizer of another kind, or without a token for masks
 */
export function maskVocabulary(
  json: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, unknown>>,
  path: string,
): MaskVocabulary {
  const model = (json.model ?? {}) as { type?: unknown; vocab?: Record<string, number> | [string, number][] }
  const added = (json.added_tokens ?? []) as { id: number; content: string; special?: boolean }[]
  const { vocab = {} } = model
  // The list of a Unigram model has the ids 0, 1, 2 and so on.
  const ids = new Map(Array.isArray(vocab) ? vocab.map(([token], id) => [token, id]) : Object.entries(vocab))
  for (const { content, id } of added) ids.set(content, id)
  const type = model.type ?? (Array.isArray(vocab) ? 'Unigram' : undefined)
  const continuesWord = Object.hasOwn(CONTINUES, String(type)) ? CONTINUES[String(type)] : undefined
  const mask = maskToken(settings)
    .map((token) => ids.get(token))
    .find((id) => id !== undefined)
  if (continuesWord === undefined || mask === undefined)
    throw new KindredError(
      'ERR_ENCODER',
      `${path}: expected a tokenizer of the type ${Object.keys(CONTINUES).join(', ')} with a token for masks ([MASK], <mask>, or what mask_token names).`,
    )
  const size = [...ids.values()].reduce((most, id) => Math.max(most, id + 1), 0)
  const continues = new Uint8Array(size)
  const tokens = new Array<string | undefined>(size)
  for (const [token, id] of ids) {
    tokens[id] = token
    if (continuesWord(token)) continues[id] = 1
  }
  const specials = new Set(added.filter(({ special }) => special).map(({ id }) => id))
  for (const token of SPECIALS) if (ids.has(token)) specials.add(ids.get(token)!)
  return { size, mask, specials: specials.add(mask), continues, tokens, textOf: tokenText(String(type), ids.has('Ġ')) }
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
  let [isMasked, isWithin] = [false, false]
  for (const [place, id] of ids.entries()) {
    if (specials.has(id)) {
      isWithin = false
      continue
    }
    // The first token of a text begins a word, whether it says so or not.
    if (!isWithin || !continues[id]) isMasked = random.next() < MASKED
    isWithin = true
    if (!isMasked) continue
    places.push(place)
    labels.push(id)
    const draw = random.next()
    if (draw < REPLACED) ids[place] = mask
    else if (draw < REPLACED + RANDOM) ids[place] = random.integer(size)
  }
  return { places: Int32Array.from(places), labels: Int32Array.from(labels) }
}
