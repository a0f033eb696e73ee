/**
 * Recommenders, all behind {@link Recommender}, and {@link loadModel}. From `'kindred'` or `'kindred/models'`.
 * @module models
 */

export type { AlsParameters, AlternatingLeastSquaresOptions } from './als/als-options.js'
export { AlternatingLeastSquares } from './als/alternating-least-squares.js'
export type { BaseRecommender } from './base/base-recommender.js'
export type { Capabilities } from './base/capabilities.js'
export type { FactorModel } from './base/factor-model.js'
export type { ModelLifecycle } from './base/model-lifecycle.js'
export type {
  AddItemsReport,
  Contribution,
  ExplainOptions,
  Explanation,
  FitOptions,
  FitProgress,
  HistoryEntry,
  Ids,
  ListOptions,
  RankedUser,
  Recommendation,
  RecommendForOptions,
  RecommendOptions,
  RecommendUsersOptions,
  ScoreOptions,
  SimilarOptions,
  UpdateOptions,
} from './base/recommend-options.js'
export type { RankingModel, Recommender } from './base/recommender.js'
export type { ScoreManyOptions, UserItemPair } from './base/score-pairs.js'
export { Popularity, type PopularityOptions } from './baselines/popularity.js'
export { RandomBaseline, type RandomBaselineOptions } from './baselines/random-baseline.js'
export { ContentBased } from './content/content-based.js'
export { EASE, type EASEOptions } from './item-item/ease.js'
export { GFCF, type GFCFOptions } from './item-item/gfcf.js'
export type { ItemWeightModel } from './item-item/item-weight-model.js'
export { P3alpha, type P3alphaOptions } from './item-item/p3alpha.js'
export { PureSVD, type PureSVDOptions } from './item-item/pure-svd.js'
export type { RandomWalkModel, RandomWalkOptions } from './item-item/random-walk-model.js'
export { RP3beta, type RP3betaOptions } from './item-item/rp3beta.js'
export { SLIM, type SLIMOptions } from './item-item/slim.js'
export { loadModel } from './load-model.js'
export { ItemKNN, type ItemKNNOptions } from './neighbors/item-knn.js'
export type { NeighborOptions, NeighborSettings } from './neighbors/knn-options.js'
export type { NeighborModel } from './neighbors/neighbor-model.js'
export { UserKNN, type UserKNNOptions } from './neighbors/user-knn.js'
export type { FitSequencesOptions, SampleListsOptions, SeqGANEpoch, SeqGANFitOptions } from './seqgan/fit-options.js'
export type { GeneratedList, GenerateListsOptions } from './seqgan/generate-options.js'
export { SeqGAN } from './seqgan/seqgan.js'
export type { SeqGANOptions } from './seqgan/seqgan-options.js'
export type { SeqGANPhase, SeqGANProgress } from './seqgan/train-seqgan.js'
export { BERT4Rec, type BERT4RecOptions } from './sequence/bert4rec.js'
export { GRU4Rec, type GRU4RecOptions } from './sequence/gru4rec.js'
export { Item2Vec, type Item2VecOptions } from './sequence/item2vec.js'
export { SASRec, type SASRecOptions, type SelfAttentionOptions } from './sequence/sasrec.js'
export { SequenceEncoder, type SequenceEncoderOptions, type SequenceEncoderType } from './sequence/sequence-encoder.js'
export type { EncodeHistoriesOptions, SequenceModel } from './sequence/sequence-model.js'
export type {
  ItemVectors,
  NegativesOptions,
  SequenceFitOptions,
  SequenceLoss,
  SequenceModelOptions,
  SequenceSettings,
} from './sequence/sequence-options.js'
export {
  BayesianPersonalizedRanking,
  type BayesianPersonalizedRankingOptions,
} from './sgd/bayesian-personalized-ranking.js'
export { MatrixFactorization, type MatrixFactorizationOptions } from './sgd/matrix-factorization.js'
export type { SgdFactorModel } from './sgd/sgd-factor-model.js'
