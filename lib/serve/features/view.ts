import { createHash } from 'node:crypto'
import type { FeaturePipeline } from '../../features/pipeline/feature-pipeline.js'
import type { FeatureRow } from '../../features/pipeline/fitted-pipeline.js'
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
} from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { DTYPES, type FeatureArray, type FeatureDtype, packNumbers } from './dtypes.js'
import { HEADER_BYTES, type RecordSchema } from './record.js'

/** One kind of entity and its numbers, as `FeatureStore.open` takes it. */
export interface FeatureView {
  /**
   * What the numbers are: names, one number each; names with how many numbers each has, `{ age: 1, taste: 64 }`; or a fitted
   * pipeline, whose rows they are.
   */
  columns: readonly string[] | Readonly<Record<string, number>> | FeaturePipeline
  /** Type of the numbers; default 'f32', the only one of a pipeline. */
  dtype?: FeatureDtype
  /** For how many milliseconds after their `time` values count; default for ever. */
  ttl?: number
  /** What an entity without values gets, in the order of the columns [width]; default: nothing, and the status 'missing'. */
  defaults?: ArrayLike<number>
  /** Whether NaN may be stored, for what is missing; default false. Of 'f32' and 'f64'. */
  allowMissing?: boolean
  /** A version of your own: values of another one are refused. */
  version?: string | number
}

/** What a store says of a view. */
export interface FeatureViewInfo {
  /** Name of each number [width]. */
  readonly columns: readonly string[]
  /** How many numbers a value has. */
  readonly width: number
  /** Their type. */
  readonly dtype: FeatureDtype
  /** SHA-256 (hex) of columns, dtype, version and, of a pipeline, all it has learnt. */
  readonly schemaHash: string
}

/** A value to store: the numbers in order [width], or by name; of a view of a pipeline a row by the names of its columns. */
export type FeatureValues = ArrayLike<number> | Readonly<Record<string, unknown>>

const VIEW_OPTIONS = ['columns', 'dtype', 'ttl', 'defaults', 'allowMissing', 'version']
const MOST_NUMBERS = 1 << 20

/** A view with all that reading and writing needs. */
export interface OpenView extends RecordSchema {
  readonly info: FeatureViewInfo
  readonly ttl: number
  readonly defaults: FeatureArray | undefined
  /** @throws ERR_VALUE, ERR_SHAPE */
  readonly pack: (values: FeatureValues) => FeatureArray | Promise<FeatureArray>
}

const isList = (values: unknown): values is ArrayLike<number> =>
  Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values)

const isPipeline = (columns: unknown): columns is FeaturePipeline =>
  typeof (columns as Partial<FeaturePipeline> | null)?.transformRowAsync === 'function'

/** [name, how many numbers] of each column. @throws ERR_VALUE, ERR_DUPLICATE */
function columnsOf(where: string, columns: unknown): [string, number][] {
  const given: [unknown, unknown][] = Array.isArray(columns)
    ? columns.map((name) => [name, 1])
    : columns !== null && typeof columns === 'object'
      ? Object.entries(columns)
      : []
  if (given.length === 0)
    throw new KindredError(
      'ERR_VALUE',
      `${where}.columns: expected names of numbers, names with their widths or a FeaturePipeline but received ${show(columns)}.`,
    )
  const seen = new Set<string>()
  return given.map(([name, width]) => {
    const own = checkString(`${where}.columns`, name)
    if (seen.has(own)) throw new KindredError('ERR_DUPLICATE', `${where}.columns: ${show(own)} comes twice.`)
    seen.add(own)
    return [own, checkInteger(`${where}.columns, ${show(own)}`, width, { min: 1, max: MOST_NUMBERS })]
  })
}

