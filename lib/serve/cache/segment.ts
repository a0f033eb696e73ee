import { nativeCallSync } from '../../native/native-call.js'

// A segment is a file of records, each little-endian:
//   0  'KEC1'
//   4  u32       bytes of the payload
//   8  32 bytes  the key
//  40  payload
//   .  u32       CRC-32C of all of the above
const MAGIC = 0x3143454b
export const KEY_BYTES = 32
export const HEAD_BYTES = 8 + KEY_BYTES
const TAIL_BYTES = 4
const MOST_BYTES = 1 << 26

/** Bytes of a record in a segment. */
export const recordBytes = (payload: number) => HEAD_BYTES + payload + TAIL_BYTES

const checksum = (bytes: Uint8Array, begin: number, end: number) =>
  nativeCallSync((native) => native.valueChecksum(bytes, begin, end, 0))

/** @param key [32] */
export function encodeSegmentRecord(key: Uint8Array, payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(recordBytes(payload.length))
  const view = new DataView(record.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, payload.length, true)
  record.set(key, 8)
  record.set(payload, HEAD_BYTES)
  const end = HEAD_BYTES + payload.length
  view.setUint32(end, checksum(record, 0, end), true)
  return record
}

/** Bytes of the record that begins at `at`, by what it says; 0 where it says what no record does. */
export function sizeOfRecord(bytes: Uint8Array, at: number): number {
  if (at + HEAD_BYTES > bytes.length) return 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const payload = view.getUint32(at + 4, true)
  return view.getUint32(at, true) === MAGIC && payload <= MOST_BYTES ? recordBytes(payload) : 0
}

/** Whether [at, at + size) of the bytes is a whole record. */
export function isIntactRecord(bytes: Uint8Array, at: number, size: number): boolean {
  if (size === 0 || at + size > bytes.length) return false
  const end = at + size - TAIL_BYTES
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(end, true) === checksum(bytes, at, end)
}
