import { csrFromLists, rowIndices, rowMap, rowValues, selectRows } from '../../data/csr.js'
import type { IdMap } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import type { Csr, TopK } from '../../native/addon.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { untilAborted } from '../../native/native-call.js'
import { type Capabilities, capabilities } from '../base/capabilities.js'
import type { Contributions } from '../base/explanation.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type ListRequest, topOfScores } from '../base/ranked-lists.js'
import { product, productColumn, transpose } from '../base/sparse-products.js'
import { NEIGHBOR_OPTIONS, type NeighborOptions, neighborSettings } from './knn-options.js'
import { NeighborModel, type NeighborState } from './neighbor-model.js'
import { neighborsOf, similarityIndexOf, type UserSimilarityIndex } from './user-fold-in.js'

/** The neighbours of users, and what finds those of a new user once it was needed. */
interface UserKnnState extends NeighborState {
  similarityIndex?: Promise<UserSimilarityIndex>
}

/** Options of {@link UserKNN}. */
export interface UserKNNOptions extends NeighborOptions {
  /**
   * Whose items a user is recommended: 'own' (default), those of the user's own nearest neighbours; 'reverse', those of
   * the users who have this user among their nearest, as in the code of Ferrari Dacrema et al. 2019, whose published
   * figures are of that kind. Someone unlike most others may be in nobody's list, and then has no scores under 'reverse'.
   */
  neighborhood?: 'own' | 'reverse'
}

/**
 * User-based neighbourhood collaborative filtering (Herlocker, Konstan, Borchers, Riedl 1999, "An algorithmic framework
 * for performing collaborative filtering"; in the recipe of Ferrari Dacrema, Cremonesi, Jannach 2019, "Are we really
 * making much progress?"). Users are similar when they had the same items. User u's score of an item
 * is the sum, over those of u's `neighbors` nearest users who had it, of similarity times the weight of their interaction
 * (1 where the log has none); `neighborhood: 'reverse'` asks those who have u among their nearest. A user who is
 * not in the log ({@link recommendFor}) is scored by the nearest users alike.
 *
 * It has no similarities of items; ItemKNN has. Of users who tie for the last places of a list, a hash of their ids
 * chooses. Same bits for any number of threads.
 */
export class UserKNN extends NeighborModel {
  /** @internal */
  static override readonly algorithm = 'UserKNN'
  /** @internal */
  static override readonly formerOptions = { neighborhood: 'reverse' }
  /** @internal */
  declare protected state: UserKnnState | undefined
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<UserKNNOptions>>

  /** @throws ERR_VALUE naming the option */
  constructor(options: UserKNNOptions = {}) {
    super()
    options = checkOptions('UserKNN', options, [...NEIGHBOR_OPTIONS, 'neighborhood'])
    const neighborhood = checkOneOf('neighborhood', options.neighborhood ?? 'own', ['own', 'reverse'])
    this.options = Object.freeze({ ...neighborSettings(options), neighborhood })
  }

  override get capabilities(): Capabilities {
    return capabilities('similarUsers', 'explain')
  }

  /** @internal */
  protected comparedIds(log: FittedLog): IdMap {
    return log.users
  }

  /** @internal */
  protected compared(byItem: Csr, signal?: AbortSignal): Promise<Csr> {
    return transpose(byItem, signal)
  }

  /** @internal [users scored, users whose items count] */
  protected async weightsOf(neighbors: Csr, signal?: AbortSignal): Promise<Csr> {
    return this.options.neighborhood === 'own' ? neighbors : transpose(neighbors, signal)
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { seen } = this.fitted()
    return product(selectRows(this.state!.weights, userRows), seen, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const state = this.state!
    const { log } = state
    state.similarityIndex ??= similarityIndexOf(state, this.options).catch((error) => {
      state.similarityIndex = undefined
      throw error
    })
    const weights = await neighborsOf(history, await untilAborted(state.similarityIndex, signal), this.options, signal)
    return product(csrFromLists([weights], log.users.size), log.seen, signal)
  }

  /** @internal */
  protected override userScores(itemRow: number, signal?: AbortSignal): Promise<Float32Array> {
    const { log, weights } = this.state!
    return productColumn(weights, log.seen, itemRow, signal)
  }

  /** @internal The user's own neighbours. */
  protected override similarUserRows(row: number, request: ListRequest): Promise<TopK> {
    return topOfScores(this.neighborScores(row), request)
  }

  /** @internal */
  protected override async contributions(userRow: number, itemRow: number): Promise<Contributions> {
    const { log, weights } = this.state!
    const rows = rowIndices(weights, userRow)
    const similarities = rowValues(weights, userRow)
    const weightOf = (user: number) => rowMap(log.seen, user).get(itemRow) ?? 0
    const values = Float64Array.from(rows, (user, n) => similarities[n]! * weightOf(user))
    return { from: 'user', rows, values }
  }
}

guardReceivers(UserKNN)
