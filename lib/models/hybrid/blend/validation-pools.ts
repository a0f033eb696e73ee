import { selectRows } from '../../../data/csr.js'
import type { Interactions } from '../../../data/log/interactions.js'
import { createRandom } from '../../../data/random.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { KindredError } from '../../../native/errors.js'
import { nativeCall } from '../../../native/native-call.js'
import type { FittedLog } from '../../base/fitted-log.js'
import { seenBy } from '../../base/list-filters.js'
import { usersAtOnce } from '../../base/ranked-lists.js'
import { choicesOf } from '../members/later-choices.js'
import type { MemberPoints } from '../members/member-points.js'

/** What is ranked to judge weights: for one user the items that some member has near the top, and those they chose later. */
export interface Pool {
  /** Row of the user in the log. */
  user: number
  /** [n] rows of the items, ascending */
  items: Int32Array
  /** [n, members] what each member gives each item */
  points: Float32Array
  /** Where in `items` those are that the user chose, ascending. */
  chosen: Int32Array
}

/** Below all scores. */
const LOWEST = -3.4028234663852886e38

/**
 * The pools of users who chose something in `later` that they had not before.
 * @param depth items that each member adds to a pool
 * @param most users; of more, a random choice
 * @throws ERR_DATA if there is none
 */
export async function validationPools(
  log: FittedLog,
  later: Interactions,
  pointsOf: (userRows: Int32Array) => Promise<MemberPoints[]>,
  { depth, most, seed, signal }: { depth: number; most: number; seed: number; signal: AbortSignal | undefined },
): Promise<Pool[]> {
  const choices = await choicesOf(log, later, signal)
  if (choices.size === 0)
    throw new KindredError(
      'ERR_DATA',
      'validation: expected users and items of the training log, in pairs that it does not hold, but there is none.',
    )
  const all = createRandom(seed).shuffle(Int32Array.from(choices.keys()).sort())
  const users = all.subarray(0, most).slice().sort()
  const pools: Pool[] = []
  const yielder = new LoopYielder(signal)
  const count = log.items.size
  const block = usersAtOnce(count, 256)
  for (let begin = 0; begin < users.length; begin += block) {
    const some = users.subarray(begin, begin + block)
    const members = await pointsOf(some)
    const exclude = seenBy(selectRows(log.seen, some), Int32Array.from(some.keys()), count)
    const k = Math.min(depth, count)
    const tops: Int32Array[] = []
    for (const { points } of members) {
      const scores = points.data.map((point) => (!Number.isNaN(point) ? point : LOWEST))
      const matrix = { rows: points.rows, cols: points.cols, data: scores }
      const top = await nativeCall(signal, (native, abort) =>
        native.topKOfScores(matrix, k, exclude, null, null, abort),
      )
      tops.push(top.indices)
      if (yielder.due) await yielder.yieldToLoop()
    }
    for (const [q, user] of some.entries()) {
      const items = new Set<number>(choices.get(user))
      for (const top of tops) for (let n = q * k; n < (q + 1) * k; n++) if (top[n]! >= 0) items.add(top[n]!)
      pools.push(poolOf(user, q, Int32Array.from(items).sort(), choices.get(user)!, members))
      if (yielder.due) await yielder.yieldToLoop()
    }
  }
  return pools
}

function poolOf(
  user: number,
  q: number,
  items: Int32Array,
  choices: ReadonlySet<number>,
  members: readonly MemberPoints[],
): Pool {
  const points = new Float32Array(items.length * members.length)
  for (const [m, { points: all, missing }] of members.entries())
    for (let i = 0; i < items.length; i++) {
      const point = all.data[q * all.cols + items[i]!]!
      points[i * members.length + m] = !Number.isNaN(point) ? point : missing[q]!
    }
  const chosen = Int32Array.from(items.keys()).filter((i) => choices.has(items[i]!))
  return { user, items, points, chosen }
}
