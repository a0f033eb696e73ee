import { csrFromLists } from '../data/csr.js'
import type { Id } from '../data/ids.js'
import { Interactions } from '../data/interactions.js'
import type { Recommender } from '../models/recommender.js'
import type { Csr } from '../native/addon.js'
import { KindredError, show } from '../native/errors.js'

/** The held-out interactions in a model's own rows. */
export interface Wanted {
  /** Dense user rows of the model, one per judged user. */
  userRows: Int32Array
  users: Id[]
  /** [judged users, items of the model]: the held-out items that the model knows. */
  items: Csr
  /** [judged users] held-out items, those that the model does not know included. */
  counts: Int32Array
  /** Users of the test log whom the model does not know; they are not judged. */
  unknownUsers: number
  /** Held-out pairs of judged users whose item the model does not know; they count as missed. */
  unknownItems: number
}

/**
 * @param only restricts the judged users
 * @throws ERR_VALUE if `test` is no log, ERR_DATA if it has no user that the model knows
 */
export function wantedItems(model: Recommender, test: unknown, only?: (user: Id) => boolean): Wanted {
  if (!(test instanceof Interactions))
    throw new KindredError('ERR_VALUE', `evaluate: expected Interactions to test on but received ${show(test)}.`)
  const lists = new Map<Id, { rows: Map<number, number>; count: number }>()
  let unknownItems = 0
  for (const { user, item } of test) {
    if (!model.users.has(user) || only?.(user) === false) continue
    let list = lists.get(user)
    if (list === undefined) {
      list = { rows: new Map(), count: 0 }
      lists.set(user, list)
    }
    list.count++
    const row = model.items.indexOf(item)
    if (row < 0) unknownItems++
    else list.rows.set(row, 1)
  }
  if (lists.size === 0)
    throw new KindredError(
      'ERR_DATA',
      `evaluate: the model knows none of the ${test.users.size} users to test on. Do their ids have the same type as in training?`,
    )
  const users = [...lists.keys()]
  const entries = [...lists.values()]
  return {
    users,
    userRows: Int32Array.from(users, (user) => model.users.indexOf(user)),
    items: csrFromLists(
      entries.map(({ rows }) => rows),
      model.items.size,
    ),
    counts: Int32Array.from(entries, ({ count }) => count),
    unknownUsers: test.users.size - users.length,
    unknownItems,
  }
}
