import type { Matrix } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')
const HEADER = /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d\s,]*)\),?\s*\}\s*$/

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

/** The matrix in the bytes of a .npy file of version 1, 2 or 3. @throws ERR_DATA naming file and cause */
export function decodeNpy(path: string, bytes: Buffer): Matrix {
  const fail = (cause: string): never => {
    throw new KindredError('ERR_DATA', `${path}: ${cause}.`)
  }
  if (bytes.length < 12 || !bytes.subarray(0, 6).equals(MAGIC)) fail('no .npy file')
  const version = bytes[6]!
  if (version < 1 || version > 3) fail(`.npy version ${version}; 1, 2 and 3 can be read`)
  const [begin, length] = version === 1 ? [10, bytes.readUInt16LE(8)] : [12, bytes.readUInt32LE(8)]
  if (begin + length > bytes.length) fail('truncated within its header')
  const header = HEADER.exec(bytes.toString('latin1', begin, begin + length)) ?? fail('its header is not readable')
  const [, descr, order, sizes] = header as unknown as [string, string, string, string]
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]))
  if ((descr !== '<f4' && descr !== '<f8') || shape.length !== 2)
    fail(`expected '<f4' or '<f8' with 2 dimensions but found '${descr}' [${shape.join(', ')}]`)
  const [rows, cols] = shape as [number, number]
  const width = descr === '<f4' ? 4 : 8
  const data = bytes.subarray(begin + length)
  if (data.length !== rows * cols * width)
    fail(`${rows} x ${cols} numbers need ${rows * cols * width} bytes but there are ${data.length}`)
  // A copy of its own: the numbers may not be aligned within the file.
  const aligned = new Uint8Array(data).buffer
  const numbers = width === 4 ? new Float32Array(aligned) : Float32Array.from(new Float64Array(aligned))
  return { rows, cols, data: order === 'True' ? fromColumns(numbers, rows, cols) : numbers }
}

function fromColumns(numbers: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(numbers.length)
  for (let c = 0; c < cols; c++) for (let r = 0; r < rows; r++) out[r * cols + c] = numbers[c * rows + r]!
  return out
}
