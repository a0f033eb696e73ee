import { selectRows } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { Weights } from '../../nn/weights.js'
import { unitHistories } from './history-batch.js'
import { foldInProgram, type MultVaeSizes, multVaeShapes } from './mult-vae-network.js'

/** What is computed with. */
export interface Decoder {
  sizes: MultVaeSizes
  /** The weights by name, row-major, in the order of the items as they were at the fit. */
  weights: ReadonlyMap<string, Float32Array>
  foldIn: (histories: Csr, signal?: AbortSignal) => Promise<Matrix>
  /** [items, hidden + 1] the decoder's rows and biases. */
  vectors: Matrix
}

/** Users whose states are computed at a time. */
const USERS_AT_ONCE = 512

/** A decoder of these weights, in the order of the items that they have. */
export async function decoderOf(
  numbers: ReadonlyMap<string, Float32Array>,
  sizes: MultVaeSizes,
  signal: AbortSignal | undefined,
): Promise<Decoder> {
  const weights = new Weights()
  for (const [name, shape] of multVaeShapes(sizes)) {
    weights.declare(name, shape)
    await weights.write(name, numbers.get(name)!, { signal })
  }
  const vectors = await itemVectors(weights, sizes, signal)
  return { sizes, weights: numbers, foldIn: foldInProgram(weights, sizes), vectors }
}

/** [items, hidden + 1] rows of the last layer, each with its bias. */
export async function itemVectors(
  weights: Weights,
  { items, hidden }: MultVaeSizes,
  signal?: AbortSignal,
): Promise<Matrix> {
  const rows = await weights.read('decoder.items', { signal })
  const biases = await weights.read('decoder.items.bias', { signal })
  const out = new Matrix(items, hidden + 1)
  await new LoopYielder(signal).over(items, 1 << 8, (begin, end) => {
    for (let item = begin; item < end; item++) {
      const row = out.row(item)
      row.set(rows.subarray(item * hidden, (item + 1) * hidden))
      row[hidden] = biases[item]!
    }
  })
  return out
}

/** States of the decoder [rows, hidden + 1], the last of them 1; zeros for an empty history, of which nothing is known. */
export async function statesOf(
  histories: Csr,
  foldIn: Decoder['foldIn'],
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  let out: Matrix | undefined
  const yielder = new LoopYielder(signal)
  for (let begin = 0; begin < histories.rows; begin += USERS_AT_ONCE) {
    const rows = Int32Array.from({ length: Math.min(USERS_AT_ONCE, histories.rows - begin) }, (_, n) => begin + n)
    const own = unitHistories(selectRows(histories, rows))
    const states = await foldIn(own, signal)
    out ??= new Matrix(histories.rows, states.cols + 1)
    for (const [n, row] of rows.entries()) {
      if (own.indptr[n + 1]! === own.indptr[n]!) continue
      out.row(row).set(states.row(n))
      out.row(row)[states.cols] = 1
    }
    if (yielder.due) await yielder.yieldToLoop()
  }
  return out ?? new Matrix(0, 1)
}

/** [queries, items] */
export async function scoresOf(queries: Matrix, items: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
  const scores = await nativeCall(signal, (native, abort) => native.similarityMatrix(queries, items, 'dot', abort))
  return new Matrix(queries.rows, items.rows, scores)
}

const compared = new WeakMap<Matrix, Promise<Matrix>>()

/** The rows of the decoder [items, hidden], made once. */
export function withoutBiases(vectors: Matrix): Promise<Matrix> {
  const made =
    compared.get(vectors) ??
    (async () => {
      const out = new Matrix(vectors.rows, vectors.cols - 1)
      await new LoopYielder().over(vectors.rows, 1 << 8, (begin, end) => {
        for (let row = begin; row < end; row++) out.row(row).set(vectors.row(row).subarray(0, out.cols))
      })
      return out
    })()
  compared.set(vectors, made)
  return made
}
