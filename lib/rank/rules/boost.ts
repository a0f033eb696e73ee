import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import { type RankedItem, told, withReason } from '../base/ranked-list.js'
import { byScore, scaledScore } from '../base/scaled-score.js'
import { type ItemSelection, SELECTION, selectionOf } from './selection.js'

/** Options of a {@link Boost}. */
export interface BoostOptions extends ItemSelection {
  /** What scores are multiplied by, above 0; below 1 it lowers them. Scores below 0 are divided. Default 1. */
  factor?: number
  /** What is added to scores, after that. Default 0. */
  add?: number
}

/** Raises the scores of some items, or lowers them, and sorts the list by its scores. It belongs before steps of diversity. */
export class Boost extends BaseStep {
  readonly #selects: ReturnType<typeof selectionOf>
  readonly #factor: number
  readonly #add: number

  /** @throws ERR_VALUE, ERR_COLUMN */
  constructor(options: BoostOptions) {
    options = checkOptions('Boost', options, [...SELECTION, 'factor', 'add'])
    super()
    this.#selects = selectionOf('Boost', options)
    this.#factor = checkNumber('factor', options.factor ?? 1, { min: Number.MIN_VALUE })
    this.#add = checkNumber('add', options.add ?? 0)
  }

  /** @internal */
  protected get name(): string {
    return 'Boost'
  }

  /** @internal */
  override async ranked(list: readonly RankedItem[]): Promise<readonly RankedItem[]> {
    const what = [
      ...(this.#factor === 1 ? [] : [`times ${told(this.#factor)}`]),
      ...(this.#add === 0 ? [] : [`${this.#add > 0 ? 'plus' : 'minus'} ${told(Math.abs(this.#add))}`]),
    ]
    const boosted = list.map((entry) => {
      const why = this.#selects(entry.item)
      if (why === undefined || what.length === 0) return entry
      const score = scaledScore(scaledScore(entry.score, this.#factor) + this.#add, 1)
      return { ...withReason(entry, `score ${what.join(', ')}: ${why}`), score }
    })
    return byScore(boosted)
  }
}

guardReceivers(Boost)
