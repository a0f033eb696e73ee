import type { NnNumbers } from '../../native/addon.js'

/** Items in their order, of which those from `begin` on are a list, and those before it are what the list continues. */
export interface Continued {
  /** Places in the vocabulary. */
  readonly items: Int32Array
  readonly begin: number
}

/** Inputs and sizes of a run. */
export interface Given {
  readonly inputs: Record<string, NnNumbers>
  readonly sizes: Record<string, number>
}

/** Where sequences of these lengths begin, when they lie end to end, and where the last one ends [sequences + 1]. */
export function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1)
  for (const [n, length] of lengths.entries()) offsets[n + 1] = offsets[n]! + length
  return offsets
}

/** 0, 1, ... [count + 1]: offsets of sequences of one token each. */
export function unitOffsets(count: number): Int32Array {
  return Int32Array.from({ length: count + 1 }, (_, n) => n)
}

/** Sequences end to end. */
export function joined(sequences: readonly Int32Array[]): Given {
  const offsets = offsetsOf(sequences.map(({ length }) => length))
  const ids = new Int32Array(offsets[sequences.length]!)
  for (const [n, sequence] of sequences.entries()) ids.set(sequence, offsets[n])
  return { inputs: { ids, offsets }, sizes: { tokens: ids.length, sequences: sequences.length } }
}

/** A sequence of the token `start` and all items but the last `less`. */
export function started(items: Int32Array, start: number, less: number): Int32Array {
  const out = new Int32Array(1 + items.length - less)
  out[0] = start
  out.set(items.subarray(0, items.length - less), 1)
  return out
}

/**
 * What each item is told by: for every item the ones before it, the first of them `start`.
 * @param begins from which item on each is learnt; those before it have the label -1
 * @param excludes whether what a sequence had already is excluded of its further items
 */
export function predictions(
  sequences: readonly Continued[],
  begins: readonly number[],
  start: number,
  excludes: boolean,
): Given & { terms: number } {
  const { inputs, sizes } = joined(sequences.map(({ items }) => started(items, start, 1)))
  const { offsets } = inputs as { offsets: Int32Array }
  const labels = new Int32Array(sizes.tokens!).fill(-1)
  const width = excludes ? Math.max(0, ...sequences.map(({ items }) => items.length - 1)) : 0
  const excluded = new Int32Array(labels.length * width).fill(-1)
  let terms = 0
  for (const [n, { items }] of sequences.entries())
    for (let i = begins[n]!; i < items.length; i++) {
      const row = offsets[n]! + i
      labels[row] = items[i]!
      terms++
      if (excludes) excluded.set(items.subarray(0, i), row * width)
    }
  return { inputs: { ...inputs, labels, excluded }, sizes: { ...sizes, excluded: width }, terms }
}

/** Lists of each row side by side, -1 where one is shorter [rows, width]. */
export function padded(lists: readonly (readonly number[] | Int32Array)[]): { ids: Int32Array; width: number } {
  const width = Math.max(0, ...lists.map(({ length }) => length))
  const ids = new Int32Array(lists.length * width).fill(-1)
  for (const [n, list] of lists.entries()) ids.set(list, n * width)
  return { ids, width }
}
