import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { WordLists } from './word-lists.js'
import type { WordVectorsParts } from './word-vectors-folder.js'

/** Steps of the power iteration for a component, and how little may change in the last of them. */
const MOST_STEPS = 1000
const SETTLED = 1e-12

/**
 * a / (a + p) for each word [words] (Arora, Liang and Ma 2017, algorithm 1), p the word's share of the text that its vector
 * was trained on, or, where that is not known, of the texts given.
 * @throws ERR_DATA where these have no known word
 */
export function sifWeights({ words, counts }: WordVectorsParts, { ids }: WordLists, a: number): Float32Array {
  if (ids.length === 0)
    throw new KindredError('ERR_DATA', 'texts: expected at least one word that has a vector but found none.')
  const of = counts ?? new Float64Array(words.size)
  if (counts === null) for (const id of ids) of[id]!++
  const total = of.reduce((sum, count) => sum + count, 0)
  return Float32Array.from(of, (count) => a / (a + count / total))
}

/** The unit vector that `gram` [dims, dims], row-major, stretches most; undefined where it is all zeros. */
async function leadingVector(gram: Float64Array, dims: number, yielder: LoopYielder) {
  let first = 0
  for (let d = 1; d < dims; d++) if (gram[d * dims + d]! > gram[first * dims + first]!) first = d
  let vector = gram.slice(first * dims, (first + 1) * dims)
  let value = 0
  for (let step = 0; step < MOST_STEPS; step++) {
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
    if (!(norm > 0)) return undefined
    vector = vector.map((x) => x / norm)
    if (step > 0 && Math.abs(norm - value) <= SETTLED * norm) break
    value = norm
    const next = new Float64Array(dims)
    for (let i = 0; i < dims; i++) {
      let sum = 0
      for (let j = 0; j < dims; j++) sum += gram[i * dims + j]! * vector[j]!
      next[i] = sum
    }
    vector = next
    if (yielder.due) await yielder.yieldToLoop()
  }
  const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
  return { vector: vector.map((x) => x / norm), value }
}

/**
 * The first right singular vectors of rows, which are not centred [at most count, dims], by power iteration on their Gram
 * matrix.
 */
export async function principalComponents(
  rows: Matrix,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const dims = rows.cols
  const gram = await nativeCall(signal, (native, abort) => native.gram(rows, abort))
  const yielder = new LoopYielder(signal)
  const found: Float64Array[] = []
  while (found.length < count) {
    const leading = await leadingVector(gram, dims, yielder)
    if (leading === undefined) break
    const { vector, value } = leading
    found.push(vector)
    for (let i = 0; i < dims; i++) for (let j = 0; j < dims; j++) gram[i * dims + j]! -= value * vector[i]! * vector[j]!
  }
  const out = new Matrix(found.length, dims)
  found.forEach((vector, c) => {
    out.row(c).set(vector)
  })
  return out
}

/** Rows less their projection on the components, in place. */
export async function withoutComponents(
  rows: Matrix,
  components: Matrix,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const directions = Array.from({ length: components.rows }, (_, c) => components.row(c))
  await new LoopYielder(signal).over(rows.rows, 64, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const row = rows.row(r)
      for (const direction of directions) {
        let product = 0
        for (let d = 0; d < row.length; d++) product += row[d]! * direction[d]!
        for (let d = 0; d < row.length; d++) row[d]! -= product * direction[d]!
      }
    }
  })
  return rows
}
