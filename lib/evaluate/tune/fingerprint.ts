import type { Id } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'

const AT_ONCE = 1 << 14

/** The finalizer of MurmurHash3 (Appleby 2011): each bit of 32 depends on every bit of `x`. */
function mix(x: number): number {
  let z = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return z ^ (z >>> 16)
}

/** The hash of the sequence that `hash` stands for and `word` after it. */
const join = (hash: number, word: number) => mix(Math.imul(hash, 31) + word)

/** 32 bits of an id; those of 42 and '42' differ. */
function hashOfId(id: Id): number {
  if (typeof id === 'number') return join(join(1, id | 0), Math.floor(id / 2 ** 32) | 0)
  let hash = 2
  for (let n = 0; n < id.length; n++) hash = Math.imul(hash ^ id.charCodeAt(n), 0x01000193)
  return join(hash, id.length)
}

/** Sums of hashes: 64 bits that do not depend on the order of what is added. */
class SumOfHashes {
  #low = 0
  #high = 0

  /** @param words 32 bits each */
  add(...words: readonly number[]): void {
    this.#low = (this.#low + words.reduce(join, 3)) | 0
    this.#high = (this.#high + words.reduce(join, 5)) | 0
  }

  toString(): string {
    return [this.#high, this.#low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }
}

/**
 * A text that tells one log from another, whatever the order of its rows: its sizes, and 64 bits of the ids, weights and
 * times of its rows. It is no proof against logs made to look alike.
 * @throws ERR_ABORTED
 */
export async function fingerprintOfLog(log: Interactions, signal?: AbortSignal): Promise<string> {
  const yielder = new LoopYielder(signal)
  const { size, users, items, userRows, itemRows, weights, times } = log
  const hashes = async (ids: Iterable<Id> & { size: number; idAt(row: number): Id }) => {
    const hashed = new Int32Array(ids.size)
    await yielder.over(ids.size, AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) hashed[row] = hashOfId(ids.idAt(row))
    })
    return hashed
  }
  const [ofUsers, ofItems] = [await hashes(users), await hashes(items)]
  const number = new Float64Array(1)
  const bits = new Uint32Array(number.buffer)
  const sum = new SumOfHashes()
  await yielder.over(size, AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      number[0] = weights[row]!
      const [weightLow, weightHigh] = [bits[0]!, bits[1]!]
      const time = times?.[row] ?? Number.NaN
      number[0] = Number.isNaN(time) ? -Infinity : time
      sum.add(ofUsers[userRows[row]!]!, ofItems[itemRows[row]!]!, weightLow, weightHigh, bits[0]!, bits[1]!)
    }
  })
  return `${size} rows, ${users.size} users, ${items.size} items, ${sum}`
}

/** The same for a list of ids, in which neither order nor repetition counts. */
export function fingerprintOfIds(ids: readonly Id[]): string {
  const distinct = new Set(ids)
  const sum = new SumOfHashes()
  for (const id of distinct) sum.add(hashOfId(id))
  return `${distinct.size} ids, ${sum}`
}
