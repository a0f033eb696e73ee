import type { Matrix } from '../../data/matrix.js'
import type { VectorIndexHandle } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall, untilAborted } from '../../native/native-call.js'

/** By the vectors of a model, whose numbers stand for good: a change of the model makes others, and callers only read them. */
const kept = new WeakMap<Matrix, Promise<VectorIndexHandle | null>>()

/**
 * The rows of `vectors` [n, dims], normalised and packed for searches by cosine, 4 * n * dims bytes: made by the first
 * call, found by later ones. Null where they cannot be: a number is not finite, or memory is short.
 * @throws ERR_ABORTED; the rows are packed nevertheless
 */
export function packedVectors(vectors: Matrix, signal: AbortSignal | undefined): Promise<VectorIndexHandle | null> {
  const index = kept.get(vectors) ?? packed(vectors)
  kept.set(vectors, index)
  return untilAborted(index, signal)
}

async function packed(
  vectors: Matrix,
  metric: 'cosine' | 'dot' = 'cosine',
  dtype: 'f32' | 'int8' = 'f32',
): Promise<VectorIndexHandle | null> {
  try {
    return await nativeCall(undefined, (native) =>
      native.vectorIndexWith(native.vectorIndex(metric, vectors.cols, dtype, true), vectors, false),
    )
  } catch (error) {
    if (error instanceof KindredError) return null
    throw error
  }
}

/** Calls on the same vectors after which it pays to make codes of them, and the numbers below which it never does. */
const CALLS_BEFORE_CODES = 8
const FEWEST_NUMBERS = 1 << 20
/** Queries of one call at most; those of more share a pass over the vectors, which is then as fast without codes. */
const MOST_QUERIES = 16

interface Codes {
  calls: number
  index: VectorIndexHandle | null
}

const coded = new WeakMap<Matrix, Codes>()

/**
 * The rows of `vectors` [n, dims] as codes of one byte a number, for searches by dot product of few queries: they read a quarter
 * of the memory, and what they leave possible is scored again in f32, so that lists and scores are the same to the bit. They
 * are made beside the calls of a service, which do not wait for them, and take 5 * n * dims bytes.
 * @returns null where there are none, or not yet
 */
export function codesOf(vectors: Matrix, queries: number): VectorIndexHandle | null {
  if (queries > MOST_QUERIES || vectors.data.length < FEWEST_NUMBERS) return null
  const codes = coded.get(vectors) ?? { calls: 0, index: null }
  coded.set(vectors, codes)
  if (++codes.calls === CALLS_BEFORE_CODES)
    packed(vectors, 'dot', 'int8').then(
      (index) => {
        codes.index = index
      },
      () => undefined, // without codes it goes on as before
    )
  return codes.index
}
