import type { Interactions } from '../../../data/log/interactions.js'
import { Interactions as Log } from '../../../data/log/interactions.js'
import { KindredError, show } from '../../../native/errors.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { FitOptions } from '../../base/recommend-options.js'
import { fitMembers, keptMembers } from '../members/fit-members.js'
import { holdOut } from '../members/hold-out.js'

/** What a retriever learns from, and what came later. */
export interface RetrieverParts {
  train: Interactions
  later: Interactions
  /** Whether the later part was held out of the log that was given. */
  heldOut: boolean
}

/**
 * The log and the clicks given; or without clicks, the log without each user's last fifth in time, or a random one without times.
 * @throws ERR_VALUE, ERR_DATA if nothing can be held out
 */
export async function retrieverParts(
  train: Interactions,
  clicks: Interactions | undefined,
  mode: 'fit' | 'keep',
  seed: number,
  signal: AbortSignal | undefined,
): Promise<RetrieverParts> {
  if (clicks !== undefined) {
    if (!(clicks instanceof Log))
      throw new KindredError('ERR_VALUE', `clicks: expected Interactions but received ${show(clicks)}.`)
    return { train, later: clicks, heldOut: false }
  }
  if (mode === 'keep')
    throw new KindredError(
      'ERR_VALUE',
      "retriever: 'keep': the ranker learns from clicks that the retriever has not seen: give them as clicks.",
    )
  return { ...(await holdOut(train, seed, 'clicks', signal)), heldOut: true }
}

/** A retriever of the class and options of the one given, fitted; or that one as it is. */
export async function fittedRetriever(
  given: BaseRecommender,
  log: Interactions,
  mode: 'fit' | 'keep',
  options: FitOptions,
): Promise<BaseRecommender> {
  const { itemFeatures, signal } = options
  const [model] =
    mode === 'keep' ? keptMembers([given]) : await fitMembers([given], log, { itemFeatures, signal }, () => {})
  return model!
}
