export type { MeasuredRecall } from './recall.js'
export type { RowFilter } from './row-filter.js'
export {
  type BuildIndexOptions,
  type Neighbors,
  type SearchOptions,
  SimilarityIndex,
} from './similarity-index.js'
export { type SimilarityMatrixOptions, similarityMatrix } from './similarity-matrix.js'
