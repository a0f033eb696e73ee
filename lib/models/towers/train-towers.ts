import { gatherRowsYielding } from '../../data/gather-rows.js'
import { placesOf } from '../../data/id-order.js'
import { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import type { Graph } from '../../nn/graph/graph.js'
import { fitNetwork } from '../../nn/train/fit-network.js'
import { type TrainingHistory, trainingHistory } from '../../nn/train/history.js'
import type { NetworkSettings } from '../../nn/train/network-options.js'
import type { FittedLog } from '../base/fitted-log.js'
import { type HeldOutLists, heldOutContent, ndcgOfVectors } from '../base/held-out-lists.js'
import { orderedLog } from '../base/ordered-log.js'
import { positives } from '../base/positive-rows.js'
import { TextColumns, type TunedColumns } from './text-columns.js'
import { type TowerData, towerBatch } from './tower-batch.js'
import { newTowers, type TowerSizes, towerLoss, towerShapes } from './tower-network.js'
import type { TowerSettings } from './tower-options.js'
import { Towers } from './towers.js'

/** What towers learn from, in the order of the log. */
export interface TowerInputs {
  readonly log: FittedLog
  /** [items of the log, then those known by features alone; itemWidth] */
  readonly itemFeatures: Matrix
  /** [users, userWidth] */
  readonly userFeatures: Matrix
  /** [users] 1 for those who have features */
  readonly describedUsers: Uint8Array
  /** Texts that are trained with the towers. */
  readonly tuned: TunedColumns | undefined
  /** Of a validation, in these rows. */
  readonly heldOut: HeldOutLists | undefined
}

/** What a training gives, in the order of the log. */
export interface TrainedTowers {
  readonly towers: Towers
  readonly numbers: ReadonlyMap<string, Float32Array>
  readonly history: TrainingHistory<number>
  /** As it was given, with the vectors of tuned texts as they are now. */
  readonly itemFeatures: Matrix
}

/** Of the learning rate, for layers of features: there are few items to learn from, beside many interactions. */
const FEATURE_RATE = 0.3

const TABLES = ['users', 'items', 'history'] as const

/** Trains towers; users and items are taken in the order of their ids. @throws ERR_NOT_FINITE, ERR_VALUE, ERR_IO, ERR_ABORTED */
export async function trainTowers(
  inputs: TowerInputs,
  options: TowerSettings,
  settings: NetworkSettings,
): Promise<TrainedTowers> {
  const { signal, seed } = settings
  const { log } = inputs
  const ordered = await orderedLog(log, signal)
  const [userPlaces, itemPlaces] = [placesOf(ordered.users), placesOf(ordered.items)]
  const cold = inputs.itemFeatures.rows - itemPlaces.length
  const allItems = Int32Array.from({ length: itemPlaces.length + cold }, (_, n) =>
    n < itemPlaces.length ? ordered.items[n]! : n,
  )
  const histories = await positives(ordered.byUser, signal)
  const sizes: TowerSizes = {
    users: log.users.size,
    items: log.items.size,
    dims: options.dims,
    hidden: options.hidden,
    itemWidth: inputs.itemFeatures.cols,
    userWidth: inputs.userFeatures.cols,
  }
  const data: TowerData = {
    sizes,
    histories,
    shares: sharesOf(histories),
    itemFeatures: await gatherRowsYielding(inputs.itemFeatures, allItems, signal),
    userFeatures: await gatherRowsYielding(inputs.userFeatures, ordered.users, signal),
  }
  const users = Int32Array.from({ length: histories.rows }, (_, row) => row).filter(
    (row) => histories.indptr[row + 1]! > histories.indptr[row]!,
  )
  const weights = await newTowers(sizes, seed, signal)
  const ofTowers = [...towerShapes(sizes).keys()]
  const texts = inputs.tuned && new TextColumns(inputs.tuned, itemPlaces, data.itemFeatures)
  await texts?.declare(weights, seed)
  const names = [...ofTowers, ...(texts?.names ?? [])]
  const perEpoch = Math.ceil(users.length / settings.batchSize)
  const towers = new Towers(sizes, weights)
  const heldOut = inputs.heldOut && inOrder(inputs.heldOut, userPlaces, itemPlaces)
  const describedUsers = ordered.users.map((row) => inputs.describedUsers[row]!)
  const { dims, hidden, dropout, idDropout, targets, regularization, weightDecay } = options
  const itemColumns = (graph: Graph) => {
    if (texts) return texts.columns(graph)
    return sizes.itemWidth > 0 ? graph.input('itemFeatures', [graph.dim('candidates'), sizes.itemWidth]) : undefined
  }
  try {
    const history =
      users.length === 0
        ? trainingHistory<number>()
        : await fitNetwork<number>(
            {
              settings,
              samples: users.length,
              options: { dims, hidden, dropout, idDropout, targets, regularization, weightDecay },
              data: [
                histories.indptr,
                histories.indices,
                data.itemFeatures.data,
                data.userFeatures.data,
                heldOut && heldOutContent(heldOut),
              ],
              batch: async (chosen, draw) => {
                const own = Int32Array.from(chosen, (n) => users[n]!)
                const seedOfStep = (seed + draw * 0x9e3779b9) % 2 ** 53
                if ((draw - 1) % perEpoch === 0) await texts?.refresh(signal)
                const batch = await towerBatch(data, own, { targets, idDropout }, seedOfStep, signal)
                return texts ? texts.batch(batch, seedOfStep) : batch
              },
              validate:
                heldOut &&
                (async () => {
                  await texts?.refresh(signal)
                  const ids = Int32Array.from(allItems, (_, n) => (n < sizes.items ? n : -1))
                  const known = new Uint8Array(ids.length).fill(1)
                  const itemVectors = await towers.items(ids, data.itemFeatures, known, signal)
                  const own = userPlaces.map((_, n) => n)
                  const userVectors = await towers.users(
                    own,
                    histories,
                    data.itemFeatures,
                    data.userFeatures,
                    Uint8Array.from(describedUsers),
                    signal,
                  )
                  const score = await ndcgOfVectors(heldOut, userVectors, itemVectors, ordered.byUser, signal)
                  return { judged: score, score }
                }),
            },
            {
              weights,
              trained: [...ofTowers, ...(texts?.trained ?? [])],
              all: names,
              others: [],
              learningRateFactor: (name) => {
                if (!ofTowers.includes(name)) return texts!.learningRateFactor
                return name.includes('.') ? FEATURE_RATE : 1
              },
              weightDecay: (name) => (ofTowers.includes(name) && name.endsWith('.weight') ? weightDecay : 0),
              record: (graph) => towerLoss(graph, sizes, { dropout, regularization }, itemColumns(graph)),
            },
          )
    const numbers = new Map<string, Float32Array>()
    for (const name of ofTowers) numbers.set(name, await weights.read(name, { signal }))
    for (const name of TABLES) {
      const places = name === 'users' ? userPlaces : itemPlaces
      const isLearned = name === 'users' ? hasItems(histories) : data.shares.map((share) => (share > 0 ? 1 : 0))
      numbers.set(name, await rowsBack(numbers.get(name)!, places, isLearned, signal))
    }
    await texts?.refresh(signal)
    const itemFeatures = texts
      ? await gatherRowsYielding(data.itemFeatures, inverse(allItems), signal)
      : inputs.itemFeatures
    const made = await Towers.of(sizes, numbers, signal)
    await texts?.settle(weights)
    return { towers: made, numbers, history, itemFeatures }
  } finally {
    weights.dispose()
  }
}

/** [items] how many users had each, over the number of all interactions. */
function sharesOf({ cols, indices }: Csr): Float64Array {
  const shares = new Float64Array(cols)
  for (const item of indices) shares[item]! += 1 / indices.length
  return shares
}

/** Where each number stands in an order of them. */
function inverse(order: Int32Array): Int32Array {
  const out = new Int32Array(order.length)
  for (const [place, row] of order.entries()) out[row] = place
  return out
}

/** [users] 1 for those with an item. */
const hasItems = ({ rows, indptr }: Csr) =>
  Uint8Array.from({ length: rows }, (_, row) => (indptr[row + 1]! > indptr[row]! ? 1 : 0))

/** The rows of a table at their places, zeros for those of which nothing was learnt. */
async function rowsBack(
  table: Float32Array,
  places: Int32Array,
  isLearned: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const cols = table.length / Math.max(1, places.length)
  for (let row = 0; row < places.length; row++) if (isLearned[row] === 0) table.fill(0, row * cols, (row + 1) * cols)
  return (await gatherRowsYielding(new Matrix(places.length, cols, table), places, signal)).data
}

/** A validation in the rows of ordered users and items. */
function inOrder({ users, wanted }: HeldOutLists, userPlaces: Int32Array, itemPlaces: Int32Array): HeldOutLists {
  const entries = Array.from(users, (user, n) => ({
    user: userPlaces[user]!,
    wanted: wanted[n]!.map((item) => itemPlaces[item] ?? item).sort(),
  })).sort((a, b) => a.user - b.user)
  return { users: Int32Array.from(entries, ({ user }) => user), wanted: entries.map((entry) => entry.wanted) }
}
