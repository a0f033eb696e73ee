import type { TokenizerJson } from './tokenizer-settings.js'

interface Part {
  type?: unknown
  [key: string]: unknown
}

/** A part, and those that it is a sequence of. */
function partsOf(part: Part | null | undefined): Part[] {
  if (part == null || typeof part !== 'object') return []
  const inner = [part.normalizers, part.pretokenizers].flat().filter((each) => each != null) as Part[]
  return [part, ...inner.flatMap(partsOf)]
}

/** Parts of tokenizer.json by their type, and where their ids differ; found by comparing both on texts of many kinds. */
const DIFFERENT: Readonly<Record<string, string>> = {
  BertNormalizer: 'a capital sigma at the end of a word, rare Chinese characters',
  Lowercase: 'a capital sigma at the end of a word',
  Precompiled: 'characters that it changes, white space',
  Strip: 'U+FEFF',
  Whitespace: 'letters other than those of ASCII',
  WhitespaceSplit: 'U+FEFF',
  BertPreTokenizer: 'U+FEFF',
}

/**
 * What a tokenizer.json has of which @huggingface/tokenizers is known to make other ids than the reference
 * implementation, the Rust library: for people, in the order of its file.
 */
export function knownDifferences({ normalizer, pre_tokenizer, model }: TokenizerJson): string[] {
  const types = [...partsOf(normalizer), ...partsOf(pre_tokenizer)].map(({ type }) => String(type))
  const out = types.filter((type) => Object.hasOwn(DIFFERENT, type)).map((type) => `${type} (${DIFFERENT[type]})`)
  // Where a file names no type, a list of tokens and scores is a Unigram model's.
  if (model?.type === 'Unigram' || (model?.type === undefined && Array.isArray(model?.vocab))) out.push('Unigram')
  if (model?.byte_fallback === true) out.push('byte fallback')
  return out
}
