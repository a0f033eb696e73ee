// Encoders and vectors: a folder that may be undefined, and the types of what comes back.
import {
  type Embedder,
  type Embeddings,
  type EncoderDtype,
  loadEmbedder,
  type Matrix,
  type Metric,
  type Neighbors,
  SimilarityIndex,
  type StaticEmbedder,
  TextEmbedder,
} from 'kindred'

declare const folder: string | undefined
declare const matrix: Matrix

export const loaded: [
  Promise<StaticEmbedder>,
  Promise<TextEmbedder>,
  Promise<TextEmbedder | StaticEmbedder>,
  Promise<Embedder>,
] = [
  TextEmbedder.load(),
  TextEmbedder.load('folder', { dtype: 'int8' }),
  TextEmbedder.load(folder),
  loadEmbedder(folder),
]

export async function searched(encoder: Embedder): Promise<Neighbors> {
  const embeddings: Embeddings = await encoder.embed(['text'], { pooling: 'mean', truncation: 'chunk' })
  const metric: Metric = 'cosine'
  using index = await SimilarityIndex.build(embeddings.vectors, { metric, dtype: 'bf16' })
  return index.search(matrix, { k: 10 })
}

// @ts-expect-error: there is no such variant
export const wrong: EncoderDtype = 'fp12'
// @ts-expect-error: a folder is a path
TextEmbedder.load(3)
