import { checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import type { RuleEffects } from '../base/limits.js'
import { type ItemSelection, SELECTION, selectionOf } from './selection.js'

/** A rule: these items are not listed. */
export class MustNot extends BaseStep {
  readonly #selects: ReturnType<typeof selectionOf>

  /** @throws ERR_VALUE, ERR_COLUMN */
  constructor(options: ItemSelection) {
    options = checkOptions('MustNot', options, SELECTION)
    super()
    this.#selects = selectionOf('MustNot', options)
  }

  /** @internal */
  protected get name(): string {
    return 'MustNot'
  }

  /** @internal */
  override effects(): RuleEffects {
    return {
      refuses: (item) => {
        const why = this.#selects(item)
        return why === undefined ? undefined : `MustNot (${why})`
      },
    }
  }
}

guardReceivers(MustNot)
