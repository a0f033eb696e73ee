export { AlternatingLeastSquares } from './als.js'
export type { AlternatingLeastSquaresOptions } from './als-options.js'
export { BayesianPersonalizedRanking, type BayesianPersonalizedRankingOptions } from './bpr.js'
export { ContentBased } from './content-based.js'
export { ItemKNN } from './item-knn.js'
export type { NeighborOptions } from './knn-options.js'
export { loadModel } from './load.js'
export { MatrixFactorization, type MatrixFactorizationOptions } from './matrix-factorization.js'
export { Popularity, type PopularityOptions } from './popularity.js'
export { RandomBaseline, type RandomBaselineOptions } from './random-baseline.js'
export type {
  AddItemsReport,
  FitOptions,
  FitProgress,
  HistoryEntry,
  Recommendation,
  Recommender,
  RecommendForOptions,
  RecommendOptions,
  ScoreOptions,
  SimilarOptions,
} from './recommender.js'
export { UserKNN } from './user-knn.js'
