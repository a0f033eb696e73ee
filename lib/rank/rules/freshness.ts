import type { Id } from '../../data/id-map.js'
import { checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import { type ItemAttribute, numberOf } from '../base/item-values.js'
import type { RuleEffects } from '../base/limits.js'
import { type RankedItem, type RankRequest, told, withReason } from '../base/ranked-list.js'
import { byScore, scaledScore } from '../base/scaled-score.js'

/** Options of {@link Freshness}; one of `halfLife` and `maxAge` at least. */
export interface FreshnessOptions {
  /** The age at which a score is worth half, above 0, in the unit of the times. */
  halfLife?: number
  /** The age beyond which items are not listed, from 0: a rule. */
  maxAge?: number
  /** What is done with items without a time: 'keep' (default) leaves their scores, 'exclude' does not list them. */
  unknown?: 'keep' | 'exclude'
}

/**
 * Newer items before older ones: scores are multiplied by 0.5 ^ (age / halfLife) (those below 0 divided by it), and the list is sorted by
 * them. What is from the future has age 0.
 */
export class Freshness extends BaseStep {
  readonly #timeOf: (item: Id) => number | undefined
  readonly #halfLife: number | undefined
  readonly #maxAge: number
  readonly #excludesUnknown: boolean

  /**
   * @param times when each item appeared: numbers in the unit of the request's `now`, or Dates
   * @throws ERR_VALUE, ERR_COLUMN
   */
  constructor(times: ItemAttribute, options: FreshnessOptions) {
    const own = checkOptions('Freshness', options, ['halfLife', 'maxAge', 'unknown'])
    super()
    if (own.halfLife === undefined && own.maxAge === undefined)
      throw new KindredError('ERR_VALUE', 'Freshness: expected halfLife or maxAge.')
    this.#timeOf = numberOf('Freshness', times)
    this.#halfLife =
      own.halfLife === undefined ? undefined : checkNumber('halfLife', own.halfLife, { min: Number.MIN_VALUE })
    this.#maxAge = own.maxAge === undefined ? Infinity : checkNumber('maxAge', own.maxAge, { min: 0 })
    this.#excludesUnknown = checkOneOf('unknown', own.unknown ?? 'keep', ['keep', 'exclude']) === 'exclude'
  }

  /** @internal */
  protected get name(): string {
    return 'Freshness'
  }

  /** @internal */
  override effects({ now }: RankRequest): RuleEffects {
    if (this.#maxAge === Infinity && !this.#excludesUnknown) return {}
    return {
      refuses: (item) => {
        const time = this.#timeOf(item)
        if (time === undefined) return this.#excludesUnknown ? 'Freshness (no time)' : undefined
        return now - time > this.#maxAge ? 'Freshness (too old)' : undefined
      },
    }
  }

  /** @internal */
  override async ranked(list: readonly RankedItem[], { now }: RankRequest): Promise<readonly RankedItem[]> {
    const halfLife = this.#halfLife
    if (halfLife === undefined) return list
    const decayed = list.map((entry) => {
      const time = this.#timeOf(entry.item)
      if (time === undefined) return entry
      const factor = 0.5 ** (Math.max(0, now - time) / halfLife)
      if (factor === 1) return entry
      const score = scaledScore(entry.score, factor)
      return { ...withReason(entry, `score times ${told(factor)} for its age`), score }
    })
    return byScore(decayed)
  }
}

guardReceivers(Freshness)
