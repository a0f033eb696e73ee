import { checkBoolean, checkInteger, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import type { RuleEffects } from '../base/limits.js'
import type { RankedItem, RankRequest } from '../base/ranked-list.js'
import { ExposureCounter } from './exposure-counter.js'

/** Options of an {@link ExposureCap}; one of `perUser` and `overall` at least. */
export interface ExposureCapOptions {
  /** How often an item is shown to one user within the counter's window at most, from 1. Requests without a user are not limited by it. */
  perUser?: number
  /** How often an item is shown within the window at most, from 1, to whomever. */
  overall?: number
  /** Whether the lists that are given count as shown. Default true; false: call the counter's `record` when they are. */
  record?: boolean
}

/** A rule: what was shown often enough lately is not listed. */
export class ExposureCap extends BaseStep {
  /** What counts. */
  readonly counter: ExposureCounter
  readonly #perUser: number
  readonly #overall: number
  readonly #records: boolean

  /** @throws ERR_VALUE */
  constructor(counter: ExposureCounter, options: ExposureCapOptions) {
    const own = checkOptions('ExposureCap', options, ['perUser', 'overall', 'record'])
    super()
    if (!(counter instanceof ExposureCounter))
      throw new KindredError('ERR_VALUE', `counter: expected an ExposureCounter but received ${show(counter)}.`)
    if (own.perUser === undefined && own.overall === undefined)
      throw new KindredError('ERR_VALUE', 'ExposureCap: expected perUser or overall.')
    this.counter = counter
    this.#perUser = own.perUser === undefined ? Infinity : checkInteger('perUser', own.perUser, { min: 1 })
    this.#overall = own.overall === undefined ? Infinity : checkInteger('overall', own.overall, { min: 1 })
    this.#records = checkBoolean('record', own.record ?? true)
  }

  /** @internal */
  protected get name(): string {
    return 'ExposureCap'
  }

  /** @internal */
  override effects({ user, now }: RankRequest): RuleEffects {
    return {
      refuses: (item) => {
        if (this.#overall < Infinity && this.counter.shown(item, { now }) >= this.#overall)
          return 'ExposureCap (shown often enough)'
        if (user !== undefined && this.#perUser < Infinity && this.counter.shown(item, { user, now }) >= this.#perUser)
          return 'ExposureCap (shown to this user often enough)'
        return undefined
      },
    }
  }

  /** @internal */
  override listed(list: readonly RankedItem[], { user, now }: RankRequest): void {
    if (!this.#records) return
    const items = list.map(({ item }) => item)
    this.counter.record(items, user === undefined ? { now } : { user, now })
  }
}

guardReceivers(ExposureCap)
