import type { Id } from '../../data/id-map.js'
import { checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { categoriesOf, type ItemAttribute } from '../base/item-values.js'
import type { RankedItem, RankRequest } from '../base/ranked-list.js'
import { type CategoryShares, CategoryStep, sharesOf, sharesOfItems } from './category-step.js'
import { checkTarget } from './target.js'

/** Options of {@link CategoryDiversity}. */
export interface CategoryDiversityOptions {
  /** What diversity counts for, from 0 (relevance alone) to 1. Default 0.5. */
  lambda?: number
  /**
   * The shares that the list is drawn to: those of the candidates ('candidates', default), the same of each of their categories
   * ('uniform'), those of the request's history ('history'), or shares by category, from 0, of any sum.
   */
  target?: 'candidates' | 'uniform' | 'history' | Readonly<Record<string, number>>
}

const TARGETS = ['candidates', 'uniform', 'history'] as const

/** p log2(p / m), 0 where p is 0. */
const part = (p: number, m: number) => (p === 0 ? 0 : p * Math.log2(p / m))

/**
 * Lists over many categories: greedily, next comes the item with the largest (1 - lambda) * relevance - lambda * JS(p, q), the
 * Jensen-Shannon divergence in bits (Lin 1991) of the shares wanted and those of the list with it. Unlike the divergence of
 * {@link CalibratedList} it is bounded, and counts categories that are not wanted. Relevance is the score in shares of the range of
 * the list's scores. Items without a category are of one of their own. Without a history, 'history' leaves the list as it is.
 */
export class CategoryDiversity extends CategoryStep {
  /** @internal */
  protected readonly categories: (item: Id) => readonly string[]
  /** @internal */
  protected readonly weight: number
  readonly #target: (typeof TARGETS)[number] | CategoryShares

  /**
   * @param categories the categories of each item
   * @throws ERR_VALUE, ERR_COLUMN
   */
  constructor(categories: ItemAttribute, options: CategoryDiversityOptions = {}) {
    const own = checkOptions('CategoryDiversity', options, ['lambda', 'target'])
    super()
    this.categories = categoriesOf('CategoryDiversity', categories)
    this.weight = checkNumber('lambda', own.lambda ?? 0.5, { min: 0, max: 1 })
    const target = own.target ?? 'candidates'
    this.#target = typeof target === 'string' ? checkOneOf('target', target, TARGETS) : checkTarget(target)
  }

  /** @internal */
  protected get name(): string {
    return 'diversity'
  }

  /** @internal */
  protected target(list: readonly RankedItem[], { history }: RankRequest): CategoryShares {
    if (this.#target === 'history') return sharesOfItems(history, this.categories)
    if (typeof this.#target !== 'string') return this.#target
    const shares = sharesOfItems(
      list.map(({ item }) => ({ item, weight: 1 })),
      this.categories,
    )
    return this.#target === 'candidates' ? shares : sharesOf(new Map(Array.from(shares.keys(), (name) => [name, 1])))
  }

  /** @internal */
  protected term(wanted: number, share: number): number {
    const middle = (wanted + share) / 2
    return (part(wanted, middle) + part(share, middle)) / 2
  }
}

guardReceivers(CategoryDiversity)
