import type { Id } from '../../data/id-map.js'
import { checkBoolean, checkInteger, checkIterable, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { rowOf } from '../base/list-filters.js'
import type { Ids } from '../base/recommend-options.js'
import type { SeqGANSettings } from './seqgan-options.js'
import { type LearntItems, placesIn } from './vocabulary.js'

/** Options of {@link SeqGAN.generate}. */
export interface GenerateListsOptions {
  /** Items of each list, 1 to 1000. Default that of the model. */
  length?: number
  /** How many lists, 1 to 4096. Default 1. */
  count?: number
  /** Whether lists may have an item that they, or the history, have already. Default that of the model. */
  repeats?: boolean
  /** Items that no list has. Ids that the model does not know are excluded anyway. Default none. */
  exclude?: Ids
  /** Lists have these items only. Default: all that were learnt. */
  candidates?: Ids
  /** What to do with items of the history and candidates that the model does not know: refuse the call or skip them. Default 'error'. */
  unknown?: 'error' | 'ignore'
  /** Draws the lists, an integer from 0: the same seed, the same lists. Default 0. */
  seed?: number
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

/** @internal Names of {@link GenerateListsOptions}. */
export const GENERATE_OPTIONS = [
  'length',
  'count',
  'repeats',
  'exclude',
  'candidates',
  'unknown',
  'seed',
  'signal',
] as const

/** A list that {@link SeqGAN.generate} drew. */
export interface GeneratedList {
  /** Ids of items, in their order. */
  items: Id[]
  /** The probability, as the discriminator tells it, that a user has the list after the history. */
  score: number
}

/** @internal Options with every default filled in, ids as places in the vocabulary. */
export interface GenerateRequest {
  length: number
  count: number
  repeats: boolean
  unknown: 'error' | 'ignore'
  seed: number
  /** Places that no list has, besides those of the history and of lists. */
  excluded: Set<number>
  signal: AbortSignal | undefined
}

/** @internal @throws ERR_VALUE, ERR_UNKNOWN_ID, ERR_ABORTED */
export function generateRequest(
  options: GenerateListsOptions,
  settings: SeqGANSettings,
  { log, vocabulary }: LearntItems,
): GenerateRequest {
  throwIfAborted(options.signal)
  const unknown = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'ignore'])
  const places = placesIn(vocabulary, log.items.size)
  const excluded = new Set<number>()
  if (options.candidates !== undefined) {
    const kept = new Set<number>()
    for (const id of checkIterable('candidates', options.candidates, 'a list of item ids'))
      kept.add(unknown === 'ignore' ? log.items.indexOf(id) : rowOf(log.items, id, 'item'))
    for (const [place, row] of vocabulary.entries()) if (!kept.has(row)) excluded.add(place)
  }
  for (const id of checkIterable('exclude', options.exclude ?? [], 'a list of item ids')) {
    const row = log.items.indexOf(id)
    if (row >= 0 && places[row]! >= 0) excluded.add(places[row]!)
  }
  return {
    length: checkInteger('length', options.length ?? settings.length, { min: 1, max: 1000 }),
    count: checkInteger('count', options.count ?? 1, { min: 1, max: 4096 }),
    repeats: checkBoolean('repeats', options.repeats ?? settings.repeats),
    unknown,
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    excluded,
    signal: options.signal,
  }
}

/** @internal @throws ERR_VALUE where there are fewer items than a list is to have */
export function checkEligible(
  eligible: number,
  { length, repeats }: Pick<GenerateRequest, 'length' | 'repeats'>,
): void {
  const needed = repeats ? 1 : length
  if (eligible < needed)
    throw new KindredError(
      'ERR_VALUE',
      `length: expected at most ${eligible}, the items that the model has learnt and that are neither excluded nor in the history, but received ${length}.`,
    )
}
