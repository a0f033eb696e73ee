import { endianness } from 'node:os'
import { NUMBER_TYPES } from '../../data/storage/number-types.js'

const isLittleEndian = endianness() === 'LE'

/** The numbers of a tensor of 16-bit floats: their bits, or a Float16Array where Node has one. Exact. */
export function fromHalfFloats(data: Uint16Array | ArrayLike<number>): Float32Array {
  if ((data as Uint16Array)[Symbol.toStringTag] !== 'Uint16Array') return Float32Array.from(data)
  const { buffer, byteOffset, byteLength } = data as Uint16Array
  const view = new DataView(buffer, byteOffset, byteLength)
  const out = new Float32Array(data.length)
  for (let i = 0; i < out.length; i++) out[i] = NUMBER_TYPES.F16.read(view, 2 * i, isLittleEndian)
  return out
}
