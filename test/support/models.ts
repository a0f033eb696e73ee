import { Features, type FitOptions, type Interactions, Matrix, type Recommender } from 'kindred'
import { ALGORITHMS, type Algorithm, MODELS } from '#lib/models/registry.js'

export { ALGORITHMS, type Algorithm }

/** Options under which each model learns a log of a few dozen users in milliseconds. */
const OPTIONS: Record<Algorithm, object> = {
  AlternatingLeastSquares: { factors: 3, iterations: 2, regularization: 0.1 },
  BayesianPersonalizedRanking: { factors: 3, iterations: 4 },
  BERT4Rec: { dims: 4, heads: 1, layers: 1, feedForward: 6, maxLength: 6, epochs: 2, batchSize: 8 },
  ContentBased: {},
  EASE: { regularization: 5 },
  GFCF: { factors: 3 },
  GRU4Rec: { dims: 4, maxLength: 6, epochs: 2, negatives: 5 },
  Item2Vec: { factors: 4, iterations: 3, window: 4, sample: 0 },
  ItemKNN: { neighbors: 4, weighting: 'bm25' },
  LightGCN: { factors: 3, layers: 2, epochs: 2, batchSize: 64 },
  MatrixFactorization: { factors: 3, iterations: 4, clip: false },
  MultVAE: { hidden: 5, latent: 3, epochs: 2, batchSize: 32 },
  P3alpha: { neighbors: 5, alpha: 1.2 },
  Popularity: { by: 'weight' },
  PureSVD: { factors: 4 },
  RandomBaseline: { seed: 3 },
  RP3beta: { neighbors: 5, beta: 0.6 },
  SASRec: { dims: 4, layers: 2, maxLength: 6, epochs: 2 },
  SeqGAN: {
    dims: 4,
    hidden: 5,
    length: 1,
    context: 4,
    pretrainEpochs: 2,
    discriminatorEpochs: 1,
    adversarialSteps: 2,
    discriminatorSteps: 1,
    rollouts: 1,
    discriminatorDims: 3,
    widths: 2,
    filters: 3,
  },
  SequenceEncoder: { type: 'lstm', dims: 4, maxLength: 6, epochs: 2, negatives: 5 },
  SLIM: { neighbors: 6, alpha: 0.05 },
  TwoTower: { dims: 4, hidden: 6, epochs: 2, batchSize: 16 },
  UserKNN: { neighbors: 4, similarity: 'jaccard' },
}

/** A small model of the class, not fitted. */
export function smallModel(algorithm: Algorithm): Recommender {
  return new (MODELS[algorithm] as new (options: object) => Recommender)(OPTIONS[algorithm])
}

/** The same, fitted; with item features where the model cannot do without. */
export function fitSmall(algorithm: Algorithm, log: Interactions, options: FitOptions = {}): Promise<Recommender> {
  const itemFeatures = algorithm === 'ContentBased' ? tiedFeatures(log.items) : undefined
  return smallModel(algorithm).fit(log, { itemFeatures, ...options })
}

/** Features [ids, 3] of small integers: scores tie often, and ties must be broken by item order. */
export function tiedFeatures(ids: Iterable<string | number>): Features {
  const matrix = new Matrix([...ids].length, 3)
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = (i * 7) % 3
  return Features.from([...ids], matrix)
}

/** Models in which the order of a history counts, and of rows of equal time that in the log. */
export const OF_SEQUENCES = ['BERT4Rec', 'GRU4Rec', 'SASRec', 'SeqGAN', 'SequenceEncoder']
