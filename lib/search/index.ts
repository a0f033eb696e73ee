/**
 * Nearest neighbours among vectors. From `'kindred'` or `'kindred/search'`.
 * @module search
 */

export type { Metric } from '../native/addon.js'
export type { BuildIndexOptions, IndexDtype, Neighbors, SearchOptions } from './index-options.js'
export type { FoundItem, ItemIds, SearchItemsOptions } from './item-search.js'
export type { MeasuredRecall } from './recall.js'
export type { RowFilter } from './row-filter.js'
export type { RowIndex } from './row-index.js'
export { SimilarityIndex } from './similarity-index.js'
export { type SimilarityMatrixOptions, similarityMatrix } from './similarity-matrix.js'
