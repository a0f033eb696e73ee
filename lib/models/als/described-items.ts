import type { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'

/** The items of a model that have features. */
export interface DescribedItems {
  /** Items of the model, with and without. */
  of: number
  /** Rows of the model's items, ascending. */
  rows: Int32Array
  /** The row of the features of each. */
  featureRows: Int32Array
}

/**
 * @param order [items] which of `items` stands in each row
 * @throws ERR_ABORTED
 */
export async function describedItems(
  items: IdMap,
  order: Int32Array,
  features: Features,
  signal?: AbortSignal,
): Promise<DescribedItems> {
  const yielder = new LoopYielder(signal)
  const rows: number[] = []
  const featureRows: number[] = []
  for (let row = 0; row < order.length; row++) {
    const featureRow = features.ids.indexOf(items.idAt(order[row]!))
    if (featureRow >= 0) {
      rows.push(row)
      featureRows.push(featureRow)
    }
    if (yielder.due) await yielder.yieldToLoop()
  }
  return { of: order.length, rows: Int32Array.from(rows), featureRows: Int32Array.from(featureRows) }
}

/** Those of which `keep` is 1. */
export function onlyThose({ of, rows, featureRows }: DescribedItems, keep: Uint8Array): DescribedItems {
  return {
    of,
    rows: rows.filter((row) => keep[row] === 1),
    featureRows: featureRows.filter((_, n) => keep[rows[n]!] === 1),
  }
}
