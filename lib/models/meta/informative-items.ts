import { Interactions } from '../../data/log/interactions.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { Recommendation } from '../base/recommend-options.js'

/** How {@link informativeItems} chooses. */
export type InformativeStrategy = 'popularity' | 'entropy' | 'log-popularity-entropy' | 'entropy0'

/** Options of {@link informativeItems}. */
export interface InformativeItemsOptions {
  /**
   * 'popularity': how many users had the item, whom a new user most probably can answer about. 'entropy': that of its weights, in
   * nats, whose answer tells most. 'log-popularity-entropy' (default): the logarithm of the one times the other (Rashid et al. 2002,
   * "Getting to know you: learning new user preferences in recommender systems"). 'entropy0': the entropy with what users did not
   * rate as one more value, which counts half (Rashid, Karypis, Riedl 2008, "Learning preferences of new users in recommender
   * systems: an information theoretic approach", section 3.1).
   */
  strategy?: InformativeStrategy
  /** How many items. Default 10. */
  k?: number
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

const STRATEGIES: readonly InformativeStrategy[] = ['popularity', 'entropy', 'log-popularity-entropy', 'entropy0']
/** Distinct weights beyond which they are no ratings. */
const MOST_LEVELS = 1000

/**
 * What to ask new users of whom nothing is known, from the log of others: the same for each. `FewShotHeads.nextQuestions` goes on
 * from there by what was answered.
 * @returns the most informative first, ties in the order of items
 * @throws ERR_VALUE for what is no log, or naming the option; ERR_DATA for an empty log, or weights of over 1,000 values where their
 * entropy is asked for; ERR_ABORTED
 */
export async function informativeItems(
  log: Interactions,
  options: InformativeItemsOptions = {},
): Promise<Recommendation[]> {
  options = checkOptions('informativeItems', options, ['strategy', 'k', 'signal'])
  const strategy = checkOneOf('strategy', options.strategy ?? 'log-popularity-entropy', STRATEGIES)
  const k = checkInteger('k', options.k ?? 10, { min: 0 })
  if (!(log instanceof Interactions))
    throw new KindredError('ERR_VALUE', `informativeItems: expected Interactions but received ${show(log)}.`)
  if (log.size === 0)
    throw new KindredError('ERR_DATA', 'informativeItems: expected at least one interaction but the log has no rows.')
  const items = log.items.size
  const counts = new Float64Array(items)
  const levels = new Map<number, Float64Array>()
  await new LoopYielder(options.signal).over(log.size, 1 << 12, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const [item, weight] = [log.itemRows[n]!, log.weights[n]!]
      counts[item]!++
      if (strategy === 'popularity') continue
      let ofLevel = levels.get(weight)
      if (ofLevel === undefined) {
        if (levels.size === MOST_LEVELS)
          throw new KindredError(
            'ERR_DATA',
            `informativeItems: the weights have over ${MOST_LEVELS} values, so that their entropy says nothing. Take strategy: 'popularity', or round them.`,
          )
        ofLevel = new Float64Array(items)
        levels.set(weight, ofLevel)
      }
      ofLevel[item]!++
    }
  })
  const all = [...levels.values()]
  const term = (share: number) => (share > 0 ? -share * Math.log(share) : 0)
  const entropy = (item: number) => all.reduce((sum, ofLevel) => sum + term(ofLevel[item]! / counts[item]!), 0)
  const entropy0 = (item: number) => {
    const users = log.users.size
    // Weights of the paper: 1/2 for what is not rated, 1 for each rating.
    const sum = all.reduce(
      (total, ofLevel) => total + term(ofLevel[item]! / users),
      term(1 - counts[item]! / users) / 2,
    )
    return sum / (all.length + 1 / 2)
  }
  const scoreOf: Record<InformativeStrategy, (item: number) => number> = {
    popularity: (item) => counts[item]!,
    entropy,
    'log-popularity-entropy': (item) => Math.log(counts[item]!) * entropy(item),
    entropy0,
  }
  const scored = Array.from({ length: items }, (_, row) => ({
    item: log.items.idAt(row),
    score: scoreOf[strategy](row),
  }))
  return scored.sort((a, b) => b.score - a.score).slice(0, k)
}
