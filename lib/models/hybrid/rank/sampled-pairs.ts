import { Matrix } from '../../../data/matrix.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { nativeCall } from '../../../native/native-call.js'
import type { FittedLog } from '../../base/fitted-log.js'
import { seenBy } from '../../base/list-filters.js'
import { usersAtOnce } from '../../base/ranked-lists.js'
import { type Member, scoresOfMember } from '../members/members.js'
import type { Retrieved } from './candidate-ranker.js'
import { retrievedScores } from './retriever-scores.js'
import { type NegativeSampling, type SampledClicks, sampleClicks, samplingPool } from './sampled-clicks.js'

/** How pairs are sampled. */
export interface SamplingSettings {
  negatives: number
  negativeSampling: NegativeSampling
  /** Of the retriever's list that 'retrieved' draws from. */
  depth: number
  seed: number
}

/**
 * Samples users a block at a time.
 * @param choices the clicks of each user, by row
 * @param withScores whether what the retriever gives each pair is wanted as well
 * @param collect is given the pairs of a block, and for each field of the retriever's scores that of each pair
 */
export async function sampleInBlocks(
  choices: ReadonlyMap<number, ReadonlySet<number>>,
  log: FittedLog,
  retriever: Member,
  { negatives, negativeSampling, depth, seed }: SamplingSettings,
  withScores: boolean,
  signal: AbortSignal | undefined,
  collect: (sampled: SampledClicks, scores: readonly Float64Array[]) => void,
): Promise<void> {
  const users = Int32Array.from(choices.keys()).sort()
  const count = log.items.size
  const isRetrieved = negativeSampling === 'retrieved'
  const pool = isRetrieved ? new Int32Array(0) : samplingPool(negativeSampling, log)
  const yielder = new LoopYielder(signal)
  const block = usersAtOnce(count, 64)
  for (let begin = 0; begin < users.length; begin += block) {
    const some = users.subarray(begin, begin + block)
    const retrieved = await retrieve(some)
    const k = Math.min(depth, count)
    const exclude = seenBy(log.seen, some, count)
    const top =
      isRetrieved &&
      (await nativeCall(signal, (native, abort) =>
        native.topKOfScores(retrieved.scores, k, exclude, null, null, abort),
      ))
    const lists = top
      ? (place: number) => top.indices.subarray(place * k, (place + 1) * k).filter((row) => row >= 0)
      : undefined
    const sampled = sampleClicks(some, choices, { log, negatives, pool, retrieved: lists, seed })
    const places = new Map(Array.from(some, (user, place) => [user, place]))
    const scores = retrieved.features.map(({ data, cols }) =>
      Float64Array.from(sampled.users, (user, n) => data[places.get(user)! * cols + sampled.items[n]!]!),
    )
    collect(sampled, scores)
    if (yielder.due) await yielder.yieldToLoop()
  }

  async function retrieve(some: Int32Array): Promise<Retrieved> {
    if (withScores) return retrievedScores(retriever, some, count, signal)
    // Nothing of it is asked where negatives are not drawn from it.
    const scores = isRetrieved ? await scoresOfMember(retriever, some, count, signal) : new Matrix(0, count)
    return { scores, features: [] }
  }
}

/** All pairs at once. */
export async function sampledPairs(
  choices: ReadonlyMap<number, ReadonlySet<number>>,
  log: FittedLog,
  retriever: Member,
  settings: SamplingSettings,
  signal: AbortSignal | undefined,
): Promise<SampledClicks> {
  const parts: SampledClicks[] = []
  await sampleInBlocks(choices, log, retriever, settings, false, signal, (sampled) => parts.push(sampled))
  const joined = (key: 'users' | 'items' | 'clicked') => {
    const all = new Int32Array(parts.reduce((sum, part) => sum + part[key].length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part[key], at)
      at += part[key].length
    }
    return all
  }
  const labels = Uint8Array.from(parts.flatMap((part) => [...part.labels]))
  return { users: joined('users'), items: joined('items'), clicked: joined('clicked'), labels }
}
