import { KindredError, show } from '../../native/errors.js'
import type { WordPieceOptions } from './wordpiece-options.js'

interface AddedToken {
  id?: unknown
  content?: unknown
  single_word?: boolean
  normalized?: boolean
}

interface BertTokenizerJson {
  added_tokens?: AddedToken[]
  normalizer?: {
    type?: string
    clean_text?: boolean
    handle_chinese_chars?: boolean
    strip_accents?: boolean | null
    lowercase?: boolean
  } | null
  pre_tokenizer?: { type?: string } | null
  model?: {
    type?: string
    vocab?: Record<string, unknown>
    unk_token?: string
    continuing_subword_prefix?: string
    max_input_chars_per_word?: number
  }
}

function fail(cause: string): never {
  throw new KindredError('ERR_ENCODER', `tokenizer.json: ${cause}.`)
}

function checkPart(name: string, value: { type?: string } | null | undefined, expected: string): void {
  const found = value?.type ?? 'none'
  if (found !== expected)
    fail(`expected a BERT WordPiece tokenizer, so a ${name} of type ${expected}, but found ${found}`)
}

/** Tokens by id, which must be 0, 1, 2 and so on. */
function vocabularyOf(vocab: unknown): string[] {
  if (vocab === null || typeof vocab !== 'object') fail(`expected an object for model.vocab but found ${show(vocab)}`)
  const entries = Object.entries(vocab)
  const tokens = new Array<string | undefined>(entries.length).fill(undefined)
  for (const [token, id] of entries) {
    if (!Number.isInteger(id) || id < 0 || id >= tokens.length || tokens[id] !== undefined)
      fail(`expected the ids 0 to ${tokens.length - 1}, each once, but token ${show(token)} has ${show(id)}`)
    tokens[id] = token
  }
  return tokens as string[]
}

/** `lstrip` and `rstrip` change nothing: the white space that they take away only separates words. */
function addedTokensOf(added: readonly AddedToken[], vocabulary: readonly string[]): string[] {
  return added.map(({ content, id, single_word, normalized }) => {
    if (typeof content !== 'string' || vocabulary[id as number] !== content)
      fail(`added token ${show(content)} with id ${show(id)} is not in the vocabulary, which is not supported`)
    if (single_word || normalized)
      fail(`added token ${show(content)} has single_word or normalized set, which is not supported`)
    return content
  })
}

/**
 * The vocabulary and options of a parsed tokenizer.json; its truncation, padding and post-processor are left aside.
 * @throws ERR_ENCODER if it describes no BERT WordPiece tokenizer, or one with added tokens of an unsupported kind
 */
export function parseTokenizerJson(json: unknown): { vocabulary: string[]; options: WordPieceOptions } {
  if (json === null || typeof json !== 'object') fail(`expected an object but found ${show(json)}`)
  const { model, normalizer, pre_tokenizer, added_tokens = [] } = json as BertTokenizerJson
  checkPart('model', model, 'WordPiece')
  checkPart('normalizer', normalizer, 'BertNormalizer')
  checkPart('pre_tokenizer', pre_tokenizer, 'BertPreTokenizer')
  const vocabulary = vocabularyOf(model?.vocab)
  const options: WordPieceOptions = {
    cleanText: normalizer?.clean_text,
    handleChinese: normalizer?.handle_chinese_chars,
    stripAccents: normalizer?.strip_accents ?? undefined,
    lowercase: normalizer?.lowercase,
    unknown: model?.unk_token,
    continuingPrefix: model?.continuing_subword_prefix,
    maxCharacters: model?.max_input_chars_per_word,
    addedTokens: addedTokensOf(added_tokens, vocabulary),
  }
  return { vocabulary, options }
}
