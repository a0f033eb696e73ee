import { type FileHandle, open } from 'node:fs/promises'
import type { Matrix } from '../../native/addon.js'
import { KindredError, show } from '../../native/errors.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { isNumberType, NUMBER_TYPES, type NumberTypeName } from './number-types.js'
import { type PythonLiteral, parsePythonLiteral } from './python-literal.js'
import { allocateFloats, type Fail, matrixSize, readExactly, readNumbers } from './read-numbers.js'

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')

/** Longest header read, in bytes: NumPy itself reads up to 10,000. */
const MAX_HEADER = 1 << 20

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
  type: NumberTypeName
  littleEndian: boolean
  columnMajor: boolean
  shape: number[]
}

/** Why the other kinds of NumPy's types cannot be read, and what helps. */
const OTHER_KINDS: Record<string, string> = {
  c: 'complex numbers; save their real and imaginary parts, or their absolute values',
  O: 'Python objects, which are pickled; save an array of numbers',
  S: 'byte strings',
  a: 'byte strings',
  U: 'text',
  M: "moments in time; save them as numbers: array.astype('int64')",
  m: "spans of time; save them as numbers: array.astype('int64')",
  V: "raw bytes, as NumPy saves bfloat16 and records; save them as numbers: array.astype('float32')",
}

/** The type that `descr` names, as `<f4` does. */
function parseDescr(descr: PythonLiteral | undefined, fail: Fail): Pick<NpyHeader, 'type' | 'littleEndian'> {
  const expected = 'expected floats of 16, 32 or 64 bits, integers of 8 to 64 bits or booleans'
  if (Array.isArray(descr)) fail(`${expected} but found a structured type; save each field as an array of its own`)
  if (typeof descr !== 'string') return fail('its header names no type')
  const [, order, kind = '', width] = /^([<>=|]?)([a-zA-Z?])(\d*)(?:\[.*\])?$/.exec(descr) ?? []
  const bits = 8 * Number(width)
  const name = /^(b1|\?)$/.test(kind + width) ? 'BOOL' : `${kind.toUpperCase()}${bits}`
  if (/^[fiub?]$/.test(kind) && isNumberType(name)) return { type: name, littleEndian: order !== '>' }
  return fail(`${expected} but found ${show(descr)}${kind in OTHER_KINDS ? `: ${OTHER_KINDS[kind]}` : ''}`)
}

/** @param text the dict of a header */
function parseHeader(text: string, fail: Fail): NpyHeader {
  const header = parsePythonLiteral(text)
  if (!isDict(header)) return fail('its header is not readable')
  const shape = header.get('shape')
  const order = header.get('fortran_order')
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
  if (header.size !== 3 || !header.has('descr') || typeof order !== 'boolean' || !isShape)
    return fail('its header does not give descr, fortran_order and shape')
  return { ...parseDescr(header.get('descr'), fail), columnMajor: order, shape: shape as number[] }
}

function isDict(value: PythonLiteral | undefined): value is Map<string, PythonLiteral> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The header of a file of version 1, 2 or 3, and the place of the numbers after it. */
async function readHeader(file: FileHandle, fail: Fail): Promise<NpyHeader & { position: number; dataBytes: number }> {
  const { size } = await file.stat()
  const start = Buffer.alloc(Math.min(size, 8))
  await readExactly(file, start, fail)
  if (size < 10 || !start.subarray(0, 6).equals(MAGIC)) fail('no .npy file')
  const version = start[6]!
  if (version < 1 || version > 3) fail(`.npy version ${version}; 1, 2 and 3 can be read`)
  const field = Buffer.alloc(version === 1 ? 2 : 4)
  const truncated = 'truncated within its header'
  if (size < start.length + field.length) fail(truncated)
  await readExactly(file, field, fail)
  const length = field.readUIntLE(0, field.length)
  const position = start.length + field.length + length
  if (position > size) fail(truncated)
  if (length > MAX_HEADER) fail(`its header has ${length} bytes, more than the ${MAX_HEADER} that can be read`)
  const text = Buffer.alloc(length)
  await readExactly(file, text, fail)
  return {
    ...parseHeader(text.toString(version === 3 ? 'utf8' : 'latin1'), fail),
    position,
    dataBytes: size - position,
  }
}

/**
 * The matrix in a .npy file of version 1, 2 or 3, read piece by piece, its numbers rounded to the nearest of 32 bits; an
 * array of one dimension is one row.
 * @throws ERR_DATA naming file and cause, ERR_TOO_LARGE, ERR_OUT_OF_MEMORY, ERR_ABORTED, and what the file system throws
 */
export async function readNpy(path: string, signal: AbortSignal | undefined): Promise<Matrix> {
  const fail: Fail = (cause) => {
    throw new KindredError('ERR_DATA', `${path}: ${cause}.`)
  }
  const file = await open(path, 'r')
  try {
    const { shape, dataBytes, ...layout } = await readHeader(file, fail)
    const { rows, cols } = matrixSize(path, shape, fail)
    const bytes = rows * cols * NUMBER_TYPES[layout.type].bytes
    if (dataBytes !== bytes) fail(`${rows} x ${cols} numbers need ${bytes} bytes but there are ${dataBytes}`)
    const data = await readNumbers({ path, file, rows, cols, ...layout }, signal, fail)
    return { rows, cols, data: layout.columnMajor ? await fromColumns(path, data, rows, cols, signal) : data }
  } finally {
    await file.close()
  }
}

/** [rows, cols] row-major of numbers in column-major order, by tiles that stay in the cache. */
async function fromColumns(
  path: string,
  numbers: Float32Array,
  rows: number,
  cols: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  if (rows === 1 || cols === 1) return numbers
  const yielder = new LoopYielder(signal)
  const out = allocateFloats(path, numbers.length)
  for (let top = 0; top < rows; top += TILE)
    await yielder.over(cols, TILE, (left, right) => {
      const bottom = Math.min(top + TILE, rows)
      for (let r = top; r < bottom; r++) for (let c = left; c < right; c++) out[r * cols + c] = numbers[c * rows + r]!
    })
  return out
}
