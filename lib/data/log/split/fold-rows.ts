import { checkInteger, checkOneOf, checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { type Resumable, ROWS_PER_YIELD } from '../../resumable.js'
import { groupByUser } from '../group-by-user.js'
import type { InteractionColumns } from '../interaction-columns.js'
import { byDraw, idsByDraw } from './draws.js'
import { partitionRows } from './partition-rows.js'

/** How {@link Interactions.folds} deals a log into folds. */
export interface FoldOptions {
  /** How many folds, from 2 to 1000; default 5. */
  folds?: number
  /**
   * What is dealt: each user's rows ('random', default), whole users ('users', strong generalisation), or whole items
   * ('cold-items').
   */
  by?: 'random' | 'users' | 'cold-items'
  /** Of the random order in which they are dealt; default 0. */
  seed?: number
}

export const FOLD_OPTIONS = ['folds', 'by', 'seed']

/** The options, complete. @throws ERR_VALUE for illegal ones, or more folds than there is to deal */
export function checkFolds(log: InteractionColumns, options: FoldOptions = {}): Required<FoldOptions> {
  options = checkOptions('folds', options, FOLD_OPTIONS)
  const folds = checkInteger('folds', options.folds ?? 5, { min: 2, max: 1000 })
  const by = checkOneOf('by', options.by ?? 'random', ['random', 'users', 'cold-items'])
  const seed = checkInteger('seed', options.seed ?? 0, { min: 0 })
  const [there, what] = {
    random: [log.userRows.length, 'rows'] as const,
    users: [log.users.size, 'users'] as const,
    'cold-items': [log.items.size, 'items'] as const,
  }[by]
  if (there < folds)
    throw new KindredError(
      'ERR_VALUE',
      `folds: expected at most the ${there} ${what} of the log but received ${folds}.`,
    )
  return { folds, by, seed }
}

/** Deals whole ids in random order: [ids] their fold. */
function* foldOfIds(log: InteractionColumns, kind: 'users' | 'items', folds: number, seed: number) {
  const ids = log[kind]
  const order = Int32Array.from({ length: ids.size }, (_, index) => index)
  yield* partitionRows(order, yield* idsByDraw(ids, seed))
  const fold = new Int32Array(ids.size)
  for (const [position, id] of order.entries()) fold[id] = position % folds
  return { fold, order }
}

/** [rows] 1 where a row is of this fold, 0 for the others. */
export function* marksOfFold(fold: Int32Array, wanted: number): Resumable<Uint8Array> {
  const marks = new Uint8Array(fold.length)
  for (let row = 0; row < fold.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    if (fold[row] === wanted) marks[row] = 1
  }
  return marks
}

/**
 * [rows] the fold of each row, from 0. Rows are dealt user by user, users in random order, each user's rows in random
 * order: no two folds differ by more than a row, neither altogether nor in any user's rows.
 */
export function* foldRows(log: InteractionColumns, { folds, by, seed }: Required<FoldOptions>): Resumable<Int32Array> {
  const fold = new Int32Array(log.userRows.length)
  if (by !== 'random') {
    const idRows = by === 'users' ? log.userRows : log.itemRows
    const ofId = (yield* foldOfIds(log, by === 'users' ? 'users' : 'items', folds, seed)).fold
    for (let row = 0; row < fold.length; row++) {
      if (row % ROWS_PER_YIELD === 0) yield
      fold[row] = ofId[idRows[row]!]!
    }
    return fold
  }
  const { order: users } = yield* foldOfIds(log, 'users', folds, seed)
  const compare = yield* byDraw(log, seed)
  const { pointers, order } = yield* groupByUser(log)
  let dealt = 0
  let due = ROWS_PER_YIELD
  for (const user of users) {
    const own = order.subarray(pointers[user]!, pointers[user + 1]!)
    yield* partitionRows(own, compare)
    for (const row of own) fold[row] = dealt++ % folds
    if (dealt < due) continue
    due = dealt + ROWS_PER_YIELD
    yield
  }
  return fold
}
