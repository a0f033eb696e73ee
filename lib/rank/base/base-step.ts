import { throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { Limits, type RuleEffects } from './limits.js'
import {
  type CandidateList,
  checkList,
  type RankedItem,
  type RankOptions,
  type RankRequest,
  rankRequest,
} from './ranked-list.js'

/** One thing that is done with a list; of your own, or one of those here. */
export interface ReRankStep {
  /**
   * The list ranked anew: at most `k` items, best first, with reasons. {@link ReRanker} calls steps of your own with `k` the length of
   * the list: what they leave out is left out.
   */
  apply(list: CandidateList, options?: RankOptions): Promise<readonly RankedItem[]>
}

/** What all steps here share. */
export abstract class BaseStep implements ReRankStep {
  /** @internal What messages call it. */
  protected abstract get name(): string

  /**
   * The list as this step alone ranks it: at most `k` items, best first.
   * @throws ERR_VALUE for illegal options, items or attributes, ERR_DUPLICATE for an item that comes twice, ERR_RULES for rules that
   * cannot hold, ERR_ABORTED
   */
  async apply(list: CandidateList, options: RankOptions = {}): Promise<RankedItem[]> {
    const request = rankRequest(`${this.name}.apply`, options)
    throwIfAborted(request.signal)
    const own = checkList(`${this.name}.apply`, list)
    const limits = new Limits([this.effects(request)])
    const ranked = limits.chosen(await this.ranked(limits.admitted(own), request, limits), request.k)
    this.listed(ranked, request)
    return ranked
  }

  /** @internal What it asks of every list, whatever other steps do. @throws ERR_VALUE */
  effects(_request: RankRequest): RuleEffects {
    return {}
  }

  /** @internal The items in another order, none added, none left out. */
  async ranked(list: readonly RankedItem[], _request: RankRequest, _limits: Limits): Promise<readonly RankedItem[]> {
    return list
  }

  /** @internal Is told of the list that is given. */
  listed(_list: readonly RankedItem[], _request: RankRequest): void {}
}

guardReceivers(BaseStep)
