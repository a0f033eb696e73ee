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

/** What `make` allocates. @throws ERR_OUT_OF_MEMORY */
export function allocated<Numbers>(make: () => Numbers): Numbers {
  try {
    return make()
  } catch (cause) {
    throw new KindredError('ERR_OUT_OF_MEMORY', 'No memory for the weights of items. Keep fewer items.', { cause })
  }
}
