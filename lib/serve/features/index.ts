export type { FeatureArray, FeatureDtype } from './dtypes.js'
export { FeatureStore } from './feature-store.js'
export type {
  FeatureAnswer,
  FeatureEntry,
  FeatureReason,
  FeatureRequest,
  FeatureStatus,
  FeatureStoreOptions,
  PutFeaturesOptions,
  PutFeaturesReport,
  PutManyFeaturesOptions,
  RedisStoreOptions,
  StalePolicy,
} from './feature-store-options.js'
export type {
  FeatureMemoryStatistics,
  FeatureRedisStatistics,
  FeatureStoreStatistics,
} from './feature-store-statistics.js'
export type { FeatureValues, FeatureView, FeatureViewInfo } from './view.js'
