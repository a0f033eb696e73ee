import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { mapRows, turned } from '../../features/reduce/vectors.js'

/** How well one side finds its partners on the other. */
export interface RetrievalFigures {
  /** Share of the vectors whose partner is among the k nearest, by k. */
  readonly recall: Readonly<Record<number, number>>
  /** The mean of one over the partner's rank. */
  readonly meanReciprocalRank: number
  /** The median of the partner's rank, from 1. */
  readonly medianRank: number
}

/** The recall of lists in any order, by k: k over how many there are to choose from. */
export interface RetrievalChance {
  /** Of the first side's vectors. */
  readonly xToY: Readonly<Record<number, number>>
  /** Of the second side's. */
  readonly yToX: Readonly<Record<number, number>>
}

/** How well both sides find each other. */
export interface RetrievalReport {
  /** Pairs, each looked for among all of the other side. */
  readonly pairs: number
  /** Vectors of the first side that look for their partners among all of the second. */
  readonly xToY: RetrievalFigures
  /** The other way round. */
  readonly yToX: RetrievalFigures
  /** What chance would give. */
  readonly chance: RetrievalChance
}

/** Cosines that are in memory at once. */
const COSINES_AT_ONCE = 1 << 22

/** Cosines that are compared between two looks at the clock. */
const COMPARED_AT_ONCE = 1 << 20

/**
 * The rank of each query's partner among all targets, from 1; of equal cosines the partner comes last, so that vectors which are
 * all alike find nothing.
 * @param queries [n, dims] @param targets [m, dims], both of norm 1 @param partners [n] rows of targets
 * @throws ERR_ABORTED
 */
export async function partnerRanks(
  queries: Matrix,
  targets: Matrix,
  partners: Int32Array,
  signal: AbortSignal | undefined,
): Promise<Int32Array> {
  const ranks = new Int32Array(queries.rows)
  const columns = { weights: await turned(targets, signal), bias: new Float32Array(targets.rows) }
  const size = Math.max(1, Math.floor(COSINES_AT_ONCE / targets.rows))
  const yielder = new LoopYielder(signal)
  for (let first = 0; first < queries.rows; first += size) {
    const cosines = await mapRows(queries.subarray(first, Math.min(first + size, queries.rows)), columns, signal)
    await yielder.over(cosines.rows, Math.max(1, Math.floor(COMPARED_AT_ONCE / targets.rows)), (begin, end) => {
      for (let q = begin; q < end; q++) {
        const row = cosines.row(q)
        const own = row[partners[first + q]!]!
        for (let t = 0; t < row.length; t++) if (row[t]! >= own) ranks[first + q]!++
      }
    })
  }
  return ranks
}

/** @param ranks from 1, at least one */
export function retrievalFigures(ranks: Int32Array, k: readonly number[]): RetrievalFigures {
  const sorted = ranks.toSorted()
  const middle = sorted.length >> 1
  const share = (most: number) => ranks.reduce((sum, rank) => sum + Number(rank <= most), 0) / ranks.length
  return {
    recall: Object.freeze(Object.fromEntries(k.map((most) => [most, share(most)]))),
    meanReciprocalRank: ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length,
    medianRank: sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
  }
}

/** The recall of chance, by k. */
export const chanceOf = (targets: number, k: readonly number[]): Readonly<Record<number, number>> =>
  Object.freeze(Object.fromEntries(k.map((most) => [most, Math.min(1, most / targets)])))