/** The numbers by name in the order of the columns. @throws ERR_VALUE, ERR_SHAPE */
function byName(where: string, columns: readonly [string, number][], row: Readonly<Record<string, unknown>>): number[] {
  const names = new Set(columns.map(([name]) => name))
  for (const name of Object.keys(row))
    if (!names.has(name))
      throw new KindredError(
        'ERR_VALUE',
        `${where}: there is no column ${show(name)}. Columns: ${[...names].join(', ')}.`,
      )
  const out: number[] = []
  for (const [name, width] of columns) {
    const value = Object.hasOwn(row, name) ? row[name] : undefined
    const list = width === 1 && typeof value === 'number' ? [value] : value
    if (!isList(list) || list.length !== width)
      throw new KindredError(
        'ERR_SHAPE',
        `${where}: column ${show(name)}: expected ${width === 1 ? 'a number' : `${width} numbers`} but received ${show(value)}.`,
      )
    for (let i = 0; i < width; i++) out.push(list[i]!)
  }
  return out
}

function namesOf(columns: readonly [string, number][]): string[] {
  return columns.flatMap(([name, width]) =>
    width === 1 ? [name] : Array.from({ length: width }, (_, i) => `${name}[${i}]`),
  )
}

/** A view as the caller declared it, checked. @throws ERR_VALUE, ERR_SHAPE, ERR_DUPLICATE, ERR_NOT_FITTED */
export async function openView(name: string, declared: FeatureView): Promise<OpenView> {
  const where = `view ${name}`
  if (!/^[\w.-]+$/.test(name))
    throw new KindredError(
      'ERR_VALUE',
      `views: expected names of letters, digits, _, . and - but received ${show(name)}.`,
    )
  const {
    columns,
    dtype = 'f32',
    ttl = Infinity,
    defaults,
    allowMissing = false,
    version,
  } = checkOptions(where, declared, VIEW_OPTIONS)
  checkOneOf(`${where}.dtype`, dtype, Object.keys(DTYPES) as FeatureDtype[])
  if (ttl !== Infinity) checkNumber(`${where}.ttl`, ttl, { min: Number.MIN_VALUE })
  checkBoolean(`${where}.allowMissing`, allowMissing)
  if (version !== undefined && typeof version !== 'string' && typeof version !== 'number')
    throw new KindredError(
      'ERR_VALUE',
      `${where}.version: expected a string or a number but received ${show(version)}.`,
    )
  const pipeline = isPipeline(columns) ? columns.copy() : undefined
  if (pipeline !== undefined && dtype !== 'f32')
    throw new KindredError(
      'ERR_VALUE',
      `${where}.dtype: expected 'f32', as rows of a pipeline are, but received '${dtype}'.`,
    )
  const named =
    pipeline === undefined ? columnsOf(where, columns) : pipeline.featureNames.map((one): [string, number] => [one, 1])
  const names = namesOf(named)
  const width = names.length
  if (width > MOST_NUMBERS)
    throw new KindredError(
      'ERR_TOO_LARGE',
      `${where}.columns: expected at most ${MOST_NUMBERS} numbers but received ${width}.`,
    )
  const fingerprint = pipeline === undefined ? null : await pipeline.fingerprint()
  const hash = createHash('sha256')
    .update(JSON.stringify([dtype, named, fingerprint, version ?? null]))
    .digest()
  const numbers = (what: string, list: ArrayLike<number>) => {
    if (!isList(list) || list.length !== width)
      throw new KindredError(
        'ERR_SHAPE',
        `${what}: expected ${width} numbers but received ${isList(list) ? list.length : show(list)}.`,
      )
    return packNumbers(list, dtype, allowMissing, (i) => `${what}, ${show(names[i])}`)
  }
  const pack = (values: FeatureValues) => {
    if (isList(values)) return numbers(where, values)
    if (values === null || typeof values !== 'object')
      throw new KindredError('ERR_VALUE', `${where}: expected ${width} numbers or a row but received ${show(values)}.`)
    if (pipeline === undefined) return numbers(where, byName(where, named, values))
    return pipeline.transformRowAsync(values as FeatureRow).then((row) => numbers(where, row))
  }
  const info = { columns: names, width, dtype, schemaHash: hash.toString('hex') }
  return {
    name,
    dtype,
    width,
    hash,
    bytes: HEADER_BYTES + width * DTYPES[dtype].bytes,
    info,
    ttl,
    defaults: defaults === undefined ? undefined : numbers(`${where}.defaults`, defaults),
    pack,
  }
}
