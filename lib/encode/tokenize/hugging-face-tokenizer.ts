import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'
import { knownDifferences } from './known-differences.js'
import { NativeTokenizer } from './native-tokenizer.js'
import { type PairLayout, pairLayout, type SingleLayout, singleLayout } from './pair-layout.js'
import { type TokenizerConfig, type TokenizerJson, truncationSideOf } from './tokenizer-settings.js'
import { WordPieceTokenizer } from './wordpiece-tokenizer.js'

/** Number of ids. @throws ERR_ENCODER unless every token's id is what a model takes */
function checkTokenIds({ model, added_tokens }: TokenizerJson): number {
  let size = 0
  const check = (token: () => unknown, id: unknown) => {
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < 2 ** 31) {
      size = Math.max(size, (id as number) + 1)
      return
    }
    throw new KindredError(
      'ERR_ENCODER',
      `expected ids that are integers from 0 to ${2 ** 31 - 1}, but token ${show(token())} has ${show(id)}.`,
    )
  }
  const vocab = model?.vocab
  // A list, of a Unigram model, has the ids 0, 1, 2 and so on.
  if (Array.isArray(vocab)) size = vocab.length
  else if (vocab !== null && typeof vocab === 'object')
    for (const [i, id] of Object.values(vocab).entries()) check(() => Object.keys(vocab)[i], id)
  if (Array.isArray(added_tokens)) for (const added of added_tokens) check(() => added?.content, added?.id)
  return size
}

/** Whether a tokenizer works on bytes, as GPT-2's does: those of transformers then need add_prefix_space for lists of words. */
function isOfBytes({ pre_tokenizer }: TokenizerJson): boolean {
  const { type, pretokenizers } = (pre_tokenizer ?? {}) as { type?: unknown; pretokenizers?: { type?: unknown }[] }
  return (
    type === 'ByteLevel' || (Array.isArray(pretokenizers) && pretokenizers.some((each) => each?.type === 'ByteLevel'))
  )
}

const loneSurrogate = /\p{Surrogate}/gu

/** The ids of each text, without special tokens. */
type Encode = (texts: readonly string[], options?: { signal?: AbortSignal }) => Promise<(Int32Array | number[])[]>

/** What makes ids, and what stands around a text. */
interface Engine extends SingleLayout {
  encode: Encode
  /** The id of a token, undefined for one that there is not. */
  idOf(token: string): number | undefined
  /** Parts whose ids may differ from those of the reference. */
  differences: readonly string[]
}

/** The id of a token in a tokenizer.json, as added token or as one of the vocabulary. */
function idIn({ model, added_tokens }: TokenizerJson, token: string): number | undefined {
  const added = (Array.isArray(added_tokens) ? added_tokens : []).find((each) => each?.content === token)
  if (added !== undefined) return added.id as number
  const vocab = model?.vocab
  if (Array.isArray(vocab)) {
    const at = vocab.findLastIndex((entry) => Array.isArray(entry) && entry[0] === token)
    return at < 0 ? undefined : at
  }
  return Object.hasOwn(vocab as object, token) ? (vocab as Record<string, number>)[token] : undefined
}

/**
 * The native tokenizer that a tokenizer.json describes: that of BERT alone where it is one, which takes normaliser and
 * words in one step, or that of every family. @throws ERR_ENCODER for what it does not do, and then says which part
 */
async function nativeEngine(json: TokenizerJson): Promise<Engine> {
  const layout = singleLayout(json)
  if (layout === undefined)
    throw new KindredError('ERR_ENCODER', 'tokenizer.json: its post_processor is of a kind that is not known here.')
  const tokenizer = await WordPieceTokenizer.fromTokenizerJson(json).catch((error: KindredError) => {
    if (error.code === 'ERR_ENCODER') return NativeTokenizer.create(json)
    throw error
  })
  return {
    ...layout,
    encode: (texts, options) => tokenizer.encode(texts, options),
    idOf: (token) =>
      (tokenizer instanceof NativeTokenizer ? tokenizer.added.get(token) : undefined) ?? idIn(json, token),
    differences: [],
  }
}

