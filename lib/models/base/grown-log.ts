import { rowIndices, selectRows } from '../../data/csr.js'
import type { IdMap } from '../../data/id-map.js'
import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { FittedLog } from './fitted-log.js'
import { GrownRows } from './grown-rows.js'

/** The rows of a log to which interactions are added. @throws ERR_ABORTED */
export async function rowsToGrow(log: FittedLog, yielder: LoopYielder): Promise<GrownRows> {
  return log.grown ?? GrownRows.over(log.seen, log.items.size, yielder)
}

/** A log with these rows; `seen` is made of them where it is read. */
export function grownLog(users: IdMap, items: IdMap, grown: GrownRows): FittedLog {
  return {
    users,
    items,
    grown,
    get seen() {
      return grown.whole()
    },
  }
}

/** A log with other items after its own. */
export function withItems(log: FittedLog, items: IdMap): FittedLog {
  return log.grown ? grownLog(log.users, items, log.grown) : { ...log, items }
}

/** The histories of users, in the given order [userRows.length, items], weights. */
export function historiesOf(log: FittedLog, userRows: Int32Array): Csr {
  return log.grown ? log.grown.select(userRows, log.items.size) : selectRows(log.seen, userRows)
}

/** The items of one user, ascending. */
export function itemsOf(log: FittedLog, userRow: number): Int32Array {
  return log.grown ? log.grown.indices(userRow) : rowIndices(log.seen, userRow)
}

/** What each user had, without holding up the event loop. @throws ERR_ABORTED */
export async function wholeLog(log: FittedLog, signal: AbortSignal | undefined): Promise<Csr> {
  return log.grown ? log.grown.wholeAsync(signal) : log.seen
}
