import { KindredError } from '../../native/errors.js'
import { nativeCallSync } from '../../native/native-call.js'
import { DTYPES, type FeatureArray, type FeatureDtype } from './dtypes.js'

// One packed value, little-endian:
//   0  'KFV1'            what it is, and the version of this layout
//   4  u8                dtype
//   5  3 bytes           0
//   8  8 bytes           the first of the schema's SHA-256
//  16  f64               the moment the values are of, in milliseconds since 1970
//  24  u32               bytes of the numbers
//  28  u32               CRC-32C of all of the other bytes
//  32  numbers
export const HEADER_BYTES = 32
const MAGIC = 0x3156464b
const CHECKSUM_AT = 28

/** What packed values are checked against. */
export interface RecordSchema {
  readonly name: string
  readonly dtype: FeatureDtype
  readonly width: number
  /** SHA-256 [32]. */
  readonly hash: Uint8Array
  /** Bytes of a packed value. */
  readonly bytes: number
}

/** Numbers and the moment they are of. */
export interface DecodedRecord {
  readonly values: FeatureArray
  readonly time: number
}

function checksum(record: Uint8Array): number {
  return nativeCallSync((native) => {
    const head = native.valueChecksum(record, 0, CHECKSUM_AT, 0)
    return native.valueChecksum(record, HEADER_BYTES, record.length, head)
  })
}

/** Packs numbers into `out`, which has the schema's `bytes`. */
export function encodeRecord(schema: RecordSchema, values: FeatureArray, time: number, out: Uint8Array): void {
  const view = new DataView(out.buffer, out.byteOffset, out.length)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, DTYPES[schema.dtype].code, true)
  out.set(schema.hash.subarray(0, 8), 8)
  view.setFloat64(16, time, true)
  view.setUint32(24, values.byteLength, true)
  out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), HEADER_BYTES)
  view.setUint32(CHECKSUM_AT, checksum(out), true)
}

/** Whether the bytes are a packed value whose checksum holds. */
export function isIntact(record: Uint8Array): boolean {
  if (record.length < HEADER_BYTES) return false
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  return (
    view.getUint32(0, true) === MAGIC &&
    view.getUint32(24, true) === record.length - HEADER_BYTES &&
    view.getUint32(CHECKSUM_AT, true) === checksum(record) &&
    Number.isFinite(view.getFloat64(16, true))
  )
}

/**
 * The numbers of an intact value, in memory of their own.
 * @throws ERR_SCHEMA where it was packed by another schema
 */
export function decodeRecord(schema: RecordSchema, record: Uint8Array): DecodedRecord {
  let same = record.length === schema.bytes && record[4] === DTYPES[schema.dtype].code
  for (let i = 0; same && i < 8; i++) same = record[8 + i] === schema.hash[i]
  if (!same) throw schemaError(schema, record)
  const values = DTYPES[schema.dtype].make(schema.width)
  new Uint8Array(values.buffer).set(record.subarray(HEADER_BYTES))
  return { values, time: new DataView(record.buffer, record.byteOffset).getFloat64(16, true) }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The error of a value that another schema has packed. */
export function schemaError(schema: RecordSchema, record?: Uint8Array): KindredError {
  const found = record === undefined ? 'another' : `${hex(record.subarray(8, 16))} (${record.length} bytes)`
  return new KindredError(
    'ERR_SCHEMA',
    `view ${schema.name}: expected values of schema ${hex(schema.hash.subarray(0, 8))} (${schema.bytes} bytes) but what is stored is of schema ${found}. Open the store with the columns, dtype and pipeline of the writer, or use another prefix and write the values anew.`,
  )
}
