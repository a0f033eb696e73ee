/**
 * Tables and vectors made ready for models: scaled, encoded, selected, reduced, fused. From `'kindred'` or
 * `'kindred/features'`.
 * @module features
 */

export { CountVectorizer, type VectorizeOptions } from './ngrams/count-vectorizer.js'
export type { VocabularyReport } from './ngrams/fitted-vocabulary.js'
export { HashingVectorizer, type HashingVectorizerOptions } from './ngrams/hashing-vectorizer.js'
export type { NgramOptions, TokenPattern } from './ngrams/ngram-options.js'
export { TfidfEmbedder, type TfidfEmbedderOptions } from './ngrams/tfidf-embedder.js'
export type { RowNorm, TfidfVectorizerOptions } from './ngrams/tfidf-options.js'
export { TfidfVectorizer } from './ngrams/tfidf-vectorizer.js'
export type { CountVectorizerOptions } from './ngrams/vocabulary-options.js'
