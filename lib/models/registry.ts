import { AlternatingLeastSquares } from './als/alternating-least-squares.js'
import { MultVAE } from './autoencoder/mult-vae.js'
import { Popularity } from './baselines/popularity.js'
import { RandomBaseline } from './baselines/random-baseline.js'
import { ContentBased } from './content/content-based.js'
import { LightGCN } from './graph/lightgcn.js'
import { EASE } from './item-item/ease.js'
import { GFCF } from './item-item/gfcf.js'
import { P3alpha } from './item-item/p3alpha.js'
import { PureSVD } from './item-item/pure-svd.js'
import { RP3beta } from './item-item/rp3beta.js'
import { SLIM } from './item-item/slim.js'
import { ItemKNN } from './neighbors/item-knn.js'
import { UserKNN } from './neighbors/user-knn.js'
import { Item2Vec } from './sequence/item2vec.js'
import { BayesianPersonalizedRanking } from './sgd/bayesian-personalized-ranking.js'
import { MatrixFactorization } from './sgd/matrix-factorization.js'
import { TwoTower } from './towers/two-tower.js'

/** All models by the name that saved folders and the command line know them by, which is that of the class. */
export const MODELS = {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  ContentBased,
  EASE,
  GFCF,
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
  SLIM,
  TwoTower,
  UserKNN,
} as const

/** The name of a model's class. */
export type Algorithm = keyof typeof MODELS

/** All names, in the order of {@link MODELS}. */
export const ALGORITHMS = Object.keys(MODELS) as Algorithm[]
