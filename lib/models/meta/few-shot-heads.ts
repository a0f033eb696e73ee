import { rowIndices, selectRows } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import { FactorModel, type FactorState, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import { historyRows } from '../base/history-rows.js'
import { candidateBitmap } from '../base/list-filters.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type {
  AddItemsReport,
  FitOptions,
  HistoryEntry,
  Ids,
  Recommendation,
  UpdateOptions,
} from '../base/recommend-options.js'
import { mostInformative } from './expected-variance.js'
import { fitItemSpace, type ItemSpace, placeItems } from './item-space.js'
import {
  answersOf,
  type HeadSettings,
  headsOf,
  historyOf,
  spread,
  startOf,
  unobservedOf,
  withItemsOf,
} from './user-heads.js'
import { inverseOf, learnPrior, posteriorOf } from './user-prior.js'

/** Options of {@link FewShotHeads}. */
export interface FewShotHeadsOptions {
  /** Principal components of the item vectors that heads are of, at most. Default 32. */
  dims?: number
  /** Iterations of the expectation maximisation that learns the prior. Default 10. */
  iterations?: number
  /**
   * What an item that a user has not had counts for, as one of weight 0, beside an interaction: 0, the default, for ratings; about
   * 0.001 to 0.1 for logs that only tell what was chosen.
   */
  unobservedWeight?: number
  /** Users that the prior is learnt from at most, a random choice of more. Default 5,000. */
  priorUsers?: number
  /** Draws these. Default 0. */
  seed?: number
}

