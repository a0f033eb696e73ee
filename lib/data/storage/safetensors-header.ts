import { isBigInt64Array, isFloat32Array, isFloat64Array, isInt32Array, isUint8Array } from 'node:util/types'
import { KindredError, show } from '../../native/errors.js'
import { isNumberType, NUMBER_TYPES } from './number-types.js'
import { type Fail, showShape } from './read-numbers.js'

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array

/** A named array in a safetensors file: row-major data of `shape`. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** The same of 32-bit floats that are read when they are written, so that they need not all be in memory at once. */
export interface LazyTensor {
  readonly shape: readonly number[]
  /** Gives as many numbers as the shape holds. */
  read(): Promise<Float32Array>
}

/** The types of kindred's own files. */
const OWN_TYPES = ['F64', 'I64', 'F32', 'I32', 'U8'] as const

export type OwnType = (typeof OWN_TYPES)[number]

/** What stands in a file's header for one tensor; offsets in bytes from the end of the header. */
export interface Entry {
  readonly name: string
  /** Another tool's file may have types that are not known here. */
  readonly dtype: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export const MAX_HEADER = 100_000_000

/** What no tensor is named. */
export const METADATA = '__metadata__'

function dtypeOf(data: TensorData): OwnType {
  if (isFloat32Array(data)) return 'F32'
  if (isFloat64Array(data)) return 'F64'
  if (isInt32Array(data)) return 'I32'
  if (isBigInt64Array(data)) return 'I64'
  if (isUint8Array(data)) return 'U8'
  throw new KindredError(
    'ERR_VALUE',
    `tensor: expected a typed array that safetensors knows but received ${show(data)}.`,
  )
}

/** Zeros for the tensor of a file of kindred's own. @param fail throws, for a type that those do not have */
export function allocate({ name, dtype, begin, end }: Entry, fail: Fail): TensorData {
  if (!OWN_TYPES.includes(dtype as OwnType))
    fail(`tensor ${show(name)} has dtype ${show(dtype)}; ${OWN_TYPES.join(', ')} can be read`)
  const count = (end - begin) / NUMBER_TYPES[dtype as OwnType].bytes
  if (dtype === 'F32') return new Float32Array(count)
  if (dtype === 'F64') return new Float64Array(count)
  if (dtype === 'I32') return new Int32Array(count)
  return dtype === 'I64' ? new BigInt64Array(count) : new Uint8Array(count)
}

const countOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1)

/** Lays tensors out: wide numbers first, so that every tensor is aligned, then by name. */
export function layOut(tensors: Readonly<Record<string, Tensor | LazyTensor>>): Entry[] {
  const named = Object.entries(tensors).map(([name, tensor]) => {
    const { shape } = tensor
    if ('read' in tensor) return { name, dtype: 'F32' as const, shape, bytes: 4 * countOf(shape) }
    const { data } = tensor
    const dtype = dtypeOf(data)
    if (countOf(shape) !== data.length)
      throw new KindredError(
        'ERR_SHAPE',
        `tensor ${show(name)}: shape [${shape.join(', ')}] does not hold ${data.length} numbers.`,
      )
    return { name, dtype, shape, bytes: data.byteLength }
  })
  named.sort((a, b) => NUMBER_TYPES[b.dtype].bytes - NUMBER_TYPES[a.dtype].bytes || (a.name < b.name ? -1 : 1))
  let begin = 0
  return named.map(({ bytes, ...rest }) => {
    const entry = { ...rest, begin, end: begin + bytes }
    begin = entry.end
    return entry
  })
}

/** The header's bytes: its length (8 bytes, little endian), then JSON padded with spaces to a multiple of 8. */
export function encodeHeader(entries: readonly Entry[], metadata: Readonly<Record<string, string>>): Buffer {
  const fields: [string, unknown][] = entries.map(({ name, dtype, shape, begin, end }) => [
    name,
    { dtype, shape, data_offsets: [begin, end] },
  ])
  const keys = Object.keys(metadata).sort()
  if (keys.length > 0) fields.unshift([METADATA, Object.fromEntries(keys.map((key) => [key, metadata[key]]))])
  const json = Buffer.from(JSON.stringify(Object.fromEntries(fields)), 'utf8')
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, 0x20)
  padded.writeBigUInt64LE(BigInt(padded.length - 8), 0)
  json.copy(padded, 8)
  return padded
}

const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function parseEntry(name: string, value: unknown, fail: Fail): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  const label = `tensor ${show(name)}`
  if (typeof dtype !== 'string') return fail(`${label} has dtype ${show(dtype)}`)
  if (!Array.isArray(shape) || !shape.every(isNatural)) fail(`${label} has an illegal shape`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isNatural) || offsets[0] > offsets[1])
    fail(`${label} has illegal data_offsets`)
  const [begin, end] = offsets as [number, number]
  const bytes = isNumberType(dtype) ? countOf(shape as number[]) * NUMBER_TYPES[dtype].bytes : end - begin
  if (bytes !== end - begin)
    fail(`${label} of shape ${showShape(shape as number[])} needs ${bytes} bytes but has ${end - begin}`)
  return { name, dtype, shape: shape as number[], begin, end }
}

/** The place of the quote that ends the JSON string that begins at `at`. */
function endOfString(json: string, at: number): number {
  let end = at + 1
  while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1
  return end
}

/** Fails where a name stands twice: a parser would take the last. @param json is well-formed */
function checkNamesDiffer(json: string, fail: Fail): void {
  const names = new Set<string>()
  const colon = /\s*:/y
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (character === '"') {
      const begin = at
      at = endOfString(json, begin)
      colon.lastIndex = at + 1
      if (depth !== 1 || !colon.test(json)) continue
      const name = JSON.parse(json.slice(begin, at + 1)) as string
      if (names.has(name)) fail(`${show(name)} stands twice in its header`)
      names.add(name)
    }
  }
}

/**
 * Reads a header's JSON. Tensors come in the order of their data, which they cover without a gap or an overlap.
 * @param dataBytes the number of bytes that follow the header
 * @param fail throws, with the file's name
 */
export function decodeHeader(
  json: string,
  dataBytes: number,
  fail: Fail,
): { entries: Entry[]; metadata: Record<string, string> } {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    fail('its header is not JSON')
  }
  checkNamesDiffer(json, fail)
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) fail('its header is not a JSON object')
  const { [METADATA]: metadata = {}, ...rest } = parsed as Record<string, unknown>
  const isObject = metadata !== null && typeof metadata === 'object' && !Array.isArray(metadata)
  if (!isObject || Object.values(metadata).some((value) => typeof value !== 'string'))
    fail('its metadata is not an object of strings')
  const entries = Object.entries(rest).map(([name, value]) => parseEntry(name, value, fail))
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let end = 0
  for (const entry of entries) {
    if (entry.begin !== end) fail(`tensor ${show(entry.name)} leaves a gap or overlaps another`)
    end = entry.end
  }
  if (end > dataBytes) fail(`it is truncated: ${end} bytes of data are declared, ${dataBytes} are there`)
  if (end < dataBytes) fail(`${dataBytes - end} bytes follow the last tensor`)
  return { entries, metadata: metadata as Record<string, string> }
}
