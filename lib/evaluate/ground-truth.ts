import type { Id } from '../data/id-map.js'
import { Interactions } from '../data/log/interactions.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import type { RankingModel } from '../models/base/recommender.js'
import type { Csr } from '../native/addon.js'
import { KindredError, show } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'
import { checkRankingModel } from './row-scorer.js'

/** The held-out interactions in a model's own rows. */
export interface GroundTruth {
  /** Dense user rows of the model, one per evaluated user. */
  userRows: Int32Array
  users: Id[]
  /** [evaluated users, items of the model]: the held-out items that the model knows. */
  items: Csr
  /** [evaluated users] held-out items, those that the model does not know included. */
  counts: Int32Array
  /** Users of the test log whom the model does not know; they are not evaluated. */
  unknownUsers: number
  /** Held-out pairs of evaluated users whose item the model does not know. */
  unknownItems: number
}

/**
 * @param only restricts the evaluated users
 * @throws ERR_VALUE if `model` is no model or `test` no log, ERR_DATA if it has no user that the model knows,
 * ERR_NOT_FITTED, ERR_ABORTED
 */
export async function groundTruthOf(
  model: RankingModel,
  test: unknown,
  options: { only?: (user: Id) => boolean; signal?: AbortSignal } = {},
): Promise<GroundTruth> {
  checkRankingModel(model)
  if (!(test instanceof Interactions))
    throw new KindredError('ERR_VALUE', `evaluate: expected Interactions to test on but received ${show(test)}.`)
  const { only, signal } = options
  const { users: modelUsers, items } = model
  const evaluated = new Map<Id, number>()
  const counts: number[] = []
  const evaluatedRows: number[] = []
  const itemRows: number[] = []
  let unknownItems = 0
  const yielder = new LoopYielder(signal)
  for (const { user, item } of test) {
    if (yielder.due) await yielder.yieldToLoop()
    if (!modelUsers.has(user) || only?.(user) === false) continue
    let index = evaluated.get(user)
    if (index === undefined) {
      index = evaluated.size
      evaluated.set(user, index)
      counts.push(0)
    }
    counts[index]!++
    const row = items.indexOf(item)
    if (row < 0) {
      unknownItems++
      continue
    }
    evaluatedRows.push(index)
    itemRows.push(row)
  }
  if (evaluated.size === 0)
    throw new KindredError(
      'ERR_DATA',
      `evaluate: the model knows none of the ${test.users.size} users to test on. Do their ids have the same type as in training?`,
    )
  const users = [...evaluated.keys()]
  return {
    users,
    userRows: Int32Array.from(users, (user) => modelUsers.indexOf(user)),
    items: await nativeCall(signal, (native, abort) =>
      native.csrFromPairs(
        Int32Array.from(evaluatedRows),
        Int32Array.from(itemRows),
        null,
        users.length,
        items.size,
        abort,
      ),
    ),
    counts: Int32Array.from(counts),
    unknownUsers: test.users.size - users.length,
    unknownItems,
  }
}
