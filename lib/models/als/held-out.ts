import { selectRows } from '../../data/csr.js'
import { createRandom, type Random } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'

/** Share of a judge's interactions with other items that is held out. */
const KNOWN_SHARE = 0.1
/** Users whose lists are judged, at most: enough for a recall to 1 %. */
const JUDGES = 4096

const ROWS_AT_ONCE = 256

/** A log in two parts: all interactions of some items, as if these were new, and some of the judges' others; and the rest. */
export interface HeldOut {
  /** The rest, weights [users, items] */
  Cui: Csr
  /** its transpose [items, users] */
  Ciu: Csr
  /** Rows of the items whose interactions are all held out, ascending. */
  newItems: Int32Array
  /** [items] 0 for these items, 1 for all others */
  known: Uint8Array
  /** Rows of the users whose lists are judged, ascending. */
  judges: Int32Array
  /** The held-out interactions of positive weight [judges, items]. */
  wanted: Csr
}

/**
 * Holds out a `share` of the items that have features, and a tenth of the other interactions of up to 4096 users. The same
 * seed holds out the same.
 * @param Cui weights [users, items]
 * @param Ciu its transpose [items, users]
 * @param described rows of the items with features
 * @returns null if that were fewer than 2 items
 */
export async function holdOut(
  Cui: Csr,
  Ciu: Csr,
  described: Int32Array,
  { share, seed }: { share: number; seed: number },
  signal?: AbortSignal,
): Promise<HeldOut | null> {
  const random = createRandom(seed)
  const newItems = draw(described, Math.floor(share * described.length), random)
  if (newItems.length < 2) return null
  const judges = draw(
    Int32Array.from({ length: Cui.rows }, (_, user) => user),
    JUDGES,
    random,
  )
  const salt = random.integer(2 ** 32)
  const known = new Uint8Array(Cui.cols).fill(1)
  for (const item of newItems) known[item] = 0
  const judging = new Uint8Array(Cui.rows)
  for (const user of judges) judging[user] = 1
  const held = (user: number, item: number) =>
    known[item] === 0 || (judging[user] === 1 && hash(user, item, salt) < KNOWN_SHARE * 2 ** 32)
  return {
    Cui: await filtered(Cui, (user, item) => !held(user, item), signal),
    Ciu: await filtered(Ciu, (item, user) => !held(user, item), signal),
    newItems,
    known,
    judges,
    wanted: await filtered(
      selectRows(Cui, judges),
      (judge, item, weight) => weight > 0 && held(judges[judge]!, item),
      signal,
    ),
  }
}

/** Up to `count` of the values, without replacement, ascending. */
function draw(values: Int32Array, count: number, random: Random): Int32Array {
  return random.shuffle(values.slice()).slice(0, count).sort()
}

/** An integer from 0 to 2^32 - 1 for a pair, in whatever order pairs are asked (the finaliser of splitmix32, twice). */
function hash(user: number, item: number, salt: number): number {
  let z = salt
  for (const part of [user, item]) {
    z = ((z ^ part) + 0x9e3779b9) | 0
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    z ^= z >>> 15
  }
  return z >>> 0
}

/** The entries of which `keep` is true. */
async function filtered(
  csr: Csr,
  keep: (row: number, column: number, value: number) => boolean,
  signal?: AbortSignal,
): Promise<Csr> {
  const indptr = new Int32Array(csr.rows + 1)
  const indices = new Int32Array(csr.indices.length)
  const values = new Float32Array(csr.indices.length)
  let size = 0
  await new LoopYielder(signal).over(csr.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      for (let n = csr.indptr[row]!; n < csr.indptr[row + 1]!; n++) {
        if (!keep(row, csr.indices[n]!, csr.values![n]!)) continue
        indices[size] = csr.indices[n]!
        values[size++] = csr.values![n]!
      }
      indptr[row + 1] = size
    }
  })
  return { ...csr, indptr, indices: indices.slice(0, size), values: values.slice(0, size) }
}
