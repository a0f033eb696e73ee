import type { Id } from '../../data/id-map.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { bootstrapMeans } from '../../evaluate/statistics/bootstrap.js'
import { checkFunction, checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import type { BanditChoice } from './bandit-options.js'
import type { BanditContexts } from './contexts.js'

/** An event of a log whose arms were drawn at random, all alike. */
export interface LoggedEvent {
  /** The arm that was shown. */
  arm: Id
  /** What it earned. */
  reward: number
  /** What was known then: one context [dims], or a row for each arm that could be shown. */
  context?: BanditContexts
  /** The arms that could be shown; by default all that the bandit has. */
  candidates?: Iterable<Id>
  /** The probability of the arm; where given, it is checked to be 1 / the number of arms that could be shown. */
  propensity?: number
}

/** What {@link replay} judges: any of the bandits, or a policy of one's own. */
export interface ReplayPolicy {
  /** The ids of the arms. */
  readonly arms: readonly Id[]
  /** Chooses an arm. */
  choose(
    contexts?: BanditContexts,
    options?: { candidates?: Iterable<Id>; pending?: boolean },
  ): Pick<BanditChoice, 'arm'>
  /** Learns the reward of an arm in its context. */
  update(arm: Id, context: ArrayLike<number> | undefined, reward: number): void
}

/** Options of {@link replay}. */
export interface ReplayOptions extends AbortOptions {
  /** Matched events after which it ends; by default it reads the whole log. */
  matches?: number
  /** Resamples for the interval; default 1000. */
  resamples?: number
  /** Of the interval; default 0.95. */
  confidence?: number
  /** Of the resamples; default 0. */
  seed?: number
  /** Called now and then with the number of events read; what there is in all is not known. */
  onProgress?: (progress: { events: number; matches: number }) => void
}

/** What {@link replay} found. */
export interface ReplayResult {
  /** The mean reward of matched events; NaN where none matched. */
  reward: number
  /** Lower end of the percentile bootstrap interval of the mean. */
  low: number
  /** Upper end. */
  high: number
  /** Events whose arm the bandit chose as well. */
  matches: number
  /** Events read. */
  events: number
}

const OPTIONS = ['matches', 'resamples', 'confidence', 'seed', 'onProgress', 'signal'] as const

/** The context of the arm that was shown, out of those of all. */
function ownContext(contexts: BanditContexts | undefined, arm: number, arms: number): ArrayLike<number> | undefined {
  if (contexts === undefined || contexts === null) return undefined
  if ('cols' in contexts) return contexts.rows === 1 ? contexts.row(0) : contexts.row(arm)
  const first = contexts[0]
  if (typeof first === 'object' && contexts.length === arms) return contexts[arm] as ArrayLike<number>
  return contexts as ArrayLike<number>
}

/** @throws ERR_DATA for an event that no random policy logged */
function checkEvent(event: LoggedEvent, number: number, arms: readonly Id[]): number {
  if (typeof event !== 'object' || event === null)
    throw new KindredError('ERR_VALUE', `log: expected events but received ${show(event)} as event ${number}.`)
  const index = arms.indexOf(event.arm)
  if (index < 0)
    throw new KindredError('ERR_DATA', `log: event ${number} is of arm ${show(event.arm)}, which could not be shown.`)
  const { propensity } = event
  const uniform = 1 / arms.length
  if (propensity !== undefined && !(Math.abs(propensity - uniform) <= 1e-4 * uniform))
    throw new KindredError(
      'ERR_DATA',
      `log: expected arms drawn at random, each with probability 1 / ${arms.length}, but event ${number} has propensity ${show(propensity)}. Give offPolicy a log of another policy.`,
    )
  return index
}

/**
 * Judges a bandit by a log of random choices, without bias (Li, Chu, Langford and Wang, Unbiased Offline Evaluation of
 * Contextual-bandit-based News Article Recommendation Algorithms, 2011, Algorithm 2): an event counts, and is learnt from,
 * where the bandit chooses the arm that was shown; about one in as many as there are arms. The bandit learns on; the interval
 * is that of the mean of the rewards that it earned on its way.
 * @param log the events in their order
 * @throws ERR_DATA for an event of an arm that could not be shown, or of another propensity; whatever the bandit throws;
 * ERR_VALUE, ERR_ABORTED. The bandit has then learnt from the events before
 */
export async function replay(
  bandit: ReplayPolicy,
  log: Iterable<LoggedEvent> | AsyncIterable<LoggedEvent>,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const given = checkOptions('replay', options, OPTIONS)
  const { matches: most, resamples = 1000, confidence = 0.95, seed = 0, onProgress, signal } = given
  if (most !== undefined) checkInteger('matches', most, { min: 1 })
  checkInteger('resamples', resamples, { min: 1, max: 1_000_000 })
  checkNumber('confidence', confidence, { min: Number.MIN_VALUE, max: 1 - Number.EPSILON })
  checkInteger('seed', seed, { min: 0 })
  checkFunction('onProgress', onProgress)
  if (typeof log !== 'object' || log === null || !(Symbol.iterator in log || Symbol.asyncIterator in log))
    throw new KindredError('ERR_VALUE', `log: expected an iterable of events but received ${show(log)}.`)
  const yielder = new LoopYielder(signal)
  const rewards: number[] = []
  let events = 0
  const take = (event: LoggedEvent): boolean => {
    const arms = event?.candidates === undefined ? bandit.arms : [...event.candidates]
    const index = checkEvent(event, events, arms)
    events++
    const { arm } = bandit.choose(event.context, {
      pending: false,
      ...(event.candidates !== undefined && { candidates: arms }),
    })
    if (arm !== event.arm) return false
    bandit.update(arm, ownContext(event.context, index, arms.length), event.reward)
    rewards.push(event.reward)
    return rewards.length === most
  }
  const pause = async () => {
    onProgress?.({ events, matches: rewards.length })
    await yielder.yieldToLoop()
  }
  if (Symbol.asyncIterator in log) {
    for await (const event of log) {
      if (take(event)) break
      if (yielder.due) await pause()
    }
  } else {
    for (const event of log) {
      if (take(event)) break
      if (yielder.due) await pause()
    }
  }
  onProgress?.({ events, matches: rewards.length })
  const matches = rewards.length
  if (matches === 0) return { reward: Number.NaN, low: Number.NaN, high: Number.NaN, matches, events }
  const [interval] = await bootstrapMeans([Float64Array.from(rewards)], { resamples, confidence, seed }, signal)
  return { reward: interval!.value, low: interval!.low, high: interval!.high, matches, events }
}
