import type { Catalogue } from '../data/catalogue.js'
import { Features } from '../data/features.js'
import { checkOptions } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import {
  EMBED_OPTIONS,
  type EmbeddedItems,
  type Embedder,
  type EmbeddingReport,
  type EmbedOptions,
} from './embedder.js'

/** See {@link Embedder.embedItems}. */
export async function embedItems(
  encoder: Embedder,
  catalogue: Catalogue,
  options: EmbedOptions,
): Promise<EmbeddedItems> {
  options = checkOptions('embedItems', options, EMBED_OPTIONS)
  const { ids, texts } = (catalogue ?? {}) as Partial<Catalogue>
  if (ids === undefined || !Array.isArray(texts))
    throw new KindredError('ERR_VALUE', `embedItems: expected a Catalogue but received ${show(catalogue)}.`)
  const { vectors, tokens, truncated } = await encoder.embed(texts, options)
  const report: EmbeddingReport = {
    items: texts.length,
    empty: texts.filter((text) => text.trim() === '').length,
    truncated: truncated.filter(Boolean).length,
    tokens: tokens.reduce((sum, count) => sum + count, 0),
  }
  return Object.assign(await Features.fromAsync(ids, vectors, { signal: options.signal }), { report })
}
