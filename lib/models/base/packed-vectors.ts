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

async function packed(vectors: Matrix): Promise<VectorIndexHandle | null> {
  try {
    return await nativeCall(undefined, (native) =>
      native.vectorIndexWith(native.vectorIndex('cosine', vectors.cols, 'f32', true), vectors, false),
    )
  } catch (error) {
    if (error instanceof KindredError) return null
    throw error
  }
}
