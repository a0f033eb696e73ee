import { gatherRows } from '../../data/gather-rows.js'
import type { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import { untilAborted } from '../../native/native-call.js'
import { withRows } from '../base/factor-model.js'
import { historiesOf } from '../base/grown-log.js'
import { itemColumns, type LogUpdate } from '../base/merge-log.js'
import { mixWithPlaced } from './als-features.js'
import type { AlsSettings } from './als-options.js'
import { type AlsState, gramOfItemsOf, gramOfLearned } from './als-state.js'
import { checkFinite, gram, halfSweep } from './als-train.js'

/** The state after new interactions; users and items that they do not concern keep their factors. */
export async function alsUpdate(
  before: AlsState,
  { log, changedUsers, touchedItems }: LogUpdate,
  options: AlsSettings,
  signal?: AbortSignal,
): Promise<AlsState> {
  const X = withRows(before.userFactors, log.users.size)
  const newItems = touchedItems.filter((row) => before.learned[row] !== 1)
  const histories = historiesOf(log, changedUsers)
  // Items are as they were, and so is Y'Y, where none has its first interaction.
  const isSame = newItems.length === 0 && log.items.size === before.itemFactors.rows
  const Y = isSame ? before.itemFactors : withRows(before.itemFactors, log.items.size)
  const learned = isSame ? before.learned : new Uint8Array(log.items.size)
  if (!isSame) learned.set(before.learned)
  const columns = await itemColumns(histories, newItems, changedUsers, log.users.size, signal)
  const settings: AlsSettings = { ...options, solver: 'cholesky' }
  const solve = async (rows: Int32Array, Cui: Csr, fixed: Matrix, gramOfFixed: Float64Array, target: Matrix) => {
    const solved = gatherRows(target, rows)
    await halfSweep(Cui, fixed, gramOfFixed, solved, settings, signal)
    await checkFinite(solved, signal)
    for (let i = 0; i < rows.length; i++) target.row(rows[i]!).set(solved.row(i))
  }
  const gramOfItems = () => (isSame ? untilAborted(gramOfItemsOf(before), signal) : gramOfLearned(Y, learned, signal))
  const solveUsers = async () => solve(changedUsers, histories, Y, await gramOfItems(), X)
  // Users first, new ones among them, so that new items have user factors to learn from; then the users once more, with
  // the factors of those items.
  if (newItems.length > 0) {
    await solveUsers()
    await solve(newItems, columns, X, await gram(X, signal), Y)
    for (let i = 0; i < newItems.length; i++) {
      const row = newItems[i]!
      const count = columns.indptr[i + 1]! - columns.indptr[i]!
      if (row < before.itemFactors.rows)
        mixWithPlaced(Y.row(row), before.itemFactors.row(row), count, options, before.featureMap?.scale)
      learned[row] = 1
    }
  }
  await solveUsers()
  const { featureMap, losses, parameters } = before
  const state: AlsState = { log, userFactors: X, itemFactors: Y, learned, featureMap, losses, parameters }
  if (isSame && before.gramOfItems) state.gramOfItems = before.gramOfItems
  return state
}
