export type { CutSegment } from './disk-cache.js'
export {
  EmbeddingCache,
  type EmbeddingCacheOptions,
  type EmbeddingCacheStatistics,
  type EmbeddingFolderStatistics,
} from './embedding-cache.js'
