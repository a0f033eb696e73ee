/** The parts of a tokenizer.json that are looked at here. */
export interface TokenizerJson {
  truncation?: unknown
  padding?: unknown
  normalizer?: { type?: unknown; [key: string]: unknown } | null
  pre_tokenizer?: { type?: unknown; [key: string]: unknown } | null
  model?: { type?: unknown; vocab?: unknown; byte_fallback?: unknown } | null
  added_tokens?: unknown
}

/** A tokenizer_config.json. */
export type TokenizerConfig = Readonly<Record<string, unknown>>

/** Of transformers: they take tokenizer.json as it is. The others are built anew from its vocabulary and their settings. */
const GENERIC: readonly unknown[] = ['PreTrainedTokenizerFast', 'TokenizersBackend']

/** The settings of BERT's tokenizers, and what they set in the normalizer. */
const BERT_SETTINGS: Readonly<Record<string, string>> = {
  do_lower_case: 'lowercase',
  strip_accents: 'strip_accents',
  tokenize_chinese_chars: 'handle_chinese_chars',
}

/**
 * A tokenizer.json as transformers makes it of its settings: those of BERT's tokenizers that tokenizer_config.json names
 * take precedence, and with `lowercase` texts are lowercased first, as sentence-transformers does.
 */
export function withSettings(json: TokenizerJson, config: TokenizerConfig, lowercase: boolean): TokenizerJson {
  const bert = withBertSettings(json, config)
  return lowercase ? withLowercase(bert) : bert
}

function withBertSettings(json: TokenizerJson, config: TokenizerConfig): TokenizerJson {
  if (json.normalizer?.type !== 'BertNormalizer' || GENERIC.includes(config.tokenizer_class)) return json
  const normalizer = { ...json.normalizer }
  for (const [key, of] of Object.entries(BERT_SETTINGS))
    if (typeof config[key] === 'boolean') normalizer[of] = config[key]
  return { ...json, normalizer }
}

function withLowercase(json: TokenizerJson): TokenizerJson {
  const { normalizer } = json
  if (normalizer?.type === 'BertNormalizer') {
    const { lowercase = true, strip_accents } = normalizer
    return { ...json, normalizer: { ...normalizer, lowercase: true, strip_accents: strip_accents ?? lowercase } }
  }
  const list = normalizer == null ? [] : normalizer.type === 'Sequence' ? (normalizer.normalizers as []) : [normalizer]
  if (list.some(({ type }) => type === 'Lowercase')) return json
  return { ...json, normalizer: { type: 'Sequence', normalizers: [{ type: 'Lowercase' }, ...list] } }
}

/** The side on which a text that is too long is cut. */
export function truncationSideOf(json: TokenizerJson, config: TokenizerConfig): 'left' | 'right' {
  const { direction } = (json.truncation ?? {}) as { direction?: unknown }
  return String(config.truncation_side ?? direction).toLowerCase() === 'left' ? 'left' : 'right'
}
