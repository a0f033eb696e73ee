import { rowIndices, selectRows } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, TopK } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { refineItems } from './als-features.js'
import type { AlsSettings } from './als-options.js'
import { gram, halfSweep } from './als-train.js'
import { type DescribedItems, onlyThose } from './described-items.js'
import { FeatureMap } from './feature-map.js'
import { type HeldOut, holdOut } from './held-out.js'

/** Length of the lists that are judged. */
const K = 20
/** Scales tried: 1, 1.05, 1.05 ** 2, ... up to 64. */
const STEP = 1.05
const STEPS = Math.ceil(Math.log(64) / Math.log(STEP))
const JUDGES_AT_ONCE = 64

/** The best items of one kind for one judge, best first: their scores, and whether each is wanted. */
export interface JudgedList {
  scores: Float32Array
  wanted: boolean[]
}

/** What one judge's lists look like, from the rest of the log alone. */
export interface JudgedUser {
  /** Known items, placed without features. */
  plain: JudgedList
  /** Known items, as the model with features places them. */
  known: JudgedList
  /** Items as if new, as the map places them. */
  placed: JudgedList
  /** Held-out interactions with known items. */
  wantedKnown: number
  /** Share of the items as if new that are wanted: what chance would hit. */
  chance: number
}

/**
 * `settings.newItemScale`, or if that is 'auto', by how much to lengthen the factors that features give to new items. A least-squares map gives the mean of what is
 * likely, which is shorter than any learned vector, and unobserved pairs have pulled the vectors of rare items it learns
 * from to zero; so new items stand behind all others in the lists of all items. Of the scales from 1 up, this is the one
 * with which lists of 20 hold most of what was held out and is wanted, hits on new items beyond chance and hits on known
 * ones alike, among those with which recall@20 of known items is at most `settings.newItemCost` below that without
 * features and new items, or below that with the scale 1 where this is lower. What is held out: all interactions of as large a share of the described items as are new, a
 * fifth to a half of them, and a tenth of the others of up to 4096 users. 1 where there is too little to hold out.
 * @param Cui weights [users, items]
 * @param Ciu its transpose [items, users]
 * @param Y [items, factors], learned from these weights
 * @param described the items of Y that have features
 */
export async function newItemScale(
  Cui: Csr,
  Ciu: Csr,
  Y: Matrix,
  described: DescribedItems,
  features: Features,
  settings: AlsSettings,
  signal?: AbortSignal,
): Promise<number> {
  if (settings.newItemScale !== 'auto') return settings.newItemScale
  const share = Math.min(0.5, Math.max(0.2, 1 - described.rows.length / features.size))
  const heldOut = await holdOut(Cui, Ciu, described.rows, { share, seed: settings.seed }, signal)
  if (heldOut === null) return 1
  return bestScale(await judgedUsers(heldOut, Y, described, features, settings, signal), settings.newItemCost, signal)
}

