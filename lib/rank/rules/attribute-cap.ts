import { checkInteger, checkOptions, checkString } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import { categoriesOf, type ItemAttribute } from '../base/item-values.js'
import type { GroupLimits, RuleEffects } from '../base/limits.js'

/** Options of an {@link AttributeCap}. */
export interface AttributeCapOptions {
  /** How many items of one value a list may hold, a natural number. Default: no limit but those of `limits`. */
  limit?: number
  /** Limits of single values, in place of `limit`. */
  limits?: Readonly<Record<string, number>>
  /** What reasons and errors call the attribute. Default 'attribute'. */
  name?: string
}

/**
 * A rule: of each value of an attribute a list holds so many items at most. An item of several values counts for each; one
 * without a value is not limited.
 */
export class AttributeCap extends BaseStep {
  readonly #limits: GroupLimits

  /** @throws ERR_VALUE, ERR_COLUMN */
  constructor(attribute: ItemAttribute, options: AttributeCapOptions) {
    const own = checkOptions('AttributeCap', options, ['limit', 'limits', 'name'])
    super()
    const limit = own.limit === undefined ? Infinity : checkInteger('limit', own.limit, { min: 0 })
    const given = own.limits ?? {}
    if (typeof given !== 'object' || given === null)
      throw new KindredError('ERR_VALUE', `limits: expected an object of numbers but received ${show(given)}.`)
    const limits = new Map(
      Object.entries(given).map(([value, one]) => [value, checkInteger(`limits.${value}`, one, { min: 0 })]),
    )
    if (own.limit === undefined && limits.size === 0)
      throw new KindredError('ERR_VALUE', 'AttributeCap: expected limit or limits.')
    this.#limits = {
      name: checkString('name', own.name ?? 'attribute'),
      groupsOf: categoriesOf('AttributeCap', attribute),
      limitOf: (value) => limits.get(value) ?? limit,
    }
  }

  /** @internal */
  protected get name(): string {
    return 'AttributeCap'
  }

  /** @internal */
  override effects(): RuleEffects {
    return { limits: this.#limits }
  }
}

guardReceivers(AttributeCap)
