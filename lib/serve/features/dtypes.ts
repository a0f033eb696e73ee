import { KindredError, show } from '../../native/errors.js'

/** The number type of a view: 32 or 64 bit floats, 32 bit integers, or integers from 0 to 255. */
export type FeatureDtype = 'f32' | 'f64' | 'i32' | 'u8'

/** The numbers of one value, by the view's dtype. */
export type FeatureArray = Float32Array | Float64Array | Int32Array | Uint8Array

interface DtypeInfo {
  /** What stands for it in a stored value. */
  readonly code: number
  readonly bytes: number
  readonly make: (width: number) => FeatureArray
  /** What becomes of a number. */
  readonly holds: (value: number) => boolean
  readonly legal: string
}

export const DTYPES: Readonly<Record<FeatureDtype, DtypeInfo>> = {
  f32: {
    code: 1,
    bytes: 4,
    make: (width) => new Float32Array(width),
    holds: (value) => Number.isFinite(Math.fround(value)),
    legal: 'finite 32 bit floats',
  },
  f64: {
    code: 2,
    bytes: 8,
    make: (width) => new Float64Array(width),
    holds: Number.isFinite,
    legal: 'finite numbers',
  },
  i32: {
    code: 3,
    bytes: 4,
    make: (width) => new Int32Array(width),
    holds: (value) => value === (value | 0),
    legal: 'integers from -2147483648 to 2147483647',
  },
  u8: {
    code: 4,
    bytes: 1,
    make: (width) => new Uint8Array(width),
    holds: (value) => value === (value & 255),
    legal: 'integers from 0 to 255',
  },
}

/**
 * Numbers as the dtype holds them.
 * @param allowMissing whether NaN stands for what is missing; of floats
 * @throws ERR_VALUE naming the first number that the dtype does not hold
 */
export function packNumbers(
  values: ArrayLike<number>,
  dtype: FeatureDtype,
  allowMissing: boolean,
  where: (i: number) => string,
): FeatureArray {
  const { make, holds, legal } = DTYPES[dtype]
  const out = make(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (typeof value !== 'number' || !(holds(value) || (allowMissing && Number.isNaN(value))))
      throw new KindredError(
        'ERR_VALUE',
        `${where(i)}: expected ${legal} (dtype '${dtype}') but received ${show(value)}.`,
      )
    out[i] = value
  }
  return out
}
