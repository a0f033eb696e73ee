import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { endianness } from 'node:os'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { type Fail, readExactly } from './read-numbers.js'
import {
  allocate,
  decodeHeader,
  type Entry,
  encodeHeader,
  type LazyTensor,
  layOut,
  MAX_HEADER,
  type Tensor,
  type TensorData,
} from './safetensors-header.js'

export type { LazyTensor, Tensor, TensorData } from './safetensors-header.js'

/** Bytes read or written at once: hashing them holds the event loop up for a millisecond or two. */
const CHUNK = 1 << 20

function* chunksOf(data: TensorData | Buffer): Generator<Buffer> {
  for (let begin = 0; begin < data.byteLength; begin += CHUNK)
    yield Buffer.from(data.buffer, data.byteOffset + begin, Math.min(CHUNK, data.byteLength - begin))
}

async function dataOf(tensor: Tensor | LazyTensor): Promise<TensorData> {
  return 'read' in tensor ? tensor.read() : tensor.data
}

function checkEndianness(): void {
  if (endianness() !== 'LE')
    throw new KindredError('ERR_NOT_SUPPORTED', 'safetensors: little-endian machines only; this one is big-endian.')
}

/**
 * Writes tensors to a new safetensors file and flushes it to disk. The bytes depend on the contents alone.
 * @param path must not exist
 * @returns the SHA-256 of the file (hex) and its length
 * @throws ERR_SHAPE if a shape does not fit its data, ERR_IO, ERR_ABORTED
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, Tensor | LazyTensor>>,
  options: { metadata?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<{ sha256: string; bytes: number }> {
  checkEndianness()
  const entries = layOut(tensors)
  const hash = createHash('sha256')
  let bytes = 0
  let file: FileHandle | undefined
  try {
    file = await open(path, 'wx')
    for (const name of [undefined, ...entries.map((entry) => entry.name)]) {
      const part = name === undefined ? encodeHeader(entries, options.metadata ?? {}) : await dataOf(tensors[name]!)
      for (const chunk of chunksOf(part)) {
        throwIfAborted(options.signal)
        hash.update(chunk)
        for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten
        bytes += chunk.length
      }
    }
    await file.sync()
  } catch (cause) {
    throw systemError(`${path}: cannot be written`, cause)
  } finally {
    await file?.close()
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Reads `target` from the file's current position, piece by piece. */
async function fill(
  file: FileHandle,
  target: TensorData | Buffer,
  seen: (chunk: Buffer) => void,
  fail: Fail,
): Promise<void> {
  for (const chunk of chunksOf(target)) {
    await readExactly(file, chunk, fail)
    seen(chunk)
  }
}

/**
 * Reads the header of an open safetensors file, up to the data.
 * @param seen gets every piece of the file that is read
 * @returns the tensors in the order of their data, and the byte at which the data begin
 */
export async function readHeader(
  file: FileHandle,
  seen: (chunk: Buffer) => void,
  fail: Fail,
): Promise<{ entries: Entry[]; metadata: Record<string, string>; dataBegin: number }> {
  const { size } = await file.stat()
  if (size < 8) fail(`it has ${size} bytes, fewer than the length of its header takes`)
  const prefix = Buffer.alloc(8)
  await fill(file, prefix, seen, fail)
  const length = prefix.readBigUInt64LE()
  if (length > MAX_HEADER) fail(`it declares a header of ${length} bytes`)
  if (8n + length > size) fail('it is truncated within its header')
  const header = Buffer.alloc(Number(length))
  await fill(file, header, seen, fail)
  if (!isUtf8(header)) fail('its header is not UTF-8')
  const dataBegin = prefix.length + header.length
  return { ...decodeHeader(header.toString('utf8'), size - dataBegin, fail), dataBegin }
}

/**
 * Reads a safetensors file of kindred's own (F32, F64, I32, I64, U8), every tensor into memory of its own.
 * @returns the tensors by name, the metadata, and the SHA-256 of the whole file (hex)
 * @throws ERR_MODEL_FILE naming the file and the cause if it is missing or malformed, ERR_IO, ERR_ABORTED
 */
export async function readSafetensors(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<{ tensors: Map<string, Tensor>; metadata: Record<string, string>; sha256: string }> {
  checkEndianness()
  throwIfAborted(options.signal)
  const fail: Fail = (cause) => {
    throw new KindredError('ERR_MODEL_FILE', `${path}: not a readable safetensors file: ${cause}.`)
  }
  const hash = createHash('sha256')
  const seen = (chunk: Buffer) => {
    throwIfAborted(options.signal)
    hash.update(chunk)
  }
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const { entries, metadata } = await readHeader(file, seen, fail)
    const tensors = new Map<string, Tensor>()
    for (const entry of entries) {
      const data = allocate(entry, fail)
      await fill(file, data, seen, fail)
      tensors.set(entry.name, { shape: entry.shape, data })
    }
    return { tensors, metadata, sha256: hash.digest('hex') }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new KindredError('ERR_MODEL_FILE', `${path}: no such file.`, { cause })
    throw systemError(`${path}: cannot be read`, cause)
  } finally {
    await file?.close()
  }
}
