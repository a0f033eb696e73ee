import type { Id, IdMap } from '../data/id-map.js'
import { Interactions } from '../data/log/interactions.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import type { RankingModel } from '../models/base/recommender.js'
import type { Csr } from '../native/addon.js'
import { KindredError, show } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'
import { positionsById } from './id-order.js'
import { checkRankingModel } from './row-scorer.js'

const IDS_AT_ONCE = 1 << 10

/** What was held out of the evaluated users, in the rows of the items that are ranked. */
export interface HeldOut {
  /** [evaluated users, items]: the held-out items that can be ranked, with their weights. */
  items: Csr
  /** [evaluated users + 1]: where the `weights` of each begin. */
  begins: Int32Array
  /** Weights of all held-out pairs, those of unknown items included, user by user. */
  weights: Float32Array
  /** Held-out pairs of evaluated users whose item is unknown. */
  unknownItems: number
}

/** The held-out interactions in a model's own rows. */
export interface GroundTruth {
  /** The evaluated users, in an order that depends on their ids alone. */
  users: readonly Id[]
  /** [evaluated users] dense rows of the model. */
  userRows: Int32Array
  heldOut: HeldOut
  /** Users of the test log whom the model does not know; they are not evaluated. */
  unknownUsers: number
}

/** @throws ERR_VALUE unless `test` is a log */
export function checkTestLog(test: unknown): asserts test is Interactions {
  if (!(test instanceof Interactions))
    throw new KindredError('ERR_VALUE', `evaluate: expected Interactions to test on but received ${show(test)}.`)
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
  checkTestLog(test)
  if (test.users.size === 0)
    throw new KindredError('ERR_DATA', 'evaluate: the log to test on is empty: nothing was held out.')
  const { only, signal } = options
  const { users: modelUsers, items } = model
  const yielder = new LoopYielder(signal)
  const evaluated: Id[] = []
  await yielder.over(test.users.size, IDS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const user = test.users.idAt(row)
      if (modelUsers.has(user) && only?.(user) !== false) evaluated.push(user)
    }
  })
  if (evaluated.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `evaluate: the model knows none of the ${test.users.size} users to test on. Do their ids have the same type as in training?`,
    )
  const order = await positionsById(evaluated, signal)
  const users: Id[] = []
  const userRows = new Int32Array(evaluated.length)
  await yielder.over(evaluated.length, IDS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) {
      users.push(evaluated[order[i]!]!)
      userRows[i] = modelUsers.indexOf(users[i]!)
    }
  })
  return {
    users,
    userRows,
    unknownUsers: test.users.size - users.length,
    heldOut: await heldOutOf(test, users, items, signal),
  }
}

/** What `test` holds of each of `users`, who are all in it. @throws ERR_ABORTED */
export async function heldOutOf(
  test: Interactions,
  users: readonly Id[],
  items: IdMap,
  signal: AbortSignal | undefined,
): Promise<HeldOut> {
  const { indptr, indices, values } = await test.byUser(signal)
  const yielder = new LoopYielder(signal)
  const itemRows = new Int32Array(test.items.size)
  await yielder.over(itemRows.length, IDS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) itemRows[row] = items.indexOf(test.items.idAt(row))
  })
  const begins = new Int32Array(users.length + 1)
  const weights = new Float32Array(indices.length)
  const [pairUsers, pairItems] = [new Int32Array(indices.length), new Int32Array(indices.length)]
  const pairWeights = new Float32Array(indices.length)
  let known = 0
  await yielder.over(users.length, IDS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = test.users.indexOf(users[i]!)
      let at = begins[i]!
      for (let n = indptr[row]!; n < indptr[row + 1]!; n++) {
        weights[at++] = values![n]!
        const item = itemRows[indices[n]!]!
        if (item < 0) continue
        pairUsers[known] = i
        pairItems[known] = item
        pairWeights[known++] = values![n]!
      }
      begins[i + 1] = at
    }
  })
  return {
    items: await nativeCall(signal, (native, abort) =>
      native.csrFromPairs(
        pairUsers.subarray(0, known),
        pairItems.subarray(0, known),
        pairWeights.subarray(0, known),
        users.length,
        items.size,
        abort,
      ),
    ),
    begins,
    weights: weights.subarray(0, begins[users.length]!),
    unknownItems: begins[users.length]! - known,
  }
}
