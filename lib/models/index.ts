export { AlternatingLeastSquares } from './als.js'
export type { AlternatingLeastSquaresOptions } from './als-options.js'
export { BayesianPersonalizedRanking, type BayesianPersonalizedRankingOptions } from './bpr.js'
export { ContentBased } from './content-based.js'
export { EASE, type EASEOptions } from './ease.js'
export { GFCF, type GFCFOptions } from './gfcf.js'
export { ItemKNN } from './item-knn.js'
export type { NeighborOptions } from './knn-options.js'
export { loadModel } from './load.js'
export { MatrixFactorization, type MatrixFactorizationOptions } from './matrix-factorization.js'
export { P3alpha, type P3alphaOptions } from './p3alpha.js'
export { Popularity, type PopularityOptions } from './popularity.js'
export { PureSVD, type PureSVDOptions } from './pure-svd.js'
export { RandomBaseline, type RandomBaselineOptions } from './random-baseline.js'
export type {
  AddItemsReport,
  Contribution,
  ExplainOptions,
  Explanation,
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
export { RP3beta, type RP3betaOptions } from './rp3beta.js'
export { SLIM, type SLIMOptions } from './slim.js'
export { UserKNN } from './user-knn.js'
