import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { abortError, KindredError, throwIfAborted } from '../../native/errors.js'
import { isExhausted, systemError } from '../../native/system-errors.js'

const ZSTD_FRAME = 0xfd2fb528
const ZSTD_SKIPPABLE = 0x184d2a50

async function checkGzip(path: string, signal: AbortSignal | undefined): Promise<void> {
  const nowhere = new Writable({ highWaterMark: 1 << 20, write: (_chunk, _encoding, done) => done() })
  await pipeline(createReadStream(path), createGunzip({ chunkSize: 1 << 18 }), nowhere, { signal })
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
      position += (await take(4)).readUInt32LE()
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
 * @throws ERR_DATA if it is truncated or corrupt (for zstd, truncation only), ERR_ABORTED
 */
export async function checkCompressed(
  path: string,
  compression: 'gzip' | 'zstd',
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    if (compression === 'gzip') return await checkGzip(path, signal)
    const file = await open(path, 'r')
    try {
      await checkZstd(file, signal)
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
