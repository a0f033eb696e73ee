import type { Random } from '../../data/random.js'
import { normalCdf } from '../../features/scale/normal-distribution.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { MEANS } from './arm-model.js'
import type { Arm } from './arms.js'
import { Bandit } from './bandit.js'
import { loadBandit } from './bandit-file.js'
import { BANDIT_OPTIONS, type BanditOptions } from './bandit-options.js'
import { drawLogitOfBeta, logitOfBeta } from './beta-distribution.js'
import type { ReadContexts } from './contexts.js'
import { type Ridge, RidgeModel } from './ridge-model.js'
import { type ScoreDistribution, winProbabilities } from './win-probabilities.js'

/** Options of {@link ThompsonSampling}. */
export interface ThompsonSamplingOptions extends BanditOptions {
  /** Numbers of a context, 1 to 1024; absent or 0: no contexts, and rewards in [0, 1] of Bernoulli trials. */
  dims?: number
  /** Of the Beta distribution before any reward, above 0; default alpha 1, beta 1. Without contexts only. */
  prior?: {
    /** Rewards of 1 that count as seen. */
    alpha?: number
    /** Rewards of 0 that count as seen. */
    beta?: number
  }
  /** The standard deviation of a reward about its mean, above 0; default 1. With contexts only. */
  scale?: number
  /** Added to the diagonal, above 0; default 1. With contexts only. */
  regularization?: number
  /** Events after which an inverse is computed anew, against errors of rounding; default 1000. With contexts only. */
  refreshEvery?: number
  /** How propensities are made, see {@link ThompsonSampling}; default 'exact'. */
  propensities?: 'exact' | 'sampled'
  /** Draws of every arm for 'sampled' propensities; default 100. */
  draws?: number
}

const BETA_OPTIONS = ['prior'] as const
const LINEAR_OPTIONS = ['scale', 'regularization', 'refreshEvery'] as const
const OPTIONS = [...BANDIT_OPTIONS, 'dims', ...BETA_OPTIONS, ...LINEAR_OPTIONS, 'propensities', 'draws'] as const

/** @throws ERR_VALUE for an option of the other kind */
function refuseOthers(options: ThompsonSamplingOptions, others: readonly (keyof ThompsonSamplingOptions)[]): void {
  const other = others.find((name) => options[name] !== undefined)
  if (other === undefined) return
  const kind = others.includes('prior')
    ? 'without contexts; leave out dims, or this'
    : 'with contexts; give dims, or leave it out'
  throw new KindredError('ERR_VALUE', `${other}: an option of Thompson sampling ${kind}.`)
}

/** @throws ERR_VALUE */
function modelOf(options: ThompsonSamplingOptions): RidgeModel | typeof MEANS {
  const { regularization = 1, refreshEvery = 1000 } = options
  const dims = checkInteger('dims', options.dims ?? 0, { min: 0, max: 1024 })
  refuseOthers(options, dims > 0 ? BETA_OPTIONS : LINEAR_OPTIONS)
  if (dims === 0) return MEANS
  checkNumber('regularization', regularization, { min: Number.MIN_VALUE })
  checkInteger('refreshEvery', refreshEvery, { min: 1 })
  return new RidgeModel(dims, regularization, refreshEvery)
}

const ROOT = Math.sqrt(2 * Math.PI)

/** @param deviation may be 0: then it is as small as the integration can tell */
function normalScore(mean: number, deviation: number): ScoreDistribution {
  const width = Math.max(deviation, 1e-9 * (1 + Math.abs(mean)))
  return {
    center: mean,
    width,
    low: mean - 9 * width,
    high: mean + 9 * width,
    density: (score) => Math.exp(-0.5 * ((score - mean) / width) ** 2) / (ROOT * width),
    cumulative: (score) => normalCdf((score - mean) / width),
  }
}

/**
 * Each arm with the probability that it is the best, as far as is known (Thompson 1933). Without `dims` a reward is that of a
 * Bernoulli trial whose p has a Beta distribution (Chapelle and Li, An Empirical Evaluation of Thompson Sampling, 2011,
 * Algorithm 2); one between 0 and 1 counts as that part of a success. With `dims` it is linear in the context, with weights of
 * each arm's own: the score of an arm is normal, of mean θᵀx and variance scale² xᵀA⁻¹x (Agrawal and Goyal, Thompson Sampling
 * for Contextual Bandits with Linear Payoffs, 2013, with one model an arm).
 *
 * Arms are drawn by their propensities. `propensities: 'exact'` integrates the probability that an arm's score is the
 * highest, to 1e-6, in time that grows with the square of the arms whose scores overlap; 'sampled' draws all scores `draws`
 * times: the share of draws that an arm wins is its propensity, and one of these draws decides, so that arms which win none
 * have propensity 0 although they are chosen at other times.
 */
