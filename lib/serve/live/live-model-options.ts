import type { Recommender } from '../../models/base/recommender.js'
import type { AbortOptions } from '../../native/call-options.js'
import type { EventLog } from '../events/event-log.js'

/** Makes a model anew, from whatever it is that the model is fitted on. */
export type RefitFunction = (current: Recommender, options: AbortOptions) => Promise<Recommender>

/** Options of `LiveModel`. */
export interface LiveModelOptions {
  /** Where events are kept before they are learnt. Without one they last as long as the process. */
  log?: EventLog
  /** How a model is made anew by `LiveModel.refit`. Default: one of the same class and options, fitted on what the current one has in its log. */
  refit?: RefitFunction
  /** What the version begins with. Default '1'. */
  version?: string
  /** Events that one update of the model takes, at most. Default 4096. */
  maxBatch?: number
}

/** Options of `LiveModel.swap` and `LiveModel.reload`. */
export interface SwapOptions extends AbortOptions {
  /** What the version begins with from then on. Default: how many models there were. */
  version?: string
}

/** Options of `LiveModel.open`. */
export interface OpenLiveModelOptions extends LiveModelOptions, AbortOptions {}

/** What a `LiveModel` has done. */
export interface LiveModelCounts {
  /** Events that are learnt, replayed ones among them. */
  applied: number
  /** Events that are kept but not learnt, since the model cannot be updated: the next refit that reads them knows them. */
  deferred: number
  /** Events that the model refused; `LiveModel.accept` threw for them. */
  refused: number
  /** Updates of the model: each takes what came during the one before. */
  updates: number
  /** Times that another model took its place. */
  swaps: number
  /** Events that wait to be learnt. */
  waiting: number
}

/** The names of the options of `LiveModel`. */
export const LIVE_OPTIONS = ['log', 'refit', 'version', 'maxBatch'] as const
