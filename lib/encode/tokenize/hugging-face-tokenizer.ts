import { bertNormalizer, bertWords } from './bert-normalizer.js'

/** The parts of a tokenizer.json that are looked at here. */
export interface TokenizerJson {
  truncation?: unknown
  padding?: unknown
  normalizer?: { type?: string } | null
  pre_tokenizer?: { type?: string } | null
  added_tokens?: { content: string; lstrip?: boolean; rstrip?: boolean }[]
}

/** Characters tokenised at a time, where the tokenizer allows a long text to be cut at a space. */
const SLICE = 1 << 16

const loneSurrogate = /\p{Surrogate}/gu

interface Encoder {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] }
}

/**
 * A Hugging Face tokenizer whose ids equal the reference implementation's. Truncation and padding written in
 * tokenizer.json are ignored, as sentence-transformers ignores them. A lone surrogate counts as U+FFFD.
 */
export class Tokenizer {
  /** Special tokens before and after each text. */
  readonly prefix: number[]
  readonly suffix: number[]
  readonly padId: number
  readonly #encoder: Encoder
  readonly #sliceable: boolean

  private constructor(encoder: Encoder, sliceable: boolean, padId: number) {
    this.#encoder = encoder
    this.#sliceable = sliceable
    this.padId = padId
    const body = encoder.encode('a', { add_special_tokens: false }).ids
    const whole = encoder.encode('a', { add_special_tokens: true }).ids
    const at = whole.findIndex((_, i) => body.every((id, j) => whole[i + j] === id))
    this.prefix = whole.slice(0, at)
    this.suffix = whole.slice(at + body.length)
  }

  /** @param json the parsed tokenizer.json @param config the parsed tokenizer_config.json, or {} */
  static async create(json: TokenizerJson, config: { pad_token?: unknown }): Promise<Tokenizer> {
    const { Tokenizer: HuggingFaceTokenizer } = await import('@huggingface/tokenizers')
    const { truncation: _, padding: __, ...rest } = json
    const tokenizer = new HuggingFaceTokenizer(rest, config)
    const bertNormalized = json.normalizer?.type === 'BertNormalizer'
    const bertSplit = json.pre_tokenizer?.type === 'BertPreTokenizer'
    const parts = tokenizer as unknown as { normalizer: unknown; pre_tokenizer: unknown }
    if (bertNormalized) parts.normalizer = bertNormalizer(json.normalizer as object)
    if (bertSplit) parts.pre_tokenizer = bertWords
    const plain = (json.added_tokens ?? []).every((t) => !t.lstrip && !t.rstrip && !/\s/.test(t.content))
    const pad = typeof config.pad_token === 'string' ? tokenizer.token_to_id(config.pad_token) : undefined
    return new Tokenizer(tokenizer, bertNormalized && bertSplit && plain, pad ?? 0)
  }

  /** Special tokens around each text. */
  get specials(): number {
    return this.prefix.length + this.suffix.length
  }

  /** The ids of the text without special tokens, a slice at a time, so that a long text does not hold up the process. */
  *ids(text: string): Generator<number[], void> {
    const clean = text.replace(loneSurrogate, '\uFFFD')
    for (let begin = 0; begin < clean.length; ) {
      const end = this.#sliceable ? sliceEnd(clean, begin) : clean.length
      yield this.#encoder.encode(clean.slice(begin, end), { add_special_tokens: false }).ids
      begin = end
    }
  }
}

/** The end of a slice of about SLICE characters that ends before a space; white space always ends a word. */
function sliceEnd(text: string, begin: number): number {
  if (text.length - begin <= SLICE) return text.length
  const back = text.lastIndexOf(' ', begin + SLICE)
  if (back > begin) return back
  const ahead = text.indexOf(' ', begin + SLICE)
  return ahead < 0 ? text.length : ahead
}
