import { KindredError, show } from '../native/errors.js'
import { AlternatingLeastSquares } from './als/alternating-least-squares.js'
import { readModel, type SavedModel } from './base/model-file.js'
import type { Recommender } from './base/recommender.js'
import { Popularity } from './baselines/popularity.js'
import { RandomBaseline } from './baselines/random-baseline.js'
import { ContentBased } from './content/content-based.js'
import { EASE } from './item-item/ease.js'
import { GFCF } from './item-item/gfcf.js'
import { P3alpha } from './item-item/p3alpha.js'
import { PureSVD } from './item-item/pure-svd.js'
import { RP3beta } from './item-item/rp3beta.js'
import { SLIM } from './item-item/slim.js'
import { ItemKNN } from './neighbors/item-knn.js'
import { UserKNN } from './neighbors/user-knn.js'
import { BayesianPersonalizedRanking } from './sgd/bayesian-personalized-ranking.js'
import { MatrixFactorization } from './sgd/matrix-factorization.js'

const RESTORERS: Record<string, (saved: SavedModel) => Recommender | Promise<Recommender>> = {
  AlternatingLeastSquares: AlternatingLeastSquares.restore,
  BayesianPersonalizedRanking: BayesianPersonalizedRanking.restore,
  ContentBased: ContentBased.restore,
  EASE: EASE.restore,
  GFCF: GFCF.restore,
  ItemKNN: ItemKNN.restore,
  MatrixFactorization: MatrixFactorization.restore,
  P3alpha: P3alpha.restore,
  Popularity: Popularity.restore,
  PureSVD: PureSVD.restore,
  RandomBaseline: RandomBaseline.restore,
  RP3beta: RP3beta.restore,
  SLIM: SLIM.restore,
  UserKNN: UserKNN.restore,
}

/**
 * Loads a model that `save` wrote, of whatever kind; it needs no training data to recommend.
 * @throws ERR_MODEL_FILE if the folder holds no model, or a truncated, altered or newer one; ERR_IO
 */
export async function loadModel(dir: string): Promise<Recommender> {
  const saved = await readModel(dir)
  const restore = Object.hasOwn(RESTORERS, saved.algorithm) ? RESTORERS[saved.algorithm] : undefined
  if (restore === undefined)
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: holds a model of algorithm ${show(saved.algorithm)}; this release knows ${Object.keys(RESTORERS).join(', ')}.`,
    )
  try {
    return await restore(saved)
  } catch (error) {
    if (!(error instanceof KindredError) || error.code === 'ERR_MODEL_FILE') throw error
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${error.message}`, { cause: error })
  }
}
