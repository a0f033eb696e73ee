/** Reads the number at byte `at`; beyond 32 bits as a double whose rounding to 32 is that of the number itself. */
type ReadNumber = (view: DataView, at: number, littleEndian: boolean) => number

/** A type of numbers in a file of another tool. */
export interface NumberType {
  /** Bytes a number. */
  readonly bytes: number
  readonly read: ReadNumber
}

/** How a small float ends: `ieee` with infinities and NaN, `fn` with one NaN of all ones, `fnuz` with one for -0. */
type Ending = 'ieee' | 'fn' | 'fnuz'

/** The values of all bit patterns of a float with so many bits for exponent and mantissa, beside the sign. */
function floatTable(exponentBits: number, mantissaBits: number, ending: Ending): Float32Array {
  const half = 2 ** (exponentBits + mantissaBits)
  const bias = 2 ** (exponentBits - 1) - (ending === 'fnuz' ? 0 : 1)
  const table = new Float32Array(2 * half)
  for (let bits = 0; bits < half; bits++) {
    const exponent = bits >> mantissaBits
    const fraction = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits
    let value = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias)
    if (ending === 'ieee' && exponent === 2 ** exponentBits - 1) value = fraction === 0 ? Infinity : Number.NaN
    if (ending === 'fn' && bits === half - 1) value = Number.NaN
    table[bits] = value
    table[half + bits] = -value
  }
  if (ending === 'fnuz') table[half] = Number.NaN
  return table
}

function smallFloat(exponentBits: number, mantissaBits: number, ending: Ending): NumberType {
  let table: Float32Array | undefined
  const values = () => {
    table ??= floatTable(exponentBits, mantissaBits, ending)
    return table
  }
  return exponentBits + mantissaBits === 7
    ? { bytes: 1, read: (view, at) => values()[view.getUint8(at)]! }
    : { bytes: 2, read: (view, at, littleEndian) => values()[view.getUint16(at, littleEndian)]! }
}

const scratch = new DataView(new ArrayBuffer(4))

/** The upper half of a 32-bit float. */
function readBfloat16(view: DataView, at: number, littleEndian: boolean): number {
  scratch.setUint32(0, view.getUint16(at, littleEndian) * 2 ** 16)
  return scratch.getFloat32(0)
}

/** A float that is an exponent alone. */
function exponentValue(bits: number): number {
  return bits === 255 ? Number.NaN : 2 ** (bits - 127)
}

/** Exact up to 2^53. Beyond, the bits that a double lacks are joined into its last, which keeps them off a tie. */
function fromInteger(value: bigint): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  const high = value >> 11n
  return Number(high << 11n === value ? high : high | 1n) * 2 ** 11
}

/** The names that safetensors gives the types. */
export type NumberTypeName =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | `F8_${'E4M3' | 'E5M2' | 'E4M3FNUZ' | 'E5M2FNUZ' | 'E8M0'}`
  | `${'I' | 'U'}${8 | 16 | 32 | 64}`
  | 'BOOL'

export const NUMBER_TYPES: Readonly<Record<NumberTypeName, NumberType>> = {
  F64: { bytes: 8, read: (view, at, littleEndian) => view.getFloat64(at, littleEndian) },
  F32: { bytes: 4, read: (view, at, littleEndian) => view.getFloat32(at, littleEndian) },
  F16: smallFloat(5, 10, 'ieee'),
  BF16: { bytes: 2, read: readBfloat16 },
  F8_E4M3: smallFloat(4, 3, 'fn'),
  F8_E5M2: smallFloat(5, 2, 'ieee'),
  F8_E4M3FNUZ: smallFloat(4, 3, 'fnuz'),
  F8_E5M2FNUZ: smallFloat(5, 2, 'fnuz'),
  F8_E8M0: { bytes: 1, read: (view, at) => exponentValue(view.getUint8(at)) },
  I64: { bytes: 8, read: (view, at, littleEndian) => fromInteger(view.getBigInt64(at, littleEndian)) },
  I32: { bytes: 4, read: (view, at, littleEndian) => view.getInt32(at, littleEndian) },
  I16: { bytes: 2, read: (view, at, littleEndian) => view.getInt16(at, littleEndian) },
  I8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  U64: { bytes: 8, read: (view, at, littleEndian) => fromInteger(view.getBigUint64(at, littleEndian)) },
  U32: { bytes: 4, read: (view, at, littleEndian) => view.getUint32(at, littleEndian) },
  U16: { bytes: 2, read: (view, at, littleEndian) => view.getUint16(at, littleEndian) },
  U8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, read: (view, at) => Number(view.getUint8(at) !== 0) },
}

export function isNumberType(name: string): name is NumberTypeName {
  return Object.hasOwn(NUMBER_TYPES, name)
}
