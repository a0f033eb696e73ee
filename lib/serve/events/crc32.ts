import * as zlib from 'node:zlib'

/** Of each byte, the remainder of the reflected polynomial 0xEDB88320 (ISO 3309, as zlib's). */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
  return remainder
})

/** The CRC-32 by table, for Node before 20.15. */
export function tableCrc32(bytes: Uint8Array): number {
  let crc = -1
  for (let n = 0; n < bytes.length; n++) crc = TABLE[(crc ^ bytes[n]!) & 255]! ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}

/** The CRC-32 of bytes, from 0 to 2^32 - 1. */
export const crc32: (bytes: Uint8Array) => number =
  (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32 ?? tableCrc32
