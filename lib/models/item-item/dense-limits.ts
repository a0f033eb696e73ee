import { KindredError } from '../../native/errors.js'

/** Refuses matrices [items, items] of floats larger than the option `maxBytes`. @throws ERR_TOO_LARGE */
export function checkBytes(model: string, items: number, maxBytes: number): void {
  const bytes = 4 * items ** 2
  if (bytes <= maxBytes) return
  throw new KindredError(
    'ERR_TOO_LARGE',
    `${model}: ${items} items take ${bytes} bytes, more than maxBytes, ${maxBytes}. Keep fewer items (minItemInteractions), or raise maxBytes.`,
  )
}

/** @throws ERR_OUT_OF_MEMORY */
export function allocateFloats(size: number): Float32Array {
  try {
    return new Float32Array(size)
  } catch (cause) {
    throw new KindredError('ERR_OUT_OF_MEMORY', `No memory for ${size} numbers.`, { cause })
  }
}