export class ThompsonSampling extends Bandit {
  protected readonly algorithm = 'ThompsonSampling'
  readonly #alpha: number
  readonly #beta: number
  readonly #scale: number
  readonly #draws: number
  readonly #settings: Readonly<Record<string, unknown>>

  /** @throws ERR_VALUE, ERR_DUPLICATE for an arm that comes twice */
  constructor(options: ThompsonSamplingOptions) {
    options = checkOptions('ThompsonSampling', options, OPTIONS)
    super(options, modelOf(options) as RidgeModel)
    const { dims = 0, scale, regularization, refreshEvery, propensities = 'exact', draws = 100 } = options
    const prior = options.prior === undefined ? undefined : checkOptions('prior', options.prior, ['alpha', 'beta'])
    const range = { min: 1e-6, max: 1e9 }
    this.#alpha = checkNumber('prior.alpha', prior?.alpha ?? 1, range)
    this.#beta = checkNumber('prior.beta', prior?.beta ?? 1, range)
    this.#scale = checkNumber('scale', scale ?? 1, { min: Number.MIN_VALUE })
    checkOneOf('propensities', propensities, ['exact', 'sampled'])
    checkInteger('draws', draws, { min: 1, max: 1_000_000 })
    this.#draws = propensities === 'exact' ? 0 : draws
    const own = dims > 0 ? { dims, scale, regularization, refreshEvery } : { prior: prior && { ...prior } }
    this.#settings = { ...own, propensities, draws }
  }

  /** The bandit that {@link save} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
  static async load(dir: string, options: AbortOptions = {}): Promise<ThompsonSampling> {
    options = checkOptions('ThompsonSampling.load', options, ['signal'])
    const saved = await loadBandit(dir, 'ThompsonSampling', options.signal)
    return saved.checked(() => new ThompsonSampling({ ...saved.options, arms: saved.arms })).restore(saved)
  }

  /** @internal */
  protected settings(): Record<string, unknown> {
    return { ...this.#settings }
  }

  /** @internal */
  protected override checkOwnReward(name: string, reward: unknown): number {
    if (this.model.dims > 0) return super.checkOwnReward(name, reward)
    return checkNumber(name, reward, { min: 0, max: 1 })
  }

  /** @internal */
  protected fill(arms: readonly Arm<unknown>[], contexts: ReadContexts, shares: Float64Array, random: Random): void {
    const isLinear = this.model.dims > 0
    const [first, second] = isLinear ? this.#normals(arms, contexts) : this.#betas(arms)
    if (this.#draws === 0) {
      const distribution = isLinear ? normalScore : logitOfBeta
      winProbabilities(
        arms.map((_, i) => distribution(first[i]!, second[i]!)),
        shares,
      )
      return
    }
    for (let draw = 0; draw < this.#draws; draw++) {
      let [best, winner] = [-Infinity, 0]
      for (let i = 0; i < arms.length; i++) {
        const score = isLinear
          ? first[i]! + second[i]! * random.normal()
          : drawLogitOfBeta(first[i]!, second[i]!, random)
        if (score > best) [best, winner] = [score, i]
      }
      shares[winner]!++
    }
    for (let i = 0; i < shares.length; i++) shares[i]! /= this.#draws
  }

  /** Both parameters of each arm's Beta distribution. */
  #betas(arms: readonly Arm<unknown>[]): [Float64Array, Float64Array] {
    return [
      Float64Array.from(arms, ({ statistics }) => this.#alpha + statistics[1]!),
      // Rounding of partial successes could make it fall below the prior.
      Float64Array.from(arms, ({ statistics }) => this.#beta + Math.max(0, statistics[0]! - statistics[1]!)),
    ]
  }

  /** Mean and standard deviation of each arm's score. */
  #normals(arms: readonly Arm<unknown>[], { data, stride }: ReadContexts): [Float64Array, Float64Array] {
    const model = this.model as unknown as RidgeModel
    const [means, deviations] = [new Float64Array(arms.length), new Float64Array(arms.length)]
    const prediction = { mean: 0, variance: 0 }
    for (let i = 0; i < arms.length; i++) {
      model.predict(arms[i]!.derived as Ridge, data, i * stride, prediction)
      means[i] = prediction.mean
      deviations[i] = this.#scale * Math.sqrt(prediction.variance)
    }
    return [means, deviations]
  }
}

guardReceivers(ThompsonSampling)
