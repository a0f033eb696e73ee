import type { IdMap } from '../../data/id-map.js'
import type { Csr } from '../../native/addon.js'
import type { GrownRows } from './grown-rows.js'

/** The log that a fitted model keeps. */
export interface FittedLog {
  users: IdMap
  items: IdMap
  /** [users, items known to the log when it was stored], weights; items added since are not among its columns. */
  readonly seen: Csr
  /** Of a log that has grown by rows: these, of which `seen` is made where it is read. */
  readonly grown?: GrownRows
}

/** What a fitted model holds; replaced as a whole, so that a failed call leaves the model as it was. */
export interface FittedState {
  log: FittedLog
}
