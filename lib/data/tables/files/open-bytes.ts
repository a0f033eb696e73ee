import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { abortError, KindredError, throwIfAborted } from '../../../native/errors.js'
import { isExhausted, systemError } from '../../../native/system-errors.js'

export type Compression = 'gzip' | 'zstd' | 'uncompressed'

const COMPRESSION = /\.(?:(gz|gzip)|(zst|zstd))$/i

/** By the extension. */
export function compressionOf(path: string): Compression {
  const [, gzip, zstd] = COMPRESSION.exec(path) ?? []
  return gzip ? 'gzip' : zstd ? 'zstd' : 'uncompressed'
}

const BYTES_AT_ONCE = 1 << 16

/** Of a zstd file, decompressed at once: repeated bytes may be many thousand times as long as what stands for them. */
const ZSTD_BYTES_AT_ONCE = 1 << 10

async function* unzstd(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let parts: Buffer[] = []
  const decompressor = new Decompress((part) => parts.push(Buffer.from(part)))
  for await (const chunk of file)
    for (let at = 0; at < chunk.length; at += ZSTD_BYTES_AT_ONCE) {
      decompressor.push(chunk.subarray(at, at + ZSTD_BYTES_AT_ONCE))
      yield* parts
      parts = []
    }
  decompressor.push(new Uint8Array(0), true)
  yield* parts
}

function streamOf(path: string, compression: Compression, look?: (compressed: Buffer) => void): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: BYTES_AT_ONCE })
  if (look) file.on('data', (chunk) => look(chunk as Buffer))
  if (compression === 'zstd') return unzstd(file)
  if (compression === 'uncompressed') return file
  // An error of either comes out of the iteration over the last one.
  return pipeline(file, createGunzip({ chunkSize: BYTES_AT_ONCE }), () => undefined) as AsyncIterable<Buffer>
}

/**
 * A file's bytes, decompressed, in chunks.
 * @param look sees the bytes of a gzip file as they are
 * @throws ERR_IO if it cannot be read, ERR_DATA for compressed data that is cut short or corrupt, ERR_ABORTED
 */
export async function* openBytes(
  path: string,
  compression: Compression,
  signal: AbortSignal | undefined,
  look?: (compressed: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of streamOf(path, compression, look)) {
      throwIfAborted(signal)
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof KindredError) throw cause
    if (signal?.aborted) throw abortError(signal)
    if (isExhausted(cause)) throw systemError(`${path}: cannot be read`, cause)
    const { code, message } = cause as NodeJS.ErrnoException
    const isOfFile = typeof code === 'string' && !code.startsWith('Z_')
    const reason = isOfFile ? '' : `: truncated or corrupt ${compression} data`
    throw new KindredError(isOfFile ? 'ERR_IO' : 'ERR_DATA', `${path}: cannot be read${reason} (${message}).`, {
      cause,
    })
  }
}

/** The first bytes of a file, at least `size` where there are so many. */
export async function headOf(
  path: string,
  compression: Compression,
  size: number,
  signal: AbortSignal | undefined,
): Promise<{ head: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of openBytes(path, compression, signal)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= size) break
  }
  return { head: Buffer.concat(chunks), isWhole: bytes < size }
}
