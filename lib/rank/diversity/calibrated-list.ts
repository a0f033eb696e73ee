import type { Id } from '../../data/id-map.js'
import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { categoriesOf, type ItemAttribute } from '../base/item-values.js'
import type { RankedItem, RankRequest } from '../base/ranked-list.js'
import { type CategoryShares, CategoryStep, sharesOfItems } from './category-step.js'
import { checkTarget } from './target.js'

/** Options of {@link CalibratedList}. */
export interface CalibratedListOptions {
  /** What calibration counts for, from 0 (relevance alone) to 1. Default 0.5. */
  lambda?: number
  /** The share of the target that the list's shares are mixed with, above 0 and below 1, so that the divergence is finite. Default 0.01. */
  alpha?: number
  /** Shares wanted by category, from 0, of any sum; or a function that gives those of a user. Default: those of the request's history. */
  target?: Readonly<Record<string, number>> | ((user: Id | undefined) => Readonly<Record<string, number>>)
}

/**
 * Calibrated lists (Steck 2018, "Calibrated recommendations"): the categories of a list have the shares that they have in what the
 * user had. Greedily, next comes the item with the largest (1 - lambda) * relevance - lambda * C_KL(p, q), where p are the shares wanted and q
 * those of the list with it, each item's 1 divided among its categories (section 3 and algorithm of section 4). Relevance is the score in
 * shares of the range of the list's scores. Items without a category are of one of their own. Without a history, and
 * without a target, the list stays as it is.
 */
export class CalibratedList extends CategoryStep {
  /** @internal */
  protected readonly categories: (item: Id) => readonly string[]
  /** @internal */
  protected readonly weight: number
  readonly #alpha: number
  readonly #target: ((user: Id | undefined) => CategoryShares) | undefined

  /**
   * @param categories the categories of each item
   * @throws ERR_VALUE, ERR_COLUMN
   */
  constructor(categories: ItemAttribute, options: CalibratedListOptions = {}) {
    const own = checkOptions('CalibratedList', options, ['lambda', 'alpha', 'target'])
    super()
    this.categories = categoriesOf('CalibratedList', categories)
    this.weight = checkNumber('lambda', own.lambda ?? 0.5, { min: 0, max: 1 })
    this.#alpha = checkNumber('alpha', own.alpha ?? 0.01, { min: Number.MIN_VALUE, max: 1 - 2 ** -20 })
    const { target } = own
    if (typeof target === 'function') this.#target = (user) => checkTarget(target(user))
    else if (target !== undefined) {
      const shares = checkTarget(target)
      this.#target = () => shares
    }
  }

  /** @internal */
  protected get name(): string {
    return 'calibration'
  }

  /** @internal */
  protected target(_list: readonly RankedItem[], { user, history }: RankRequest): CategoryShares {
    return this.#target === undefined ? sharesOfItems(history, this.categories) : this.#target(user)
  }

  /** @internal */
  protected term(wanted: number, share: number): number {
    return wanted === 0 ? 0 : wanted * Math.log(wanted / ((1 - this.#alpha) * share + this.#alpha * wanted))
  }
}

guardReceivers(CalibratedList)
