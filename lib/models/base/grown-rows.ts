import { csrFromLists, rowIndices, rowMap, rowValues } from '../../data/csr.js'
import { runAtOnce } from '../../data/resumable.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { replaceRows, replacing } from './replace-rows.js'

/** Share of the base that what lies over it may be, before both are made one. */
const MOST_SHARE = 1 / 4
/** Interactions that it may be in any case. */
const ALWAYS = 1 << 16

/** A user's row. */
interface Row {
  readonly indices: Int32Array
  readonly values: Float32Array
}

type Layer = ReadonlyMap<number, Row>

/**
 * The rows of a log to which interactions were added: those of a base that is shared, and over it the rows that changed since, so that
 * an update costs what is new, not what was there. Layers of like size are made one, as in a log-structured merge tree (O'Neil et al.
 * 1996), so that there are few; all is made one once the layers hold a share of the base. Nothing is changed in place: a log that
 * began with these rows may go on with others.
 */
export class GrownRows {
  readonly rows: number
  /** [items] How many users have each item. */
  readonly itemCounts: Int32Array
  readonly #base: Csr
  /** The later over the earlier. */
  readonly #layers: readonly Layer[]
  /** Interactions in the layers. */
  readonly #size: number
  #whole: Csr | undefined

  private constructor(base: Csr, layers: readonly Layer[], size: number, rows: number, itemCounts: Int32Array) {
    this.#base = base
    this.#layers = layers
    this.#size = size
    this.rows = rows
    this.itemCounts = itemCounts
  }

  /** The rows of a log that has not grown. @throws ERR_ABORTED */
  static async over(base: Csr, items: number, yielder: LoopYielder): Promise<GrownRows> {
    const counts = new Int32Array(items)
    await yielder.over(base.indices.length, 1 << 16, (begin, end) => {
      for (let n = begin; n < end; n++) counts[base.indices[n]!]!++
    })
    return new GrownRows(base, [], 0, base.rows, counts)
  }

  #changed(row: number): Row | undefined {
    for (let n = this.#layers.length - 1; n >= 0; n--) {
      const found = this.#layers[n]!.get(row)
      if (found) return found
    }
    return undefined
  }

  /** The items of a user, ascending. */
  indices(row: number): Int32Array {
    return this.#changed(row)?.indices ?? rowIndices(this.#base, row)
  }

  /** One row as item -> weight; empty beyond the last one. */
  rowMap(row: number): Map<number, number> {
    const changed = this.#changed(row)
    if (changed === undefined) return rowMap(this.#base, row)
    return new Map(Array.from(changed.indices, (item, n) => [item, changed.values[n]!]))
  }

  /** The given rows, in the given order, as a matrix of their own. */
  select(rows: Int32Array, cols: number): Csr {
    const parts = Array.from(
      rows,
      (row) => this.#changed(row) ?? { indices: rowIndices(this.#base, row), values: rowValues(this.#base, row) },
    )
    const indptr = new Int32Array(rows.length + 1)
    for (const [n, { indices }] of parts.entries()) indptr[n + 1] = indptr[n]! + indices.length
    const indices = new Int32Array(indptr[rows.length]!)
    const values = new Float32Array(indices.length)
    for (const [n, part] of parts.entries()) {
      indices.set(part.indices, indptr[n])
      values.set(part.values, indptr[n])
    }
    return { rows: rows.length, cols, indptr, indices, values }
  }

  /**
   * These rows with some of them others.
   * @param changed item -> weight by row; rows beyond the last one are all among them
   * @param gained the item of each pair that was not there
   * @throws ERR_ABORTED
   */
  async with(
    changed: ReadonlyMap<number, ReadonlyMap<number, number>>,
    rows: number,
    cols: number,
    gained: readonly number[],
    yielder: LoopYielder,
  ): Promise<GrownRows> {
    const itemCounts = new Int32Array(cols)
    itemCounts.set(this.itemCounts)
    for (const item of gained) itemCounts[item]!++
    const layer = new Map<number, Row>()
    for (const [row, history] of changed) {
      const { indices, values } = csrFromLists([history], cols)
      layer.set(row, { indices, values: values! })
      if (yielder.due) await yielder.yieldToLoop()
    }
    const layers: Layer[] = [...this.#layers]
    let last: Layer = layer
    while (layers.length > 0 && layers.at(-1)!.size <= 2 * last.size) last = await joined(layers.pop()!, last, yielder)
    layers.push(last)
    let size = 0
    for (const own of layers)
      for (const { indices } of own.values()) {
        size += indices.length
        if (yielder.due) await yielder.yieldToLoop()
      }
    const grown = new GrownRows(this.#base, layers, size, rows, itemCounts)
    if (size <= Math.max(ALWAYS, MOST_SHARE * this.#base.indices.length)) return grown
    return new GrownRows(await grown.#merged(yielder, cols), [], 0, rows, itemCounts)
  }

  /** All changed rows, the latest of each. */
  #latest(): Map<number, ReadonlyMap<number, number>> {
    const all = new Map<number, ReadonlyMap<number, number>>()
    for (const layer of this.#layers) for (const row of layer.keys()) if (!all.has(row)) all.set(row, this.rowMap(row))
    return all
  }

  #merged(yielder: LoopYielder, cols: number): Promise<Csr> {
    return replaceRows(this.#base, this.rows, cols, this.#latest(), yielder)
  }

  /** All rows as one matrix, kept once made. */
  whole(): Csr {
    const cols = this.itemCounts.length
    if (this.#size === 0 && this.#base.cols === cols) this.#whole = this.#base
    this.#whole ??= runAtOnce(replacing(this.#base, this.rows, cols, this.#latest()))
    return this.#whole
  }

  /** The same, in steps between which the event loop runs. @throws ERR_ABORTED */
  async wholeAsync(signal: AbortSignal | undefined): Promise<Csr> {
    if (this.#size === 0 && this.#base.cols === this.itemCounts.length) return this.whole()
    this.#whole ??= await this.#merged(new LoopYielder(signal), this.itemCounts.length)
    return this.#whole
  }
}

async function joined(earlier: Layer, later: Layer, yielder: LoopYielder): Promise<Layer> {
  const rows = new Map<number, Row>()
  for (const layer of [earlier, later])
    for (const [row, own] of layer) {
      rows.set(row, own)
      if (yielder.due) await yielder.yieldToLoop()
    }
  return rows
}
