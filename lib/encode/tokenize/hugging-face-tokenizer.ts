import { KindredError, show } from '../../native/errors.js'
import { WordPieceTokenizer } from './wordpiece-tokenizer.js'

/** The parts of a tokenizer.json that are looked at here. */
export interface TokenizerJson {
  truncation?: unknown
  padding?: unknown
  normalizer?: { type?: unknown } | null
  model?: { vocab?: unknown } | null
  added_tokens?: unknown
}

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

const NOT_NATIVE =
  'this BERT tokenizer.json has added tokens or ids that the native tokenizer does not take; @huggingface/tokenizers ' +
  'takes its place, whose ids differ from those of the reference for some characters (a capital sigma at the end of a ' +
  'word, rare Chinese characters).'
const WARNING = { type: 'KindredWarning', code: 'KINDRED_TOKENIZER' }

const loneSurrogate = /\p{Surrogate}/gu

/** The ids of each text, without special tokens. */
type Encode = (texts: readonly string[]) => Promise<(Int32Array | number[])[]>

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
 * any other in JavaScript by @huggingface/tokenizers. Truncation and padding written in tokenizer.json are ignored, as
 * sentence-transformers ignores them. A lone surrogate counts as U+FFFD.
 */
export class HuggingFaceTokenizer {
  /** Special tokens before each text. */
  readonly prefix: readonly number[]
  /** Special tokens after each text. */
  readonly suffix: readonly number[]
  readonly padId: number
  /** Number of ids, those without a token included. */
  readonly size: number
  /** The ids of each text, without special tokens. */
  readonly encode: Encode

  private constructor(
    prefix: readonly number[],
    suffix: readonly number[],
    padId: number,
    size: number,
    encode: Encode,
  ) {
    this.prefix = prefix
    this.suffix = suffix
    this.padId = padId
    this.size = size
    this.encode = encode
  }

  /** @param json the parsed tokenizer.json @param config the parsed tokenizer_config.json, or {} */
  static async create(json: TokenizerJson, config: { pad_token?: unknown }): Promise<HuggingFaceTokenizer> {
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
    const wordPiece = await wordPieceOf(json)
    if (wordPiece === undefined && json.normalizer?.type === 'BertNormalizer') process.emitWarning(NOT_NATIVE, WARNING)
    const encode: Encode =
      wordPiece !== undefined
        ? (texts) => wordPiece.encode(texts)
        : async (texts) => texts.map((text) => idsOf(text.replace(loneSurrogate, '\uFFFD'), false))
    return new HuggingFaceTokenizer(whole.slice(0, at), whole.slice(at + body.length), pad ?? 0, size, encode)
  }

  /** Number of special tokens around each text. */
  get specials(): number {
    return this.prefix.length + this.suffix.length
  }
}
