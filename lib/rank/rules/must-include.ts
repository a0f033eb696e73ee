import { type Id, toId } from '../../data/id-map.js'
import { checkIterable } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import type { RuleEffects } from '../base/limits.js'
import type { RankRequest } from '../base/ranked-list.js'

/**
 * A rule: these items are listed, at the place that their score and the other steps give them, at the latest in the last places. An
 * item that is no candidate gets the lowest score of the list.
 */
export class MustInclude extends BaseStep {
  readonly #items: (user: Id | undefined) => readonly Id[]

  /**
   * @param items the items, or a function that gives those of a request's user
   * @throws ERR_VALUE
   */
  constructor(items: (Iterable<Id> & object) | ((user: Id | undefined) => Iterable<Id>)) {
    super()
    const checked = (list: Iterable<Id>) =>
      Array.from(checkIterable('MustInclude', list, 'a list of ids'), (id) => toId(id, () => 'MustInclude'))
    if (typeof items === 'function') this.#items = (user) => checked(items(user))
    else {
      const own = checked(items)
      this.#items = () => own
    }
  }

  /** @internal */
  protected get name(): string {
    return 'MustInclude'
  }

  /** @internal */
  override effects({ user }: RankRequest): RuleEffects {
    return { must: this.#items(user) }
  }
}

guardReceivers(MustInclude)
