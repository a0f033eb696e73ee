import { createHash } from 'node:crypto'
import { isTypedArray } from 'node:util/types'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Weights } from '../weights.js'

/** What can be told apart: texts, numbers, and lists of them. */
export type Content = string | number | undefined | Float32Array | Int32Array | readonly Content[]

/** Items of a list that are hashed between two looks at the clock. */
const AT_ONCE = 1 << 10

/** Bytes that are: a millisecond or two. */
const BYTES_AT_ONCE = 1 << 20

/** A text that tells one content from another: the first half of its SHA-256. @throws ERR_ABORTED */
export async function fingerprintOf(content: Content, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const yielder = new LoopYielder(signal)
  const addBytes = async (bytes: Uint8Array) => {
    for (let begin = 0; begin < bytes.length; begin += BYTES_AT_ONCE) {
      hash.update(bytes.subarray(begin, begin + BYTES_AT_ONCE))
      if (yielder.due) await yielder.yieldToLoop()
    }
  }
  const add = async (value: Content): Promise<void> => {
    if (isTypedArray(value)) {
      hash.update(`${value[Symbol.toStringTag]} ${value.length} `)
      await addBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    } else if (Array.isArray(value)) {
      hash.update(`list ${value.length} `)
      const isFlat = value.every((item) => typeof item !== 'object')
      if (!isFlat) for (const item of value) await add(item)
      else
        await yielder.over(value.length, AT_ONCE, (begin, end) => {
          hash.update(JSON.stringify(value.slice(begin, end)))
        })
    } else hash.update(`${typeof value} ${value} `)
    if (yielder.due) await yielder.yieldToLoop()
  }
  await add(content)
  return hash.digest('hex').slice(0, 32)
}

/** The same for weights, by their names and shapes. @throws ERR_ABORTED */
export async function fingerprintOfWeights(
  weights: Weights,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const hashes: string[] = []
  for (const name of names) {
    const { shape } = weights.entry(name)
    hashes.push(await fingerprintOf([name, ...shape, await weights.read(name, { signal })], signal))
  }
  return fingerprintOf(hashes, signal)
}
