import { AlternatingLeastSquares } from '../models/als/alternating-least-squares.js'
import type { Recommender } from '../models/base/recommender.js'
import { Popularity } from '../models/baselines/popularity.js'
import { ContentBased } from '../models/content/content-based.js'
import { EASE } from '../models/item-item/ease.js'
import { GFCF } from '../models/item-item/gfcf.js'
import { P3alpha } from '../models/item-item/p3alpha.js'
import { PureSVD } from '../models/item-item/pure-svd.js'
import { RP3beta } from '../models/item-item/rp3beta.js'
import { SLIM } from '../models/item-item/slim.js'
import { ItemKNN } from '../models/neighbors/item-knn.js'
import { UserKNN } from '../models/neighbors/user-knn.js'
import { BayesianPersonalizedRanking } from '../models/sgd/bayesian-personalized-ranking.js'
import { MatrixFactorization } from '../models/sgd/matrix-factorization.js'
import { usageError } from './options.js'

/** Options that belong to some algorithms only; those given reach the model's constructor under their own names. */
export interface Tuning {
  factors?: number
  regularization?: number
  learningRate?: number
  alpha?: number
  beta?: number
  l1Ratio?: number
  iterations?: number
  seed?: number
  neighbors?: number
  similarity?: 'cosine' | 'jaccard'
  weighting?: 'none' | 'tfidf' | 'bm25'
  shrinkage?: number
}

interface AlgorithmEntry {
  options: readonly (keyof Tuning)[]
  make: (tuning: Tuning) => Recommender
}

const KNN = ['neighbors', 'similarity', 'weighting', 'shrinkage'] as const
const SGD = ['factors', 'learningRate', 'regularization', 'iterations', 'seed'] as const

const TABLE = {
  als: {
    options: ['factors', 'regularization', 'alpha', 'iterations', 'seed'],
    make: (tuning) => new AlternatingLeastSquares(tuning),
  },
  bpr: { options: SGD, make: (tuning) => new BayesianPersonalizedRanking(tuning) },
  'matrix-factorization': { options: SGD, make: (tuning) => new MatrixFactorization(tuning) },
  'item-knn': { options: KNN, make: (tuning) => new ItemKNN(tuning) },
  'user-knn': { options: KNN, make: (tuning) => new UserKNN(tuning) },
  ease: { options: ['regularization'], make: (tuning) => new EASE(tuning) },
  'pure-svd': { options: ['factors', 'iterations', 'seed'], make: (tuning) => new PureSVD(tuning) },
  slim: {
    options: ['alpha', 'l1Ratio', 'neighbors', 'iterations'],
    make: (tuning) => new SLIM(tuning),
  },
  p3alpha: { options: ['alpha', 'neighbors'], make: (tuning) => new P3alpha(tuning) },
  rp3beta: { options: ['alpha', 'beta', 'neighbors'], make: (tuning) => new RP3beta(tuning) },
  'gf-cf': { options: ['factors', 'alpha', 'iterations', 'seed'], make: (tuning) => new GFCF(tuning) },
  popularity: { options: [], make: () => new Popularity() },
  content: { options: [], make: () => new ContentBased() },
} satisfies Record<string, AlgorithmEntry>

export type Algorithm = keyof typeof TABLE
export const ALGORITHMS = Object.keys(TABLE) as Algorithm[]

/** All tuning options, in the order in which they are first named. */
const TUNING = [...new Set(Object.values<AlgorithmEntry>(TABLE).flatMap(({ options }) => options))]

/** The model that the command line asks for. Options of other algorithms are refused by name. */
export function modelOf(algorithm: Algorithm, given: Tuning): Recommender {
  const { options, make }: AlgorithmEntry = TABLE[algorithm]
  for (const name of TUNING)
    if (given[name] !== undefined && !options.includes(name))
      throw usageError(`--${dashed(name)}: an option of --algorithm ${named(ownersOf(name), 'and')} only.`)
  return make(Object.fromEntries(options.map((name) => [name, given[name]])))
}

/** The algorithms that take an option, for its line of help. */
export function takenBy(name: keyof Tuning): string {
  return ownersOf(name).join(', ')
}

function ownersOf(name: keyof Tuning): string[] {
  return ALGORITHMS.filter((algorithm) => (TABLE[algorithm] as AlgorithmEntry).options.includes(name))
}

function named(names: string[], last: string): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`
}

function dashed(name: string): string {
  return name.replace(/[A-Z0-9]/g, (letter) => `-${letter.toLowerCase()}`)
}
