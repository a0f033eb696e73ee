import { rowIndices, selectRows } from '../../data/csr.js'
import { gatherRows } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { type TrainingHistory, trainingHistory } from '../../nn/train/history.js'
import { type FactorState, withRows } from '../base/factor-model.js'
import type { SavedModel } from '../base/model-file.js'
import { ColdItemMap } from './cold-items.js'
import { TowerGroups } from './tower-features.js'
import { towerShapes } from './tower-network.js'
import type { TowerSettings } from './tower-options.js'
import { Towers } from './towers.js'

/** What a fitted TwoTower holds. */
export interface TwoTowerState extends FactorState {
  towers: Towers
  /** The weights of the towers by name, of the users and items of the log that they learnt from. */
  numbers: ReadonlyMap<string, Float32Array>
  itemGroups: TowerGroups
  userGroups: TowerGroups
  /** [items, columns of itemGroups] */
  itemFeatures: Matrix
  /** [users, columns of userGroups] */
  userFeatures: Matrix
  /** [users] 1 for those who have features. */
  describedUsers: Uint8Array
  /** [items] 1 for those that were learnt from interactions, 0 for those known by their features, or not at all. */
  learned: Uint8Array
  /** From features to vectors of items; null where no item of the log has both. */
  coldMap: ColdItemMap | null
  history: TrainingHistory<number>
}

/** The state with the vectors of some users made anew from their histories. @throws ERR_ABORTED */
export async function withUsersAnew(
  state: TwoTowerState,
  users: Int32Array,
  signal: AbortSignal | undefined,
): Promise<TwoTowerState> {
  if (users.length === 0) return state
  const { towers, log, itemFeatures, userFeatures, describedUsers } = state
  const vectors = await towers.users(
    users.map((row) => (row < towers.sizes.users ? row : -1)),
    selectRows(log.seen, users),
    itemFeatures,
    gatherRows(userFeatures, users),
    Uint8Array.from(users, (row) => describedUsers[row]!),
    signal,
  )
  const userFactors = withRows(state.userFactors, log.users.size)
  for (const [n, row] of users.entries()) userFactors.row(row).set(vectors.row(n))
  return { ...state, userFactors }
}

/** Rows of the users who had one of these items, ascending. @throws ERR_ABORTED */
export async function usersOfAny(
  seen: Csr,
  items: ReadonlySet<number>,
  signal: AbortSignal | undefined,
): Promise<Int32Array> {
  const found: number[] = []
  await new LoopYielder(signal).over(seen.rows, 1 << 8, (begin, end) => {
    for (let user = begin; user < end; user++)
      if (rowIndices(seen, user).some((item) => items.has(item))) found.push(user)
  })
  return Int32Array.from(found)
}

/** Tensors that {@link restoredTowers} reads. */
export function towerTensors(state: TwoTowerState): Record<string, Tensor> {
  const { towers, numbers } = state
  const ofNetwork = Array.from(towerShapes(towers.sizes), ([name, [rows, cols]]): [string, Tensor] => [
    `towers.${name}`,
    cols === undefined ? vectorTensor(numbers.get(name)!) : matrixTensor(new Matrix(rows!, cols, numbers.get(name)!)),
  ])
  return {
    ...Object.fromEntries(ofNetwork),
    ...state.itemGroups.toTensors('items'),
    ...state.userGroups.toTensors('users'),
    ...state.coldMap?.toTensors(),
    'items.features': matrixTensor(state.itemFeatures),
    'users.features': matrixTensor(state.userFeatures),
    'users.described': vectorTensor(state.describedUsers),
    'items.learned': vectorTensor(state.learned),
    'items.factors': matrixTensor(state.itemFactors),
    'users.factors': matrixTensor(state.userFactors),
  }
}

/** @throws ERR_MODEL_FILE */
export async function restoredTowers(
  { log, tensors, signal }: SavedModel,
  { dims, hidden }: TowerSettings,
): Promise<TwoTowerState> {
  const itemGroups = TowerGroups.fromTensors(tensors, 'items')
  const userGroups = TowerGroups.fromTensors(tensors, 'users')
  const [users, items] = [log.users.size, log.items.size]
  const sizes = {
    users: tensors.matrix('towers.users', { cols: dims }).rows,
    items: tensors.matrix('towers.items', { cols: dims + 1 }).rows,
    dims,
    hidden,
    itemWidth: itemGroups.width,
    userWidth: userGroups.width,
  }
  if (sizes.users > users || sizes.items > items)
    throw new KindredError(
      'ERR_MODEL_FILE',
      `towers: expected embeddings of at most ${users} users and ${items} items but there are ${sizes.users} and ${sizes.items}.`,
    )
  const numbers = new Map<string, Float32Array>()
  for (const [name, [rows, cols]] of towerShapes(sizes))
    numbers.set(
      name,
      cols === undefined
        ? tensors.vector(`towers.${name}`, Float32Array, rows)
        : tensors.matrix(`towers.${name}`, { rows, cols }).data,
    )
  return {
    log,
    towers: await Towers.of(sizes, numbers, signal),
    numbers,
    itemGroups,
    userGroups,
    itemFeatures: tensors.matrix('items.features', { rows: items, cols: itemGroups.width }),
    userFeatures: tensors.matrix('users.features', { rows: users, cols: userGroups.width }),
    describedUsers: tensors.vector('users.described', Uint8Array, users),
    learned: tensors.vector('items.learned', Uint8Array, items),
    coldMap: ColdItemMap.fromTensors(tensors, itemGroups.groups, dims + 1),
    history: trainingHistory(),
    userFactors: tensors.matrix('users.factors', { rows: users, cols: dims + 1 }),
    itemFactors: tensors.matrix('items.factors', { rows: items, cols: dims + 1 }),
  }
}

const narrower = new WeakMap<Matrix, Matrix>()

/** The columns but the last, which holds biases; made once. */
export function withoutLast(matrix: Matrix): Matrix {
  const found = narrower.get(matrix)
  if (found) return found
  const out = new Matrix(matrix.rows, matrix.cols - 1)
  for (let row = 0; row < out.rows; row++) out.row(row).set(matrix.row(row).subarray(0, out.cols))
  narrower.set(matrix, out)
  return out
}
