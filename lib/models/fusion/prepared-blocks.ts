import type { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { blockPlaces } from '../../features/fuse/block-places.js'
import type { FusionReport } from '../../features/fuse/feature-fusion.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** A block of a fusion: its name and the length of its vectors. */
export interface BlockShape {
  /** Name of the block. */
  readonly name: string
  /** Length of its vectors. */
  readonly dims: number
}

/** The items of several blocks, with the vectors that a network takes. */
export interface PreparedBlocks {
  /** Items that some block has, in the order in which they first come. */
  readonly ids: IdMap
  /** Of each block: [items, dims], of norm 1, zeros where an item lacks it */
  readonly rows: readonly Matrix[]
  /** [items, blocks] 1 where an item has a vector that is not all zeros, else 0 */
  readonly present: Float32Array
  readonly report: FusionReport
}

const ROWS_AT_ONCE = 64

/** 1 for rows that hold something else than zeros. @throws ERR_VALUE for a number that is not finite */
async function markPresent(
  { name, rows, ids }: { name: string; rows: Matrix; ids: IdMap },
  present: Float32Array,
  block: { index: number; count: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { cols, data } = rows
  await new LoopYielder(signal).over(rows.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let r = begin; r < end; r++) {
      let sum = 0
      for (let i = r * cols; i < (r + 1) * cols; i++) sum += Math.abs(data[i]!)
      if (!Number.isFinite(sum))
        throw new KindredError(
          'ERR_VALUE',
          `block ${name}: expected finite numbers in the vector of item ${show(ids.idAt(r))}, but it holds NaN or infinity.`,
        )
      present[r * block.count + block.index] = sum > 0 ? 1 : 0
    }
  })
}

/**
 * The vectors of blocks, each of norm 1, by item.
 * @param given in the order of `shapes`, null for a block that is not there
 * @throws ERR_VALUE for a number that is not finite, ERR_ABORTED
 */
export async function prepareBlocks(
  given: readonly (Features | null)[],
  shapes: readonly BlockShape[],
  signal: AbortSignal | undefined,
): Promise<PreparedBlocks> {
  const { ids, places, missing, items } = await blockPlaces(given, false, signal)
  const present = new Float32Array(items * shapes.length)
  const ones = new Float32Array(items).fill(1)
  const rows: Matrix[] = []
  const zeros: number[] = []
  for (const [index, { name, dims }] of shapes.entries()) {
    const own = new Matrix(items, dims)
    const from = given[index]?.matrix ?? new Matrix(0, dims)
    zeros.push(
      await nativeCall(signal, (native, abort) =>
        native.fuseRows(own, from, places[index]!, ones, null, 0, true, false, abort),
      ),
    )
    await markPresent({ name, rows: own, ids }, present, { index, count: shapes.length }, signal)
    rows.push(own)
  }
  const byName = (counts: readonly number[]) =>
    Object.freeze(Object.fromEntries(shapes.map(({ name }, n) => [name, counts[n]!])))
  const report = Object.freeze({ items, missing: byName(missing), zeros: byName(zeros), dropped: 0 })
  return { ids, rows, present, report }
}

/**
 * Refuses blocks that a fusion can learn nothing of, before any work is done.
 * @throws ERR_DATA for a block without items, and for vectors without numbers
 */
export function checkBlocks(where: string, entries: readonly (readonly [string, Features])[]): void {
  for (const [name, { size, dims }] of entries)
    if (size === 0 || dims === 0)
      throw new KindredError(
        'ERR_DATA',
        `${where}: expected ${size === 0 ? 'items' : 'vectors of at least one number'} in block ${name} but it has none.`,
      )
}

/**
 * Refuses blocks that nothing ties to the others.
 * @throws ERR_DATA for a block whose vectors are all zeros, and for one of several blocks that has no item in common with another;
 * ERR_ABORTED
 */
export async function checkShared(
  where: string,
  shapes: readonly BlockShape[],
  { present, ids }: PreparedBlocks,
  signal: AbortSignal | undefined,
): Promise<void> {
  const blocks = shapes.length
  const [known, shared] = [new Int32Array(blocks), new Int32Array(blocks)]
  await new LoopYielder(signal).over(ids.size, 1 << 12, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const own = present.subarray(r * blocks, (r + 1) * blocks)
      const count = own.reduce((sum, one) => sum + one, 0)
      for (let b = 0; b < blocks; b++) {
        known[b]! += own[b]!
        if (count > 1) shared[b]! += own[b]!
      }
    }
  })
  for (const [b, { name }] of shapes.entries())
    if (known[b] === 0)
      throw new KindredError(
        'ERR_DATA',
        `${where}: expected vectors that are not all zeros in block ${name} but found none.`,
      )
  for (const [b, { name }] of shapes.entries())
    if (blocks > 1 && shared[b] === 0)
      throw new KindredError(
        'ERR_DATA',
        `${where}: expected items of block ${name} in another block too but none of its ${known[b]} is. Do their ids have the same type? 42 and '42' are two ids.`,
      )
}
