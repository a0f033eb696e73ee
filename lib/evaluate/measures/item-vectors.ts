import { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

const ITEMS_AT_ONCE = 1 << 10

/** By what two items of a list are alike: the users who had both in training, or the cosine of their features. */
export type DiversityBy = 'co-occurrence' | Features

/** @throws ERR_VALUE */
export function checkDiversity(value: unknown): DiversityBy | undefined {
  if (value === undefined || value === 'co-occurrence' || value instanceof Features) return value
  throw new KindredError(
    'ERR_VALUE',
    `diversity: expected 'co-occurrence' or Features of the items but received ${show(value)}.`,
  )
}

/** Vectors of items [items, dims], and how many have none. */
export interface ItemVectors {
  vectors: Matrix | Csr
  without: number
}

/**
 * @param seen what each user had in training [users, items]
 * @throws ERR_DATA if no item has features, ERR_ABORTED
 */
export async function itemVectors(
  by: DiversityBy,
  items: IdMap,
  seen: Csr,
  signal: AbortSignal | undefined,
): Promise<ItemVectors> {
  if (by === 'co-occurrence') {
    const vectors = await nativeCall(signal, (native, abort) => native.csrTranspose({ ...seen, values: null }, abort))
    let without = 0
    for (let item = 0; item < items.size; item++) if (vectors.indptr[item] === vectors.indptr[item + 1]) without++
    return { vectors, without }
  }
  const vectors = new Matrix(items.size, by.dims)
  let without = 0
  await new LoopYielder(signal).over(items.size, ITEMS_AT_ONCE, (begin, end) => {
    for (let item = begin; item < end; item++) {
      const row = by.ids.indexOf(items.idAt(item))
      if (row < 0) without++
      else vectors.row(item).set(by.matrix.row(row))
    }
  })
  if (without === items.size)
    throw new KindredError(
      'ERR_DATA',
      `diversity: none of the ${items.size} items has features. Do their ids have the same type?`,
    )
  return { vectors, without }
}
