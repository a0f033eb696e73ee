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

/**
 * What a tokenizer.json has of which @huggingface/tokenizers is known to make other ids than the reference
 * implementation, the Rust library: for people, in the order of its file.
 */
export function knownDifferences({ normalizer, pre_tokenizer, model }: TokenizerJson): string[] {
  const out: string[] = []
  const normalizers = partsOf(normalizer).map(({ type }) => type)
  if (normalizers.includes('Lowercase')) out.push('the normalizer Lowercase (a capital sigma at the end of a word)')
  if (normalizers.includes('BertNormalizer'))
    out.push('a BERT normalizer (a capital sigma at the end of a word, rare Chinese characters)')
  if (partsOf(pre_tokenizer).some(({ type }) => type === 'Whitespace')) out.push('the pre-tokenizer Whitespace')
  // Where a file names no type, a list of tokens and scores is a Unigram model's.
  if (model?.type === 'Unigram' || (model?.type === undefined && Array.isArray(model?.vocab)))
    out.push('a Unigram model')
  if (model?.byte_fallback === true) out.push('byte fallback')
  return out
}
