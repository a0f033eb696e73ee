/**
 * Nearest neighbours among vectors. From `'kindred'` or `'kindred/search'`.
 * @module search
 */

export type { Metric } from '../native/addon.js'
export type { BuildIndexOptions, IndexDtype, SearchOptions } from './index-options.js'
export type { MeasuredRecall } from './recall.js'
export type { RowFilter } from './row-filter.js'
export {
  type Neighbors,
  SimilarityIndex,
} from './similarity-index.js'
export { type SimilarityMatrixOptions, similarityMatrix } from './similarity-matrix.js'