/** The lists of the judges by a model of the rest: one sweep from the factors Y, without the items held out. */
async function judgedUsers(
  heldOut: HeldOut,
  Y: Matrix,
  described: DescribedItems,
  features: Features,
  settings: AlsSettings,
  signal?: AbortSignal,
): Promise<JudgedUser[]> {
  const { Cui, Ciu, newItems, known, judges } = heldOut
  const rest = new Matrix(Y.rows, Y.cols, Y.data.slice())
  for (const row of newItems) rest.row(row).fill(0)
  const X = new Matrix(Cui.rows, Y.cols)
  const exact: AlsSettings = { ...settings, solver: 'cholesky' }
  await halfSweep(Cui, rest, await gram(rest, signal), X, exact, signal)
  await halfSweep(Ciu, X, await gram(X, signal), rest, exact, signal)
  const map = await FeatureMap.learn(features, onlyThose(described, known), rest, settings, signal)
  const queries = gatherRows(X, judges)
  const listsOf = (items: Matrix, candidates: Uint8Array | null, exclude: Csr | null) =>
    nativeCall(signal, (native, abort) => native.topK(queries, items, 'dot', K, exclude, candidates, abort))
  const seen = selectRows(Cui, judges)
  const knownBits = bitmap(known)
  const plain = await listsOf(rest, knownBits, seen)
  await refineItems(Ciu, X, rest, onlyThose(described, known), features, map, settings, signal)
  const withFeatures = await listsOf(rest, knownBits, seen)
  const isNew = new Uint8Array(known.length)
  for (const row of newItems) isNew[row] = 1
  const { featureRows } = onlyThose(described, isNew)
  const placed = await listsOf(await map.apply(gatherRows(features.matrix, featureRows), signal), null, null)
  const users: JudgedUser[] = []
  await new LoopYielder(signal).over(judges.length, JUDGES_AT_ONCE, (begin, end) => {
    for (let u = begin; u < end; u++) {
      const wanted = new Set(rowIndices(heldOut.wanted, u))
      let wantedKnown = 0
      for (const item of wanted) wantedKnown += known[item]!
      users.push({
        plain: judged(plain, u, (item) => wanted.has(item)),
        known: judged(withFeatures, u, (item) => wanted.has(item)),
        placed: judged(placed, u, (n) => wanted.has(newItems[n]!)),
        wantedKnown,
        chance: (wanted.size - wantedKnown) / newItems.length,
      })
    }
  })
  return users
}

/** Bit `i & 7` of byte `i >> 3` is flag i. */
function bitmap(flags: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(flags.length / 8))
  for (let i = 0; i < flags.length; i++) bits[i >> 3]! |= flags[i]! << (i & 7)
  return bits
}

function judged({ indices, scores }: TopK, row: number, wants: (item: number) => boolean): JudgedList {
  const list = indices.subarray(row * K, (row + 1) * K)
  const end = list.indexOf(-1)
  const length = end < 0 ? list.length : end
  return {
    scores: scores.subarray(row * K, row * K + length),
    wanted: Array.from(list.subarray(0, length), wants),
  }
}

/** Hits among the first 20 of both lists, the scores of `placed` times `scale`; known items first where scores tie. */
export function mergedHits(
  { known, placed }: JudgedUser,
  scale: number,
): { known: number; placed: number; places: number } {
  const hits = { known: 0, placed: 0, places: 0 }
  let k = 0
  for (let n = 0; n < K; n++) {
    const p = hits.places
    const more = p < placed.scores.length
    if (k < known.scores.length && !(more && scale * placed.scores[p]! > known.scores[k]!)) {
      if (known.wanted[k++]) hits.known++
    } else if (more) {
      if (placed.wanted[p]) hits.placed++
      hits.places++
    }
  }
  return hits
}

/** The scale that {@link newItemScale} describes. */
export async function bestScale(users: readonly JudgedUser[], cost: number, signal?: AbortSignal): Promise<number> {
  const yielder = new LoopYielder(signal)
  let least = 0
  for (const user of users) least += recallOf(user, user.plain.wanted.filter(Boolean).length)
  let [best, most] = [1, Number.NEGATIVE_INFINITY]
  for (let step = 0; step <= STEPS; step++) {
    const scale = STEP ** step
    let [recall, hits] = [0, 0]
    for (const user of users) {
      const merged = mergedHits(user, scale)
      recall += recallOf(user, merged.known)
      hits += merged.known + merged.placed - user.chance * merged.places
      if (yielder.due) await yielder.yieldToLoop()
    }
    least = step === 0 ? (1 - cost) * Math.min(least, recall) : least
    if (recall < least) break
    if (hits > most) [best, most] = [scale, hits]
  }
  return best
}

function recallOf({ wantedKnown }: JudgedUser, hits: number): number {
  return wantedKnown > 0 ? hits / wantedKnown : 0
}
