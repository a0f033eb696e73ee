import type { TokenizerHandle } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { overTextBatches } from '../text-batches.js'
import { addedTokens } from './plan/added-tokens.js'
import { normalizerSteps } from './plan/normalizer-steps.js'
import { splitSteps } from './plan/split-steps.js'
import { tokenModel } from './plan/token-model.js'
import type { TokenizerJson } from './tokenizer-settings.js'

/**
 * A tokenizer of any family in native code, on all threads, off the main one: WordPiece, byte pair encoding and Unigram
 * models with the normalisers and pre-tokenizers round them. Its ids equal those of the reference implementation. No special
 * tokens are put around a text; a lone surrogate counts as U+FFFD.
 */
export class NativeTokenizer {
  readonly #handle: TokenizerHandle
  /** The added tokens by what they are. */
  readonly added: ReadonlyMap<string, number>

  private constructor(handle: TokenizerHandle, added: ReadonlyMap<string, number>) {
    this.#handle = handle
    this.added = added
  }

  /**
   * The tokenizer of a parsed tokenizer.json; its truncation, padding and post-processor are left aside.
   * @throws ERR_ENCODER for a part that is malformed, or that is not done natively
   */
  static async create({ normalizer, pre_tokenizer, model, added_tokens }: TokenizerJson): Promise<NativeTokenizer> {
    const native = tokenModel(model)
    const plan = {
      normalizer: normalizerSteps(normalizer),
      preTokenizer: splitSteps(pre_tokenizer),
      model: native,
      added: addedTokens(added_tokens, native),
    }
    try {
      const handle = await nativeCall(undefined, (addon) => addon.tokenizer(plan))
      return new NativeTokenizer(handle, new Map(plan.added.map(({ content, id }) => [content, id])))
    } catch (cause) {
      const { code, message } = cause as KindredError
      if (!['ERR_VALUE', 'ERR_DUPLICATE', 'ERR_SHAPE'].includes(code)) throw cause
      throw new KindredError('ERR_ENCODER', `tokenizer.json: ${message}`, { cause })
    }
  }

  /** The ids of each text, without special tokens. The event loop runs meanwhile. @throws ERR_ABORTED */
  async encode(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<Int32Array[]> {
    const out = new Array<Int32Array>(texts.length)
    await overTextBatches(texts, async (begin, end) => {
      const { ids, ends } = await nativeCall(signal, (native, abort) =>
        native.tokenizerEncode(this.#handle, texts, begin, end, abort),
      )
      for (let i = 0, from = 0; i < ends.length; from = ends[i++]!) out[begin + i] = ids.subarray(from, ends[i])
    })
    return out
  }
}
