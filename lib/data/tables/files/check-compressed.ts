import { type FileHandle, open } from 'node:fs/promises'
import { abortError, KindredError, throwIfAborted } from '../../../native/errors.js'
import { isExhausted, systemError } from '../../../native/system-errors.js'
import { type Compression, openBytes } from './open-bytes.js'

const ZSTD_FRAME = 0xfd2fb528
const ZSTD_SKIPPABLE = 0x184d2a50

const GZIP_MEMBER = Buffer.from([0x1f, 0x8b, 8])

/** Bits of a gzip header that announce a CRC of it, a comment, or that it is text (RFC 1952, section 2.3.1). */
const GZIP_ODD_FLAGS = 0b10011

/** Whether DuckDB reads a gzip file: not if a member has certain header fields, nor with zeros behind the last one. */
async function checkGzip(path: string, signal: AbortSignal | undefined): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0)
  let isPlain = true
  const look = (chunk: Buffer) => {
    const bytes = Buffer.concat([rest, chunk])
    // The compressed data may look like a member by chance; it is then decompressed in vain.
    for (let at = bytes.indexOf(GZIP_MEMBER); at >= 0; at = bytes.indexOf(GZIP_MEMBER, at + 1))
      if (((bytes[at + 3] ?? 0) & GZIP_ODD_FLAGS) !== 0) isPlain = false
    rest = bytes.subarray(-8)
  }
  for await (const _ of openBytes(path, 'gzip', signal, look));
  return isPlain && rest.some((byte) => byte !== 0)
}

/** Walks over the frames and blocks of a zstd file (RFC 8878, section 3.1) without decompressing them. */
async function checkZstd(file: FileHandle, signal: AbortSignal | undefined): Promise<void> {
  const { size } = await file.stat()
  let position = 0
  const take = async (count: number) => {
    throwIfAborted(signal)
    const bytes = Buffer.alloc(count)
    if ((await file.read(bytes, 0, count, position)).bytesRead < count) throw new Error('unexpected end of file')
    position += count
    return bytes
  }
  while (position < size) {
    const magic = (await take(4)).readUInt32LE()
    if ((magic & 0xfffffff0) >>> 0 === ZSTD_SKIPPABLE) {
      const length = (await take(4)).readUInt32LE()
      position += length
      continue
    }
    if (magic !== ZSTD_FRAME) throw new Error('no zstd frame')
    const descriptor = (await take(1))[0]!
    const isSingleSegment = (descriptor >> 5) & 1
    const contentSizeBytes = [isSingleSegment, 2, 4, 8][descriptor >> 6]!
    position += (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + contentSizeBytes
    for (let isLast = false; !isLast; ) {
      const block = (await take(3)).readUIntLE(0, 3)
      const isRepeated = ((block >> 1) & 3) === 1
      position += isRepeated ? 1 : block >> 3
      isLast = (block & 1) === 1
    }
    if (descriptor & 4) position += 4
  }
  if (position > size) throw new Error('unexpected end of file')
}

/**
 * Checks that a compressed file is whole, because DuckDB takes one that is cut short for one that ends there.
 * @returns whether DuckDB can read it
 * @throws ERR_DATA if it is truncated or corrupt (for zstd, truncation only), ERR_ABORTED
 */
export async function checkCompressed(
  path: string,
  compression: Compression,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (compression === 'uncompressed') return true
  if (compression === 'gzip') return checkGzip(path, signal)
  try {
    const file = await open(path, 'r')
    try {
      await checkZstd(file, signal)
      return true
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (signal?.aborted) throw abortError(signal)
    if (isExhausted(cause)) throw systemError(`${path}: cannot be read`, cause)
    throw new KindredError(
      'ERR_DATA',
      `${path}: cannot be read: truncated or corrupt ${compression} data (${(cause as Error).message}).`,
      { cause },
    )
  }
}