/** The one of @huggingface/tokenizers. @param cause why there is no native one */
async function javaScriptEngine(json: TokenizerJson, config: TokenizerConfig, cause: KindredError): Promise<Engine> {
  const { Tokenizer } = await import('@huggingface/tokenizers')
  const { truncation: _, padding: __, ...rest } = json
  const tokenizer = new Tokenizer(rest, config)
  const idsOf = (text: string, add_special_tokens: boolean): number[] =>
    tokenizer.encode(text, { add_special_tokens }).ids
  const body = idsOf('a', false)
  const whole = idsOf('a', true)
  const at = whole.findIndex((_, i) => body.every((id, j) => whole[i + j] === id))
  return {
    before: whole.slice(0, at),
    after: whole.slice(at + body.length),
    idOf: (token) => tokenizer.token_to_id(token),
    differences: [...knownDifferences(json), `what has no native tokenizer (${cause.message.replace(/\.$/, '')})`],
    encode: async (texts, { signal } = {}) => {
      const ids: number[][] = []
      await new LoopYielder(signal).over(texts.length, 1, (n) => {
        ids.push(idsOf(texts[n]!.replace(loneSurrogate, '\uFFFD'), false))
      })
      return ids
    },
  }
}

/**
 * The tokenizer of a Hugging Face folder: WordPiece, byte pair encoding and Unigram in native code, with the ids of the
 * reference implementation; what that does not do in JavaScript by @huggingface/tokenizers. The length and padding written in tokenizer.json are ignored, as
 * sentence-transformers ignores them. A lone surrogate counts as U+FFFD.
 */
export class HuggingFaceTokenizer {
  /** Special tokens before each text. */
  readonly prefix: readonly number[]
  /** Special tokens after each text. */
  readonly suffix: readonly number[]
  /** What stands around and between two texts that are read together; undefined where tokenizer.json says nothing that fits. */
  readonly pair: PairLayout | undefined
  readonly padId: number
  /** What is put before a word of a list of words: a space for tokenizers of bytes, whose tokens hold the space before a word. */
  readonly wordBegin: string
  /** Number of ids, those without a token included. */
  readonly size: number
  /** Ids of tokens that are part of no text. */
  readonly specialIds: ReadonlySet<number>
  /** Where a text that is too long is to be cut. */
  readonly truncationSide: 'left' | 'right'
  /** Parts whose ids may differ from those of the reference, for people; empty if there are none. */
  readonly differences: readonly string[]
  /** The ids of each text, without special tokens. The event loop runs meanwhile. @throws ERR_ABORTED */
  readonly encode: Encode

  private constructor(parts: Omit<HuggingFaceTokenizer, 'specials'>) {
    this.prefix = parts.prefix
    this.suffix = parts.suffix
    this.pair = parts.pair
    this.padId = parts.padId
    this.wordBegin = parts.wordBegin
    this.size = parts.size
    this.specialIds = parts.specialIds
    this.truncationSide = parts.truncationSide
    this.differences = parts.differences
    this.encode = parts.encode
  }

  /** @param json the parsed tokenizer.json @param config the parsed tokenizer_config.json, or {} */
  static async create(json: TokenizerJson, config: TokenizerConfig): Promise<HuggingFaceTokenizer> {
    const size = checkTokenIds(json)
    const engine = await nativeEngine(json).catch((cause: KindredError) => {
      if (cause.code !== 'ERR_ENCODER') throw cause
      return javaScriptEngine(json, config, cause)
    })
    const pad = typeof config.pad_token === 'string' ? engine.idOf(config.pad_token) : undefined
    const added = Array.isArray(json.added_tokens) ? json.added_tokens : []
    return new HuggingFaceTokenizer({
      prefix: engine.before,
      suffix: engine.after,
      pair: pairLayout(json),
      padId: pad ?? 0,
      wordBegin: isOfBytes(json) ? ' ' : '',
      size,
      specialIds: new Set(
        added.filter(({ special }) => special === true).map(({ content, id }) => engine.idOf(content) ?? id),
      ),
      truncationSide: truncationSideOf(json, config),
      differences: engine.differences,
      encode: engine.encode,
    })
  }

  /** Number of special tokens around each text. */
  get specials(): number {
    return this.prefix.length + this.suffix.length
  }
}
