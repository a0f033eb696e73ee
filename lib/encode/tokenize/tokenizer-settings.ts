import { checkBoolean } from '../../native/argument-checks.js'

/** The parts of a tokenizer.json that are looked at here. */
export interface TokenizerJson {
  truncation?: unknown
  padding?: unknown
  normalizer?: { type?: unknown; [key: string]: unknown } | null
  post_processor?: unknown
  pre_tokenizer?: { type?: unknown; [key: string]: unknown } | null
  model?: { type?: unknown; vocab?: unknown; byte_fallback?: unknown } | null
  added_tokens?: unknown
}

/** A tokenizer_config.json. */
export type TokenizerConfig = Readonly<Record<string, unknown>>

/** Of transformers: they take tokenizer.json as it is. The others are built anew from its vocabulary and their settings. */
const GENERIC: readonly unknown[] = ['PreTrainedTokenizerFast', 'TokenizersBackend']

/** The settings of BERT's tokenizers, and what they are where tokenizer_config.json does not name them. */
const BERT_SETTINGS = { do_lower_case: true, strip_accents: null, tokenize_chinese_chars: true }

/**
 * A tokenizer.json as transformers makes it of its settings: where tokenizer_config.json names any of those of BERT's
 * tokenizers, all of them take precedence, and with `lowercase` texts are lowercased first, as sentence-transformers does.
 * @throws ERR_VALUE for a setting that is neither true nor false
 */
export function withSettings(json: TokenizerJson, config: TokenizerConfig, lowercase: boolean): TokenizerJson {
  const bert = withBertSettings(json, config)
  return lowercase ? withLowercase(bert) : bert
}

function withBertSettings(json: TokenizerJson, config: TokenizerConfig): TokenizerJson {
  if (json.normalizer?.type !== 'BertNormalizer' || GENERIC.includes(config.tokenizer_class)) return json
  if (!Object.keys(BERT_SETTINGS).some((key) => key in config)) return json
  const { do_lower_case, strip_accents, tokenize_chinese_chars } = { ...BERT_SETTINGS, ...config }
  const normalizer = {
    ...json.normalizer,
    lowercase: checkBoolean('do_lower_case', do_lower_case),
    strip_accents: strip_accents === null ? null : checkBoolean('strip_accents', strip_accents),
    handle_chinese_chars: checkBoolean('tokenize_chinese_chars', tokenize_chinese_chars),
  }
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
