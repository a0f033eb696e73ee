export {
  type BatchFunction,
  type Gathered,
  type GatherOptions,
  type GatherStatistics,
  gather,
} from './gather.js'
export {
  type GatherEmbeddingsOptions,
  type GatheredRecommend,
  type GatherModelOptions,
  gatherEmbeddings,
  gatherRecommendations,
} from './gather-models.js'
