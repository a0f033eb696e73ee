import type { WordPieceHandle } from '../../native/addon.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { checkTexts } from '../check-texts.js'
import { overTextBatches } from '../text-batches.js'
import { parseTokenizerJson } from './parse-tokenizer-json.js'
import { completeOptions, indexVocabulary, WORDPIECE_OPTIONS, type WordPieceOptions } from './wordpiece-options.js'

/**
 * BERT's WordPiece tokenizer in native code, on all threads. Its ids equal those of the reference implementation
 * (Hugging Face tokenizers). No special tokens are put around a text; a lone surrogate counts as U+FFFD.
 */
export class WordPieceTokenizer {
  /** [vocab], the token of each id. */
  readonly vocabulary: readonly string[]
  /** How it tokenises, every default filled in. */
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
   * @throws ERR_VALUE for an unknown option or a token that is not in the vocabulary, ERR_DUPLICATE, ERR_ABORTED
   */
  static async create(
    vocabulary: readonly string[],
    options: WordPieceOptions & AbortOptions = {},
  ): Promise<WordPieceTokenizer> {
    options = checkOptions('WordPieceTokenizer.create', options, [...WORDPIECE_OPTIONS, 'signal'])
    const { signal, ...given } = options
    const complete = completeOptions(given, indexVocabulary(vocabulary))
    const handle = await nativeCall(signal, (native, abort) => native.wordPiece(vocabulary, complete, abort))
    return new WordPieceTokenizer(vocabulary, complete, handle)
  }

  /**
   * The tokenizer of a parsed tokenizer.json; its truncation, padding and post-processor are left aside.
   * @throws ERR_ENCODER if it is no BERT WordPiece tokenizer, ERR_ABORTED
   */
  static async fromTokenizerJson(json: unknown, options: AbortOptions = {}): Promise<WordPieceTokenizer> {
    options = checkOptions('WordPieceTokenizer.fromTokenizerJson', options, ['signal'])
    const { vocabulary, options: written } = parseTokenizerJson(json)
    try {
      return await WordPieceTokenizer.create(vocabulary, { ...written, signal: options.signal })
    } catch (cause) {
      const { code } = cause as KindredError
      if (code === 'ERR_ADDON' || code === 'ERR_ABORTED') throw cause
      throw new KindredError('ERR_ENCODER', `tokenizer.json: ${(cause as Error).message}`, { cause })
    }
  }

  /**
   * The ids of each text, without special tokens.
   * @throws ERR_VALUE for a text that is no string, ERR_ABORTED
   */
  async encode(texts: readonly string[], options: AbortOptions = {}): Promise<Int32Array[]> {
    options = checkOptions('encode', options, ['signal'])
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

guardReceivers(WordPieceTokenizer)
