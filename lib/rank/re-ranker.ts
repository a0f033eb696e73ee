import { checkIterable } from '../native/argument-checks.js'
import { KindredError, show, throwIfAborted } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { BaseStep, type ReRankStep } from './base/base-step.js'
import { Limits } from './base/limits.js'
import { type CandidateList, checkList, type RankedItem, type RankOptions, rankRequest } from './base/ranked-list.js'

/**
 * Steps in a chain. Rules hold in the list that is given, wherever they stand among the steps: what must not be listed is taken out
 * before anything else, steps that choose items one after the other (MMR, DPP, calibration) choose under the caps, and at the end the
 * first `k` items that keep all caps are taken in the order that the last step gave, with those that must be listed, at the
 * latest in the last places. So there are min(k, eligible) items unless caps leave none for a place; then there is no item left that
 * could be added.
 *
 * Of equals the one that stood before stays before: the same list and options give the same list.
 */
export class ReRanker {
  /** The steps, in their order. */
  readonly steps: readonly ReRankStep[]

  /** @throws ERR_VALUE for what is no step */
  constructor(steps: Iterable<ReRankStep>) {
    this.steps = Object.freeze(
      Array.from(checkIterable('ReRanker', steps, 'a list of steps'), (step, n) => {
        if (typeof step === 'object' && step !== null && typeof step.apply === 'function') return step
        throw new KindredError(
          'ERR_VALUE',
          `ReRanker: step ${n}: expected an object with a method apply but received ${show(step)}.`,
        )
      }),
    )
  }

  /**
   * At most `k` items, best first, each with the reasons of all steps.
   * @param list candidates, best first, of finite scores
   * @throws ERR_VALUE for illegal options, items or attributes, ERR_DUPLICATE for an item that comes twice, ERR_RULES for rules that
   * cannot hold together, ERR_ABORTED, and what steps of your own throw
   */
  async apply(list: CandidateList, options: RankOptions = {}): Promise<RankedItem[]> {
    const request = rankRequest('ReRanker.apply', options)
    throwIfAborted(request.signal)
    const given = checkList('ReRanker.apply', list)
    const own = this.steps.filter((step) => step instanceof BaseStep)
    const limits = new Limits(own.map((step) => step.effects(request)))
    let now: readonly RankedItem[] = limits.admitted(given)
    limits.rulesOf(now, request.k)
    for (const step of this.steps) {
      if (step instanceof BaseStep) now = await step.ranked(now, request, limits)
      else {
        const ranked = await step.apply(now, { ...request, k: now.length })
        now = limits.admitted(checkList('the list of a step', ranked))
      }
      throwIfAborted(request.signal)
    }
    const ranked = limits.chosen(now, request.k)
    for (const step of own) step.listed(ranked, request)
    return ranked
  }
}

guardReceivers(ReRanker)

/**
 * A list ranked anew by these steps: `new ReRanker(steps).apply(list, options)`.
 * @throws as {@link ReRanker}
 */
export async function rerank(
  list: CandidateList,
  steps: Iterable<ReRankStep>,
  options: RankOptions = {},
): Promise<RankedItem[]> {
  rankRequest('rerank', options)
  return new ReRanker(steps).apply(list, options)
}
