import type { Features } from '../../data/features.js'
import { IdMap } from '../../data/id-map.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'

/** Where the items of several blocks lie in each. */
export interface BlockPlaces {
  /** The items, in the order in which they first come. */
  readonly ids: IdMap
  /** Of each block: the row of each item, -1 where it lacks it. */
  readonly places: readonly Int32Array[]
  /** Of each block: how many items it lacks, of all that some block has. */
  readonly missing: readonly number[]
  /** Items that some block has. */
  readonly items: number
}

const IDS_AT_ONCE = 1 << 12

/**
 * @param blocks null: without items
 * @param common only items that every block has
 * @throws ERR_ABORTED
 */
export async function blockPlaces(
  blocks: readonly (Features | null)[],
  common: boolean,
  signal: AbortSignal | undefined,
): Promise<BlockPlaces> {
  const yielder = new LoopYielder(signal)
  const all = new IdMap()
  for (const block of blocks) {
    if (block === null) continue
    await yielder.over(block.size, IDS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) all.add(block.ids.idAt(row))
    })
  }
  const whole = blocks.map(() => new Int32Array(all.size).fill(-1))
  const missing = blocks.map((block) => all.size - (block?.size ?? 0))
  for (const [n, block] of blocks.entries()) {
    if (block === null) continue
    await yielder.over(block.size, IDS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) whole[n]![all.indexOf(block.ids.idAt(row))] = row
    })
  }
  if (!common || missing.every((count) => count === 0)) return { ids: all, places: whole, missing, items: all.size }
  const ids = new IdMap()
  const kept: number[] = []
  await yielder.over(all.size, IDS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++)
      if (whole.every((places) => places[i]! >= 0)) {
        ids.add(all.idAt(i))
        kept.push(i)
      }
  })
  const places = whole.map((rows) => Int32Array.from(kept, (i) => rows[i]!))
  return { ids, places, missing, items: all.size }
}
