export type { CutSegment } from './disk-cache.js'
export { EmbeddingCache } from './embedding-cache.js'
export type {
  EmbeddingCacheOptions,
  EmbeddingCacheStatistics,
  EmbeddingFolderStatistics,
} from './embedding-cache-options.js'
