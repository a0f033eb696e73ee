import { type Id, IdMap, toId } from '../data/id-map.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import { checkIterable } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'

/** An item of a list made elsewhere: its id, or an object that names it, such as an entry of `recommend`. */
export type ListedItem =
  | Id
  | {
      /** Its id. */
      readonly item: Id
    }

/** Lists made elsewhere, best item first: `{ user, items }`, `[user, items]`, or a Map from users to items. */
export type GivenLists = Iterable<
  | {
      /** Whose list it is. */
      readonly user: Id
      /** What it holds, best first. */
      readonly items: Iterable<ListedItem> & object
    }
  | readonly [user: Id, items: Iterable<ListedItem> & object]
>

/**
 * Lists by user.
 * @throws ERR_VALUE for what is no list, ERR_DUPLICATE for a user with two lists or an item that a list holds twice,
 * ERR_ABORTED
 */
export async function listsByUser(lists: GivenLists, signal: AbortSignal | undefined): Promise<Map<Id, IdMap>> {
  const byUser = new Map<Id, IdMap>()
  const yielder = new LoopYielder(signal)
  for (const entry of checkIterable('lists', lists, 'lists { user, items }, [user, items] or a Map of them')) {
    const [given, items] = partsOf(entry, byUser.size)
    const user = toId(given, () => `lists[${byUser.size}].user`)
    if (byUser.has(user)) throw new KindredError('ERR_DUPLICATE', `lists: user ${show(user)} has two lists.`)
    const what = `list of user ${show(user)}`
    byUser.set(user, IdMap.from(idsOf(checkIterable(what, items, 'a list of item ids or of { item }')), what))
    if (yielder.due) await yielder.yieldToLoop()
  }
  return byUser
}

function partsOf(entry: unknown, position: number): [user: unknown, items: Iterable<unknown>] {
  if (Array.isArray(entry) && entry.length === 2) return entry as [unknown, Iterable<unknown>]
  const { user, items } = (entry ?? {}) as { user?: unknown; items?: Iterable<unknown> }
  if (user !== undefined && items !== undefined) return [user, items]
  throw new KindredError(
    'ERR_VALUE',
    `lists[${position}]: expected { user, items } or [user, items] but received ${show(entry)}.`,
  )
}

function* idsOf(items: Iterable<unknown>): Generator<unknown> {
  for (const item of items) yield typeof item === 'object' && item !== null && 'item' in item ? item.item : item
}
