/** What is kept of a text: its vector, its tokens, and whether it was cut. */
export interface CachedVector {
  /** [dims] */
  readonly vector: Float32Array
  readonly tokens: number
  readonly truncated: boolean
}

// Little-endian: u32 tokens, u32 1 where the text was cut, then the numbers.
const HEAD = 8

export function encodePayload({ vector, tokens, truncated }: CachedVector): Uint8Array {
  const payload = new Uint8Array(HEAD + vector.byteLength)
  const view = new DataView(payload.buffer)
  view.setUint32(0, tokens, true)
  view.setUint32(4, Number(truncated), true)
  payload.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), HEAD)
  return payload
}

/** The vector is in memory of its own. */
export function decodePayload(payload: Uint8Array): CachedVector {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const vector = new Float32Array((payload.length - HEAD) >> 2)
  new Uint8Array(vector.buffer).set(payload.subarray(HEAD))
  return { vector, tokens: view.getUint32(0, true), truncated: view.getUint32(4, true) === 1 }
}
