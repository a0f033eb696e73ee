import { type FileHandle, open } from 'node:fs/promises'
import type { Matrix } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { LoopYielder } from '../yield-to-event-loop.js'

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')
const HEADER = /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d\s,]*)\),?\s*\}\s*$/

/** Numbers read at once: 1 MB of 32 bits. */
const NUMBERS_AT_ONCE = 1 << 18

/** Rows and columns of a tile. */
const TILE = 64

/** The bytes before the numbers of a [rows, cols] matrix of little-endian 32-bit floats, NumPy format 1.0. */
export function encodeNpyHeader(rows: number, cols: number): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`
  const length = Math.ceil((MAGIC.length + 4 + text.length + 1) / 64) * 64
  const header = Buffer.alloc(length, 0x20)
  MAGIC.copy(header)
  header.writeUInt8(1, 6)
  header.writeUInt8(0, 7)
  header.writeUInt16LE(length - 10, 8)
  header.write(text, 10, 'latin1')
  header.write('\n', length - 1, 'latin1')
  return header
}

interface NpyHeader {
  rows: number
  cols: number
  /** Bytes a number: 4 or 8. */
  width: 4 | 8
  columnMajor: boolean
}

type Fail = (cause: string) => never

/** Reads exactly `target.length` bytes from the file's current position. */
async function fill(file: FileHandle, target: Uint8Array, fail: Fail): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done)
    if (bytesRead === 0) fail('it became shorter while it was read')
    done += bytesRead
  }
}

/** The header of a file of version 1, 2 or 3, which is read up to the numbers. */
async function readHeader(file: FileHandle, fail: Fail): Promise<NpyHeader> {
  const { size } = await file.stat()
  const start = Buffer.alloc(Math.min(size, 8))
  await fill(file, start, fail)
  if (size < 12 || !start.subarray(0, 6).equals(MAGIC)) fail('no .npy file')
  const version = start[6]!
  if (version < 1 || version > 3) fail(`.npy version ${version}; 1, 2 and 3 can be read`)
  const field = Buffer.alloc(version === 1 ? 2 : 4)
  await fill(file, field, fail)
  const length = field.readUIntLE(0, field.length)
  const begin = start.length + field.length + length
  if (begin > size) fail('truncated within its header')
  const text = Buffer.alloc(length)
  await fill(file, text, fail)
  const header = HEADER.exec(text.toString('latin1')) ?? fail('its header is not readable')
  const [, descr, order, sizes] = header as unknown as [string, string, string, string]
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]))
  if ((descr !== '<f4' && descr !== '<f8') || shape.length !== 2)
    fail(`expected '<f4' or '<f8' with 2 dimensions but found '${descr}' [${shape.join(', ')}]`)
  const [rows, cols] = shape as [number, number]
  const width = descr === '<f4' ? 4 : 8
  if (size - begin !== rows * cols * width)
    fail(`${rows} x ${cols} numbers need ${rows * cols * width} bytes but there are ${size - begin}`)
  return { rows, cols, width, columnMajor: order === 'True' }
}

/**
 * The matrix in a .npy file of version 1, 2 or 3, read piece by piece.
 * @throws ERR_DATA naming file and cause, ERR_TOO_LARGE, ERR_ABORTED, and what the file system throws
 */
export async function readNpy(path: string, signal: AbortSignal | undefined): Promise<Matrix> {
  const fail: Fail = (cause) => {
    throw new KindredError('ERR_DATA', `${path}: ${cause}.`)
  }
  const file = await open(path, 'r')
  try {
    const { rows, cols, width, columnMajor } = await readHeader(file, fail)
    const data = allocate(path, rows * cols)
    const yielder = new LoopYielder(signal)
    const wide = width === 8 ? new Float64Array(Math.min(NUMBERS_AT_ONCE, data.length)) : undefined
    for (let begin = 0; begin < data.length; begin += NUMBERS_AT_ONCE) {
      const target = data.subarray(begin, begin + NUMBERS_AT_ONCE)
      const source = wide?.subarray(0, target.length) ?? target
      await fill(file, new Uint8Array(source.buffer, source.byteOffset, source.byteLength), fail)
      if (source !== target) target.set(source)
      await yielder.yieldToLoop()
    }
    return { rows, cols, data: columnMajor ? await fromColumns(data, rows, cols, yielder) : data }
  } finally {
    await file.close()
  }
}

function allocate(path: string, size: number): Float32Array {
  try {
    return new Float32Array(size)
  } catch (cause) {
    throw new KindredError('ERR_OUT_OF_MEMORY', `${path}: no memory for ${size} numbers.`, { cause })
  }
}

/** [rows, cols] row-major of numbers in column-major order, by tiles that stay in the cache. */
async function fromColumns(
  numbers: Float32Array,
  rows: number,
  cols: number,
  yielder: LoopYielder,
): Promise<Float32Array> {
  const out = new Float32Array(numbers.length)
  for (let top = 0; top < rows; top += TILE)
    await yielder.over(cols, TILE, (left, right) => {
      const bottom = Math.min(top + TILE, rows)
      for (let r = top; r < bottom; r++) for (let c = left; c < right; c++) out[r * cols + c] = numbers[c * rows + r]!
    })
  return out
}
