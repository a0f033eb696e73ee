import { nativeCall } from '../native/native-call.js'
import type { Id, IdMap } from './id-map.js'
import { LoopYielder } from './yield-to-event-loop.js'

const IDS_AT_ONCE = 1 << 10

/**
 * A hash of an id, an integer within 2^53: two multiplicative hashes of 32 bits over the UTF-16 code units, of which 21
 * and 32 bits are kept. Integers hash as their digits, and apart from the string of those digits.
 */
export function hashOfId(id: Id): number {
  const text = String(id)
  let low = typeof id === 'number' ? 0x9e3779b9 : 0x41c6ce57
  let high = 0xdeadbeef
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 1597334677)
    high = Math.imul(high ^ unit, 2654435761)
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  return 2 ** 32 * (high >>> 11) + (low >>> 0)
}

/**
 * An order of ids that depends on the ids alone, not on which came first, and not on what ids tell (old items have low
 * ones): by a hash; two ids of the same hash, a chance of 2^-53, come as they do in the map. [ids.size] indices.
 * @throws ERR_ABORTED
 */
export async function idOrder(ids: IdMap, signal?: AbortSignal): Promise<Int32Array> {
  const hashes = new Float64Array(ids.size)
  await new LoopYielder(signal).over(ids.size, IDS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) hashes[i] = hashOfId(ids.idAt(i))
  })
  return nativeCall(signal, (native, abort) => native.orderOfKeys(hashes, abort))
}

/** Where each index stands in an order: the inverse permutation. */
export function placesOf(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length)
  for (let place = 0; place < order.length; place++) places[order[place]!] = place
  return places
}
