import { CHINESE, MARKS, PUNCTUATION, REMOVED } from './bert-tables.js'

/** The "BertNormalizer" entry of a tokenizer.json. */
export interface BertNormalizerConfig {
  clean_text?: boolean
  handle_chinese_chars?: boolean
  strip_accents?: boolean | null
  lowercase?: boolean
}

const removed = new RegExp(`[${REMOVED}]`, 'gu')
const whitespace = /\p{White_Space}/gu
const chinese = new RegExp(`[${CHINESE}]`, 'gu')
const marks = new RegExp(`[${MARKS}]`, 'gu')
const word = new RegExp(`[^\\p{White_Space}${PUNCTUATION}]+|[${PUNCTUATION}]`, 'gu')

/**
 * BERT's text normalisation exactly as the reference tokenizer does it. Where @huggingface/tokenizers differs: character
 * classes (see bert-tables.ts), ideographs beyond U+FFFF, accents stripped before lowercasing rather than after, and
 * lowercasing by code point, which leaves a final capital sigma an ordinary small one.
 */
export function bertNormalizer(config: BertNormalizerConfig): (text: string) => string {
  const { clean_text = true, handle_chinese_chars = true, lowercase = true } = config
  const stripAccents = config.strip_accents ?? lowercase
  return (text) => {
    let out = text
    if (clean_text) out = out.replace(removed, '').replace(whitespace, ' ')
    if (handle_chinese_chars) out = out.replace(chinese, ' $& ')
    if (stripAccents) out = out.normalize('NFD').replace(marks, '')
    if (lowercase) out = out.replaceAll('Σ', 'σ').toLowerCase()
    return out
  }
}

/** BERT's pre-tokenizer: words between white space, every punctuation character a word of its own. */
export function bertWords(text: string): string[] {
  return text.match(word) ?? []
}
