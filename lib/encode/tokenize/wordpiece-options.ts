import { checkBoolean, checkInteger, checkOptions, checkString } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** How a BERT WordPiece tokenizer makes words of a text and pieces of a word; defaults are those of uncased BERT. */
export interface WordPieceOptions {
  /** Removes control characters and makes every white space a space; default true. */
  cleanText?: boolean
  /** Makes every ideograph a word of its own; default true. */
  handleChinese?: boolean
  /** Decomposes canonically and drops combining marks; default: as `lowercase`. */
  stripAccents?: boolean
  /** Default true. */
  lowercase?: boolean
  /** The token of a word that cannot be put together from pieces; default '[UNK]'. */
  unknown?: string
  /** What pieces that do not begin a word begin with in the vocabulary; default '##'. */
  continuingPrefix?: string
  /** A word of more characters is unknown; default 100. */
  maxCharacters?: number
  /** Tokens found as they are in the raw text, before anything else; default those of [PAD] [UNK] [CLS] [SEP] [MASK] in the vocabulary. */
  addedTokens?: readonly string[]
}

export const WORDPIECE_OPTIONS = [
  'cleanText',
  'handleChinese',
  'stripAccents',
  'lowercase',
  'unknown',
  'continuingPrefix',
  'maxCharacters',
  'addedTokens',
] as const

const BERT_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']

/** Every token of a vocabulary with its place; ERR_VALUE for one that is no string, ERR_DUPLICATE for one that comes twice. */
export function indexVocabulary(vocabulary: unknown): Map<string, number> {
  if (!Array.isArray(vocabulary) || vocabulary.length === 0)
    throw new KindredError('ERR_VALUE', `vocabulary: expected a list of tokens but received ${show(vocabulary)}.`)
  const index = new Map<string, number>()
  for (const [i, token] of vocabulary.entries()) {
    checkString(`vocabulary[${i}]`, token)
    if (index.has(token))
      throw new KindredError(
        'ERR_DUPLICATE',
        `vocabulary: ${show(token)} comes twice, at ${index.get(token)} and ${i}.`,
      )
    index.set(token, i)
  }
  return index
}

/**
 * The options with every default filled in.
 * @throws ERR_VALUE for an option that is unknown or of the wrong kind, or a token that is not in the vocabulary
 */
export function completeOptions(
  options: WordPieceOptions,
  index: ReadonlyMap<string, number>,
): Required<WordPieceOptions> {
  options = checkOptions('WordPiece', options, WORDPIECE_OPTIONS)
  const lowercase = checkBoolean('lowercase', options.lowercase ?? true)
  const unknown = checkString('unknown', options.unknown ?? '[UNK]')
  const addedTokens = options.addedTokens ?? BERT_TOKENS.filter((token) => index.has(token))
  if (!Array.isArray(addedTokens))
    throw new KindredError('ERR_VALUE', `addedTokens: expected a list of tokens but received ${show(addedTokens)}.`)
  for (const token of [unknown, ...addedTokens])
    if (token === '' || !index.has(token))
      throw new KindredError('ERR_VALUE', `${show(token)}: expected a token of the vocabulary.`)
  return {
    cleanText: checkBoolean('cleanText', options.cleanText ?? true),
    handleChinese: checkBoolean('handleChinese', options.handleChinese ?? true),
    stripAccents: checkBoolean('stripAccents', options.stripAccents ?? lowercase),
    lowercase,
    unknown,
    continuingPrefix: checkString('continuingPrefix', options.continuingPrefix ?? '##'),
    maxCharacters: checkInteger('maxCharacters', options.maxCharacters ?? 100, { min: 1, max: 10_000 }),
    addedTokens,
  }
}
