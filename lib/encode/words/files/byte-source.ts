import { open } from 'node:fs/promises'
import { type Compression, openBytes } from '../../../data/tables/files/open-bytes.js'
import { KindredError } from '../../../native/errors.js'
import { systemError } from '../../../native/system-errors.js'

/** Bytes that are taken from a file at a time, more or less. */
const PIECE = 1 << 22

/** By the first bytes of the file, whatever its name. @throws ERR_IO */
export async function compressionInside(path: string): Promise<{ compression: Compression; size: number }> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
      const { size } = await file.stat()
      const magic = buffer.subarray(0, bytesRead).toString('hex')
      return { compression: magic.startsWith('1f8b') ? 'gzip' : magic === '28b52ffd' ? 'zstd' : 'uncompressed', size }
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw systemError(`${path}: cannot be read`, cause)
  }
}

/** A file, decompressed, in pieces that its reader takes as much of as it likes. */
export class ByteSource {
  readonly path: string
  /** Bytes of the file as it is, for progress. */
  readonly size: number
  /** How many of them have been read. */
  read = 0
  /** Decompressed bytes before those held. */
  offset = 0
  /** What has been read and not taken. */
  held: Buffer = Buffer.alloc(0)
  readonly compression: Compression
  readonly #chunks: AsyncGenerator<Buffer, void>
  #ended = false

  private constructor(path: string, size: number, compression: Compression, signal: AbortSignal | undefined) {
    this.path = path
    this.size = size
    this.compression = compression
    const look = (bytes: Buffer) => {
      this.read += bytes.length
    }
    this.#chunks = openBytes(path, compression, signal, compression === 'gzip' ? look : undefined)
  }

  /** @throws ERR_IO */
  static async open(path: string, signal: AbortSignal | undefined): Promise<ByteSource> {
    const { compression, size } = await compressionInside(path)
    return new ByteSource(path, size, compression, signal)
  }

  /** Whether everything has been read; some of it may still be held. */
  get ended(): boolean {
    return this.#ended
  }

  /** Reads until at least `bytes` are held, or the file ends. @throws ERR_IO, ERR_DATA, ERR_ABORTED */
  async fill(bytes: number = PIECE): Promise<void> {
    if (this.#ended || this.held.length >= bytes) return
    const parts = [this.held]
    let total = this.held.length
    while (total < bytes) {
      const { done, value } = await this.#chunks.next()
      if (done) {
        this.#ended = true
        break
      }
      parts.push(value)
      total += value.length
      if (this.compression !== 'gzip') this.read = Math.min(this.size, this.read + value.length)
    }
    this.held = Buffer.concat(parts)
  }

  /** Takes what comes first. */
  take(bytes: number): Buffer {
    const taken = this.held.subarray(0, bytes)
    this.held = this.held.subarray(bytes)
    this.offset += bytes
    return taken
  }

  async close(): Promise<void> {
    await this.#chunks.return()
  }

  /** ERR_DATA of this file. @param where for example "line 3" */
  fail(where: string, byte: number, message: string): never {
    throw new KindredError('ERR_DATA', `${this.path}: ${where} (byte ${byte}): ${message}`)
  }
}
