import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'
import { knownDifferences } from './known-differences.js'
import { type PairLayout, pairLayout } from './pair-layout.js'
import { type TokenizerConfig, type TokenizerJson, truncationSideOf } from './tokenizer-settings.js'
import { WordPieceTokenizer } from './wordpiece-tokenizer.js'

/** Number of ids. @throws ERR_ENCODER unless every token's id is what a model takes */
function checkTokenIds({ model, added_tokens }: TokenizerJson): number {
  let size = 0
  const check = (token: unknown, id: unknown) => {
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < 2 ** 31) {
      size = Math.max(size, (id as number) + 1)
      return
    }
    throw new KindredError(
      'ERR_ENCODER',
      `expected ids that are integers from 0 to ${2 ** 31 - 1}, but token ${show(token)} has ${show(id)}.`,
    )
  }
  const vocab = model?.vocab
  // A list, of a Unigram model, has the ids 0, 1, 2 and so on.
  if (Array.isArray(vocab)) size = vocab.length
  else if (vocab !== null && typeof vocab === 'object')
    for (const [token, id] of Object.entries(vocab)) check(token, id)
  if (Array.isArray(added_tokens)) for (const added of added_tokens) check(added?.content, added?.id)
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

/** The native WordPiece tokenizer where tokenizer.json describes one that it can be; undefined for any other. */
async function wordPieceOf(json: TokenizerJson): Promise<WordPieceTokenizer | undefined> {
  try {
    return await WordPieceTokenizer.fromTokenizerJson(json)
  } catch (error) {
    if ((error as KindredError).code === 'ERR_ENCODER') return undefined
    throw error
  }
}

/**
 * The tokenizer of a Hugging Face folder: BERT's WordPiece in native code, with the ids of the reference implementation;
 * any other in JavaScript by @huggingface/tokenizers. The length and padding written in tokenizer.json are ignored, as
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
    const { Tokenizer } = await import('@huggingface/tokenizers')
    const { truncation: _, padding: __, ...rest } = json
    const tokenizer = new Tokenizer(rest, config)
    const idsOf = (text: string, add_special_tokens: boolean): number[] =>
      tokenizer.encode(text, { add_special_tokens }).ids
    const body = idsOf('a', false)
    const whole = idsOf('a', true)
    const at = whole.findIndex((_, i) => body.every((id, j) => whole[i + j] === id))
    const pad = typeof config.pad_token === 'string' ? tokenizer.token_to_id(config.pad_token) : undefined
    const added = Array.isArray(json.added_tokens) ? json.added_tokens : []
    const wordPiece = await wordPieceOf(json)
    return new HuggingFaceTokenizer({
      prefix: whole.slice(0, at),
      suffix: whole.slice(at + body.length),
      pair: pairLayout(json),
      padId: pad ?? 0,
      wordBegin: isOfBytes(json) ? ' ' : '',
      size,
      specialIds: new Set(added.filter(({ special }) => special === true).map(({ id }) => id)),
      truncationSide: truncationSideOf(json, config),
      differences: wordPiece !== undefined ? [] : knownDifferences(json),
      encode:
        wordPiece !== undefined
          ? (texts, options) => wordPiece.encode(texts, options)
          : async (texts, { signal } = {}) => {
              const ids: number[][] = []
              await new LoopYielder(signal).over(texts.length, 1, (n) => {
                ids.push(idsOf(texts[n]!.replace(loneSurrogate, '\uFFFD'), false))
              })
              return ids
            },
    })
  }

  /** Number of special tokens around each text. */
  get specials(): number {
    return this.prefix.length + this.suffix.length
  }
}
