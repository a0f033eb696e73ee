/**
 * Recommenders, all behind {@link Recommender}, and {@link loadModel}. From `'kindred'` or `'kindred/models'`.
 * @module models
 */

export type { AlsParameters, AlternatingLeastSquaresOptions } from './als/als-options.js'
export { AlternatingLeastSquares } from './als/alternating-least-squares.js'
export { MultVAE, type MultVAEOptions } from './autoencoder/mult-vae.js'
export type { BaseRecommender } from './base/base-recommender.js'
export type { Capabilities } from './base/capabilities.js'
export type { FactorModel } from './base/factor-model.js'
export type { ModelLifecycle } from './base/model-lifecycle.js'
export type { NetworkFitOptions, NetworkTrainingOptions } from './base/network-fit.js'
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
export { CrossModalProjection } from './cross-modal/cross-modal-projection.js'
export type {
  CrossModalProjectionOptions,
  CrossModalProjectionSettings,
  EvaluateProjectionOptions,
  FitProjectionOptions,
  ProjectOptions,
} from './cross-modal/projection-options.js'
export type { RetrievalChance, RetrievalFigures, RetrievalReport } from './cross-modal/retrieval-report.js'
export type { BaseClickModel, ClickUpdateOptions, LoadClickModelOptions } from './ctr/base/base-click-model.js'
export type {
  ClickCounts,
  ClickEvaluateOptions,
  ClickField,
  ClickFitOptions,
  ClickModel,
  FieldCounts,
  FieldKind,
} from './ctr/base/click-model.js'
export { ClickReport } from './ctr/base/click-report.js'
export type { Calibration, CalibrationBin, ClickFigures } from './ctr/base/figures.js'
export { DCNv2, type DCNv2Options } from './ctr/dcn-v2.js'
export { DeepFM, type DeepFMOptions } from './ctr/deep-fm.js'
export { FactorizationMachine, type FactorizationMachineOptions } from './ctr/factorization-machine.js'
export { FieldAwareFM, type FieldAwareFMOptions } from './ctr/field-aware-fm.js'
export { FinalMLP, type FinalMLPOptions } from './ctr/final-mlp.js'
export type { FTRLClickModel } from './ctr/ftrl/ftrl-click-model.js'
export { FTRLFactorizationMachine } from './ctr/ftrl/ftrl-factorization-machine.js'
export { FTRLLogisticRegression } from './ctr/ftrl/ftrl-logistic-regression.js'
export type { FTRLFactorsOptions, FTRLOptions, FTRLSettings } from './ctr/ftrl/ftrl-options.js'
export type { SparsityCounts } from './ctr/ftrl/hashed-weights.js'
export { LogisticRegression, type LogisticRegressionOptions } from './ctr/logistic-regression.js'
export type { NetworkClickModel } from './ctr/network/network-click-model.js'
export type {
  ClickNetworkOptions,
  ClickNetworkSettings,
  DeepOptions,
  EmbeddingOptions,
} from './ctr/network/network-options.js'
export { WideAndDeep, type WideAndDeepOptions } from './ctr/wide-and-deep.js'
export type { FusionSamples } from './fusion/fit-fusion.js'
export type {
  CheckpointedFitOptions,
  FitFusionOptions,
  ItemLabel,
  ModalityFusionOptions,
  ModalityFusionSettings,
  ModelTrainingOptions,
} from './fusion/fusion-options.js'
export { ModalityFusion } from './fusion/modality-fusion.js'
export { LightGCN, type LightGCNOptions } from './graph/lightgcn.js'
export { Blend, type BlendValidation } from './hybrid/blend/blend.js'
export type { BlendFitOptions, BlendOptions, BlendSettings } from './hybrid/blend/blend-options.js'
export type { DiversityOptions, ItemCategories } from './hybrid/blend/categories.js'
export type { MemberModel } from './hybrid/members/member-model.js'
export { SeedEnsemble, type SeedEnsembleOptions } from './hybrid/members/seed-ensemble.js'
export type { CandidateRanker } from './hybrid/rank/candidate-ranker.js'
export type { RankerTraining } from './hybrid/rank/fit-ranker.js'
export type { JoinedRows } from './hybrid/rank/joined-columns.js'
export type {
  ClickContexts,
  RankedRecommendForOptions,
  RankedRecommendOptions,
  RankedScoreOptions,
  RequestContext,
  RetrieveAndRankFitOptions,
  RetrieveAndRankOptions,
  RetrieveAndRankSettings,
} from './hybrid/rank/rank-options.js'
export { RetrieveAndRank } from './hybrid/rank/retrieve-and-rank.js'
export type { NegativeSampling } from './hybrid/rank/sampled-clicks.js'
export { Stacking } from './hybrid/rank/stacking.js'
export { TextRanker } from './hybrid/text/text-ranker.js'
export type { TextRankerFitOptions, TextRankerOptions, TextRankerSettings } from './hybrid/text/text-ranker-options.js'
export { EASE, type EASEOptions } from './item-item/ease.js'
export { GFCF, type GFCFOptions } from './item-item/gfcf.js'
export type { ItemWeightModel } from './item-item/item-weight-model.js'
export { P3alpha, type P3alphaOptions } from './item-item/p3alpha.js'
export { PureSVD, type PureSVDOptions } from './item-item/pure-svd.js'
export type { RandomWalkModel, RandomWalkOptions } from './item-item/random-walk-model.js'
export { RP3beta, type RP3betaOptions } from './item-item/rp3beta.js'
export { SLIM, type SLIMOptions } from './item-item/slim.js'
export { loadModel } from './load-model.js'
export { FewShotHeads, type FewShotHeadsOptions, type NextQuestionsOptions } from './meta/few-shot-heads.js'
export { type InformativeItemsOptions, type InformativeStrategy, informativeItems } from './meta/informative-items.js'
export {
  type InversePropensityOptions,
  type ItemPropensitiesOptions,
  inversePropensityWeights,
  itemPropensities,
} from './meta/propensities.js'
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
export type { TowerFeatures } from './towers/tower-features.js'
export type { TowerSettings, TwoTowerFitOptions, TwoTowerOptions } from './towers/tower-options.js'
export type { TuneEncoderOptions, TuneSettings } from './towers/tune-options.js'
export { TwoTower } from './towers/two-tower.js'
export type { TreeHistory } from './trees/boost.js'
export { GradientBoostedTrees, type TreeImportance } from './trees/gradient-boosted-trees.js'
export type { GradientBoostedTreesOptions, TreeModelSettings, TreeObjective } from './trees/tree-options.js'