/** Options of {@link FewShotHeads.nextQuestions}. */
export interface NextQuestionsOptions {
  /** How many items, each chosen as if those before it had been answered. Default 1. */
  k?: number
  /**
   * What a user is expected to know: 'popular' (default): an item in so far as users had it; 'all': every item.
   */
  answerable?: 'popular' | 'all'
  /** Ask of these only. Default: all items with features. */
  candidates?: Ids
  /** What to do with items of the history and candidates that the model does not know. Default 'error'. */
  unknown?: 'error' | 'ignore'
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

interface HeadState extends FactorState, HeadSettings {
  itemFactors: Matrix
  space: ItemSpace
}

/**
 * A linear head for each user on vectors of items, learnt from few ratings: Bayesian ridge regression whose prior, the mean and
 * covariance of heads, is learnt over all users by expectation maximisation (Zhang and Koren 2007, "Efficient Bayesian
 * hierarchical user modeling for recommendation systems"). A user without a rating has the mean head; with each rating the head
 * moves, most where users differ most. That is what a model of many users tells a new one: how to learn from a handful of answers.
 *
 * `fit` takes `itemFeatures`: vectors of texts, or the item factors of another model as Features, of which the principal components
 * are taken. Scores predict the weights of the log: ratings, or with `unobservedWeight` what is chosen at all.
 * {@link recommendFor} folds a history in exactly, in well under a millisecond for a few items, and {@link nextQuestions} says what
 * to ask a user next. `userFactors` are the heads [users, dims + 1], `itemFactors` the vectors with a 1 for the bias. Same seed,
 * same bits for any number of threads.
 */
export class FewShotHeads extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'FewShotHeads'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<FewShotHeadsOptions>>
  /** @internal */
  declare protected state: HeadState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: FewShotHeadsOptions = {}) {
    super()
    options = checkOptions('FewShotHeads', options, ['dims', 'iterations', 'unobservedWeight', 'priorUsers', 'seed'])
    this.options = Object.freeze({
      dims: checkInteger('dims', options.dims ?? 32, { min: 1, max: 256 }),
      iterations: checkInteger('iterations', options.iterations ?? 10, { min: 1 }),
      unobservedWeight: checkNumber('unobservedWeight', options.unobservedWeight ?? 0, { min: 0, max: 1 }),
      priorUsers: checkInteger('priorUsers', options.priorUsers ?? 5000, { min: 1 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    })
  }

  override get capabilities(): Capabilities {
    return capabilities('itemFeatures', 'addItems', 'similarItems', 'similarUsers')
  }

  /** The standard deviation of ratings about what their user's head says, as learnt. @throws ERR_NOT_FITTED */
  get noise(): number {
    this.fitted()
    return Math.sqrt(this.state!.prior.noise)
  }

  /**
   * What to ask a user next: the items whose answers are expected to lower the variance of the user's scores most, over items as
   * often as they are had (the optimal experiment of Cohn, Ghahramani, Jordan 1996, "Active learning with statistical models",
   * for a linear head). It depends on what was asked, not on the answers.
   * @param history what the user has said so far; it may be empty
   * @returns items with the expected decrease of that variance, the first to be asked first; none of the history
   * @throws ERR_NOT_FITTED, ERR_VALUE, ERR_UNKNOWN_ID, ERR_ABORTED
   */
  async nextQuestions(history: Iterable<HistoryEntry>, options: NextQuestionsOptions = {}): Promise<Recommendation[]> {
    options = checkOptions('nextQuestions', options, ['k', 'answerable', 'candidates', 'unknown', 'signal'])
    throwIfAborted(options.signal)
    const k = checkInteger('k', options.k ?? 1, { min: 0 })
    const answerable = checkOneOf('answerable', options.answerable ?? 'popular', ['popular', 'all'])
    const unknown = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'ignore'])
    const { items, seen, users } = this.fitted()
    const { itemFactors, prior, precision, unobserved } = this.state!
    const rows = historyRows(history, items, unknown)
    const candidates = candidateBitmap(options.candidates, items, 'item', unknown)
    const { covariance } = posteriorOf(prior, precision, answersOf(itemFactors, [...rows]), {
      ...unobserved,
      weight: 0,
    })
    const counts = new Float64Array(items.size)
    for (const item of seen.indices) counts[item]!++
    const asked = await mostInformative(
      itemFactors,
      covariance,
      {
        k,
        noise: prior.noise,
        targets: counts,
        answerable: answerable === 'all' ? null : counts.map((count) => count / Math.max(1, users.size)),
        isLeftOut: (row) =>
          rows.has(row) ||
          (candidates !== null && (candidates[row >> 3]! & (1 << (row & 7))) === 0) ||
          itemFactors.data[(row + 1) * itemFactors.cols - 1] === 0,
      },
      options.signal,
    )
    return asked.map(({ row, score }) => ({ item: items.idAt(row), score }))
  }

  /** @internal */
  protected async learn(
    log: FittedLog,
    _byItem: () => Promise<Csr>,
    { itemFeatures, signal, onProgress }: FitOptions,
  ): Promise<HeadState> {
    if (itemFeatures === undefined)
      throw new KindredError('ERR_VALUE', 'FewShotHeads: expected item features: fit(train, { itemFeatures }).')
    const { iterations, unobservedWeight, priorUsers, seed } = this.options
    const space = await fitItemSpace(itemFeatures, this.options.dims, signal)
    const all = await withItemsOf(log, itemFeatures, signal)
    const itemFactors = await placeItems(space, itemFeatures, all.items, signal)
    const rated = Int32Array.from({ length: log.users.size }, (_, user) => user).filter((user) =>
      rowIndices(log.seen, user).some((item) => itemFactors.data[(item + 1) * itemFactors.cols - 1] === 1),
    )
    if (rated.length === 0)
      throw new KindredError(
        'ERR_DATA',
        `itemFeatures: none of the log's ${log.items.size} items is among the ${itemFeatures.size} with features. Do their ids have the same type?`,
      )
    const { mean, variance } = spread(log.seen.values!)
    if (unobservedWeight === 0 && variance === 0)
      throw new KindredError(
        'ERR_DATA',
        'FewShotHeads: all weights of the log are equal, so that there is nothing to tell items apart by. Give ratings, or unobservedWeight for a log of what was chosen.',
      )
    const unobserved = await unobservedOf(itemFactors, unobservedWeight, signal)
    const chosen = createRandom(seed).shuffle(rated.slice()).subarray(0, priorUsers).slice().sort()
    const start = startOf(itemFactors.cols, unobservedWeight > 0 ? { mean: 0, variance: 1 } : { mean, variance })
    let done = 0
    const prior = await learnPrior(
      chosen.length,
      (place) => answersOf(itemFactors, historyOf(log.seen, chosen[place]!)),
      unobserved,
      start,
      iterations,
      signal,
      () => onProgress?.({ done: ++done, total: iterations + 1 }),
    )
    const precision = inverseOf(prior.covariance, prior.mean.length)
    const fixed = { space, prior, precision, unobserved, itemFactors }
    const userFactors = await headsOf(log.seen, fixed, signal)
    onProgress?.({ done: iterations + 1, total: iterations + 1 })
    return { ...fixed, log: all, userFactors }
  }

  /** @internal */
  protected async learnUpdate({ log, changedUsers }: LogUpdate, { signal }: UpdateOptions): Promise<HeadState> {
    const before = this.state!
    const itemFactors = withRows(before.itemFactors, log.items.size)
    const heads = await headsOf(selectRows(log.seen, changedUsers), { ...before, itemFactors }, signal)
    const known = before.userFactors.rows
    const userFactors = withRows(before.userFactors, log.users.size)
    // A user of no interaction, were there one, has the mean head.
    for (let user = known; user < userFactors.rows; user++) userFactors.row(user).set(before.prior.mean)
    for (const [n, user] of changedUsers.entries()) userFactors.row(user).set(heads.row(n))
    return { ...before, log, itemFactors, userFactors }
  }

  /** @internal */
  protected override async placeItems(features: Features, before: HeadState, signal?: AbortSignal) {
    const { log, space } = before
    const all = await withItemsOf(log, features, signal)
    const placed = await placeItems(space, features, all.items, signal)
    const itemFactors = withRows(before.itemFactors, all.items.size)
    const report: AddItemsReport = { added: all.items.size - log.items.size, replaced: 0, kept: 0 }
    report.replaced = features.size - report.added
    for (let row = 0; row < placed.rows; row++)
      if (placed.data[(row + 1) * placed.cols - 1] === 1) itemFactors.row(row).set(placed.row(row))
    const unobserved = await unobservedOf(itemFactors, before.unobserved.weight, signal)
    const fixed = { ...before, itemFactors, unobserved }
    return { state: { ...fixed, log: all, userFactors: await headsOf(log.seen, fixed, signal) }, report }
  }

  /** @internal */
  protected async historyVector(history: ReadonlyMap<number, number>): Promise<Matrix> {
    const { itemFactors, prior, precision, unobserved } = this.state!
    const { mean } = posteriorOf(prior, precision, answersOf(itemFactors, [...history]), unobserved)
    return new Matrix(1, mean.length, Float32Array.from(mean))
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { userFactors, itemFactors, space, prior } = this.state!
    return {
      'users.heads': matrixTensor(userFactors),
      'items.vectors': matrixTensor(itemFactors),
      'space.weights': matrixTensor(space.map.weights),
      'space.bias': vectorTensor(space.map.bias),
      'prior.mean': vectorTensor(prior.mean),
      'prior.covariance': vectorTensor(prior.covariance),
      'prior.noise': vectorTensor(Float64Array.of(prior.noise)),
    }
  }

  /** @internal */
  protected async restored({ dir, log, tensors, signal }: SavedModel): Promise<HeadState> {
    const weights = tensors.matrix('space.weights')
    const cols = weights.cols + 1
    const bias = tensors.vector('space.bias', Float32Array, weights.cols)
    const itemFactors = tensors.matrix('items.vectors', { rows: log.items.size, cols })
    const mean = tensors.vector('prior.mean', Float64Array, cols)
    const covariance = tensors.vector('prior.covariance', Float64Array, cols * cols)
    const [noise] = tensors.vector('prior.noise', Float64Array, 1)
    if (!(noise! > 0))
      throw new KindredError('ERR_MODEL_FILE', `${dir}: its noise is not above 0. Save the model again.`)
    return {
      log,
      itemFactors,
      userFactors: tensors.matrix('users.heads', { rows: log.users.size, cols }),
      space: { map: { weights, bias } },
      prior: { mean, covariance, noise: noise! },
      precision: inverseOf(covariance, cols),
      unobserved: await unobservedOf(itemFactors, this.options.unobservedWeight, signal),
    }
  }
}

guardReceivers(FewShotHeads)
