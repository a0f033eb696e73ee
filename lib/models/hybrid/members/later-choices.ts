import { rowIndices } from '../../../data/csr.js'
import type { Interactions } from '../../../data/log/interactions.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { FittedLog } from '../../base/fitted-log.js'

/** Rows of what users of the log chose in `later` and had not before, by row of the user. */
export async function choicesOf(
  log: FittedLog,
  later: Interactions,
  signal: AbortSignal | undefined,
): Promise<Map<number, Set<number>>> {
  const choices = new Map<number, Set<number>>()
  const users = Int32Array.from(later.users, (id) => log.users.indexOf(id))
  const items = Int32Array.from(later.items, (id) => log.items.indexOf(id))
  await new LoopYielder(signal).over(later.size, 1 << 10, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const [user, item] = [users[later.userRows[n]!]!, items[later.itemRows[n]!]!]
      if (user < 0 || item < 0 || !(later.weights[n]! > 0) || rowIndices(log.seen, user).includes(item)) continue
      const own = choices.get(user) ?? new Set<number>()
      choices.set(user, own.add(item))
    }
  })
  return choices
}
