import type { WordPieceHandle } from '../../native/addon.js'
import { checkOptions } from '../../native/check.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { checkTexts } from '../check-texts.js'
import { overTextBatches } from '../text-batches.js'
import { completeOptions, indexVocabulary, type WordPieceOptions } from './wordpiece-options.js'

interface AddedToken {
  id?: unknown
  content?: unknown
  single_word?: boolean
  lstrip?: boolean
  rstrip?: boolean
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

function fail(cause: string, options?: { cause: unknown }): never {
  throw new KindredError('ERR_ENCODER', `tokenizer.json: ${cause}.`, options)
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

function addedTokensOf(added: readonly AddedToken[], vocabulary: readonly string[]): string[] {
  return added.map(({ content, id, single_word, lstrip, rstrip, normalized }) => {
    if (typeof content !== 'string' || vocabulary[id as number] !== content)
      fail(`added token ${show(content)} with id ${show(id)} is not in the vocabulary, which is not supported`)
    if (single_word || lstrip || rstrip || normalized)
      fail(`added token ${show(content)} has single_word, lstrip, rstrip or normalized set, which is not supported`)
    return content
  })
}

/**
 * BERT's WordPiece tokenizer in native code, on all threads. Its ids equal those of the reference implementation
 * (Hugging Face tokenizers). No special tokens are put around a text; a lone surrogate counts as U+FFFD.
 */
export class WordPieceTokenizer {
  /** [vocab], the token of each id. */
  readonly vocabulary: readonly string[]
  readonly options: Readonly<Required<WordPieceOptions>>
  /** @internal */
  readonly handle: WordPieceHandle

  private constructor(vocabulary: readonly string[], options: Required<WordPieceOptions>, handle: WordPieceHandle) {
    this.vocabulary = vocabulary
    this.options = options
    this.handle = handle
  }

  /**
   * @param vocabulary the token of each id, all different
   * @throws ERR_VALUE for an unknown option or a token that is not in the vocabulary, ERR_DUPLICATE
   */
  static async create(vocabulary: readonly string[], options: WordPieceOptions = {}): Promise<WordPieceTokenizer> {
    const complete = completeOptions(options, indexVocabulary(vocabulary))
    const handle = await nativeCall(undefined, (native) => native.wordPiece(vocabulary, complete))
    return new WordPieceTokenizer(vocabulary, complete, handle)
  }

  /**
   * The tokenizer of a parsed tokenizer.json; its truncation, padding and post-processor are left aside.
   * @throws ERR_ENCODER if it is no BERT WordPiece tokenizer
   */
  static async fromTokenizerJson(json: unknown): Promise<WordPieceTokenizer> {
    if (json === null || typeof json !== 'object') fail(`expected an object but found ${show(json)}`)
    const { model, normalizer, pre_tokenizer, added_tokens = [] } = json as BertTokenizerJson
    checkPart('model', model, 'WordPiece')
    checkPart('normalizer', normalizer, 'BertNormalizer')
    checkPart('pre_tokenizer', pre_tokenizer, 'BertPreTokenizer')
    const vocabulary = vocabularyOf(model?.vocab)
    const options = {
      cleanText: normalizer?.clean_text,
      handleChinese: normalizer?.handle_chinese_chars,
      stripAccents: normalizer?.strip_accents ?? undefined,
      lowercase: normalizer?.lowercase,
      unknown: model?.unk_token,
      continuingPrefix: model?.continuing_subword_prefix,
      maxCharacters: model?.max_input_chars_per_word,
      addedTokens: addedTokensOf(added_tokens, vocabulary),
    }
    try {
      return await WordPieceTokenizer.create(vocabulary, options)
    } catch (cause) {
      if ((cause as KindredError).code === 'ERR_ADDON') throw cause
      return fail((cause as Error).message.replace(/\.$/, ''), { cause })
    }
  }

  /**
   * The ids of each text, without special tokens.
   * @throws ERR_VALUE for a text that is no string, ERR_ABORTED
   */
  async encode(texts: readonly string[], options: { signal?: AbortSignal } = {}): Promise<Int32Array[]> {
    checkOptions('encode', options, ['signal'])
    const own = checkTexts(texts)
    const { signal } = options
    const out = new Array<Int32Array>(own.length)
    await overTextBatches(own, async (begin, end) => {
      const { ids, ends } = await nativeCall(signal, (native, abort) =>
        native.wordPieceEncode(this.handle, own, begin, end, abort),
      )
      for (let i = 0, from = 0; i < ends.length; from = ends[i++]!) out[begin + i] = ids.subarray(from, ends[i])
    })
    return out
  }
}
