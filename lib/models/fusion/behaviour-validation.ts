import { gatherRows } from '../../data/gather-rows.js'
import { KindredError } from '../../native/errors.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import type { FusionTask } from './fusion-task.js'
import type { FusionTraining } from './fusion-training.js'
import { profileLoss } from './profile-loss.js'
import { byUser, itemsOf, type LogPairs, type UserItems } from './user-items.js'

/** Users at once. */
const USERS_AT_ONCE = 256

/** Users with items that are learnt from and items that are held out, in the same order in both. */
export interface HeldOutUsers {
  readonly histories: UserItems
  readonly targets: UserItems
}

/** @throws ERR_DATA if there is no such user, ERR_ABORTED */
export async function heldOutUsers(
  train: LogPairs,
  held: LogPairs,
  signal: AbortSignal | undefined,
): Promise<HeldOutUsers> {
  const known = new Set(train.users)
  const kept = held.users.map((user) => (known.has(user) ? 1 : 0))
  const targets = await byUser(
    {
      users: held.users.filter((_, n) => kept[n] === 1),
      items: held.items.filter((_, n) => kept[n] === 1),
      unused: held.unused,
    },
    signal,
  )
  if (targets.users === 0)
    throw new KindredError(
      'ERR_DATA',
      'validation: expected items of the blocks that users chose who chose others to learn from; there are none.',
    )
  // Users in the order in which they first come among the held out.
  const order = new Map<number, number>()
  for (const [n, user] of held.users.entries()) if (kept[n] === 1 && !order.has(user)) order.set(user, order.size)
  const own = train.users.map((user) => (order.has(user) ? 1 : 0))
  const places = Int32Array.from(train.users.filter((_, n) => own[n] === 1))
  const items = train.items.filter((_, n) => own[n] === 1)
  const sorted = Int32Array.from(places.keys()).sort((a, b) => order.get(places[a]!)! - order.get(places[b]!)! || a - b)
  const histories = await byUser(
    { users: places.map((_, n) => places[sorted[n]!]!), items: items.map((_, n) => items[sorted[n]!]!), unused: 0 },
    signal,
  )
  return { histories, targets }
}

/** How likely held-out items are among all that are held out, by what the same users chose else: the mean over users. */
export function validateBehaviour(
  training: FusionTraining,
  { histories, targets }: HeldOutUsers,
  signal: AbortSignal | undefined,
): NonNullable<FusionTask['validate']> {
  const { weights, prepared, settings } = training
  const graph = new Graph(weights)
  const vectors = graph.input('vectors', [graph.dim('items'), settings.dims])
  const among = graph.input('among', [graph.dim('candidates'), settings.dims])
  const program = new Program(graph, [profileLoss(graph, vectors, among)])
  const candidates = Int32Array.from(new Set(targets.items)).sort()
  const places = new Map(Array.from(candidates, (item, place) => [item, place]))
  return async () => {
    const all = await training.vectorsOf(
      Int32Array.from(prepared.ids, (_, n) => n),
      signal,
    )
    const { data } = gatherRows(all, candidates)
    const corrections = new Float32Array(candidates.length)
    let loss = 0
    for (let begin = 0; begin < targets.users; begin += USERS_AT_ONCE) {
      const users = Math.min(USERS_AT_ONCE, targets.users - begin)
      const wanted = new Float32Array(users * candidates.length)
      for (let n = 0; n < users; n++) {
        const own = itemsOf(targets, begin + n)
        for (const item of own) wanted[n * candidates.length + places.get(item)!] = 1 / own.length
      }
      const from = histories.offsets[begin]!
      const rows = histories.items.subarray(from, histories.offsets[begin + users])
      const offsets = histories.offsets.slice(begin, begin + users + 1).map((offset) => offset - from)
      const [own] = await program.run(
        { vectors: all.data, among: data, histories: rows, offsets, targets: wanted, corrections },
        { items: all.rows, candidates: candidates.length, users, histories: rows.length },
        { signal },
      )
      loss += own![0]! * users
    }
    return { judged: -loss / targets.users, score: -loss / targets.users }
  }
}
