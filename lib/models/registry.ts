import { AlternatingLeastSquares } from './als/alternating-least-squares.js'
import { MultVAE } from './autoencoder/mult-vae.js'
import { Popularity } from './baselines/popularity.js'
import { RandomBaseline } from './baselines/random-baseline.js'
import { ContentBased } from './content/content-based.js'
import { DCNv2 } from './ctr/dcn-v2.js'
import { DeepFM } from './ctr/deep-fm.js'
import { FactorizationMachine } from './ctr/factorization-machine.js'
import { FieldAwareFM } from './ctr/field-aware-fm.js'
import { FinalMLP } from './ctr/final-mlp.js'
import { FTRLFactorizationMachine } from './ctr/ftrl/ftrl-factorization-machine.js'
import { FTRLLogisticRegression } from './ctr/ftrl/ftrl-logistic-regression.js'
import { LogisticRegression } from './ctr/logistic-regression.js'
import { WideAndDeep } from './ctr/wide-and-deep.js'
import { LightGCN } from './graph/lightgcn.js'
import { Blend } from './hybrid/blend/blend.js'
import { SeedEnsemble } from './hybrid/members/seed-ensemble.js'
import { RetrieveAndRank } from './hybrid/rank/retrieve-and-rank.js'
import { Stacking } from './hybrid/rank/stacking.js'
import { TextRanker } from './hybrid/text/text-ranker.js'
import { EASE } from './item-item/ease.js'
import { GFCF } from './item-item/gfcf.js'
import { P3alpha } from './item-item/p3alpha.js'
import { PureSVD } from './item-item/pure-svd.js'
import { RP3beta } from './item-item/rp3beta.js'
import { SLIM } from './item-item/slim.js'
import { FewShotHeads } from './meta/few-shot-heads.js'
import { ItemKNN } from './neighbors/item-knn.js'
import { UserKNN } from './neighbors/user-knn.js'
import { SeqGAN } from './seqgan/seqgan.js'
import { BERT4Rec } from './sequence/bert4rec.js'
import { GRU4Rec } from './sequence/gru4rec.js'
import { Item2Vec } from './sequence/item2vec.js'
import { SASRec } from './sequence/sasrec.js'
import { SequenceEncoder } from './sequence/sequence-encoder.js'
import { BayesianPersonalizedRanking } from './sgd/bayesian-personalized-ranking.js'
import { MatrixFactorization } from './sgd/matrix-factorization.js'
import { TwoTower } from './towers/two-tower.js'
import { GradientBoostedTrees } from './trees/gradient-boosted-trees.js'

/** All models by the name that saved folders and the command line know them by, which is that of the class. */
export const MODELS = {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  BERT4Rec,
  ContentBased,
  EASE,
  GFCF,
  GRU4Rec,
  Item2Vec,
  ItemKNN,
  LightGCN,
  MatrixFactorization,
  MultVAE,
  P3alpha,
  Popularity,
  PureSVD,
  RandomBaseline,
  RP3beta,
  SASRec,
  SequenceEncoder,
  SeqGAN,
  SLIM,
  TwoTower,
  UserKNN,
} as const

/** Models made of other models or of what is no option, which the command line cannot make; by the name of their class. */
export const COMPOSITES = { Blend, FewShotHeads, RetrieveAndRank, SeedEnsemble, Stacking, TextRanker } as const

/** The name of a model's class. */
export type Algorithm = keyof typeof MODELS

/** All names, in the order of {@link MODELS}. */
export const ALGORITHMS = Object.keys(MODELS) as Algorithm[]

/** All models of clicks by the name of their class, by which saved folders know them. */
export const CLICK_MODELS = {
  DCNv2,
  DeepFM,
  FactorizationMachine,
  FieldAwareFM,
  FinalMLP,
  FTRLFactorizationMachine,
  FTRLLogisticRegression,
  GradientBoostedTrees,
  LogisticRegression,
  WideAndDeep,
} as const

/** The name of the class of a model of clicks. */
export type ClickAlgorithm = keyof typeof CLICK_MODELS
