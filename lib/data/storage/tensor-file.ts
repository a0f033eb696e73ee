import { type FileHandle, open, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Matrix } from '../../native/addon.js'
import { KindredError, type KindredErrorCode, show } from '../../native/errors.js'
import { isNumberType, NUMBER_TYPES } from './number-types.js'
import { type Fail, matrixSize, readNumbers } from './read-numbers.js'
import { readHeader } from './safetensors.js'

/** How the index of tensors that are spread over several files is named. */
export const INDEX_ENDING = '.safetensors.index.json'

/** Names that an error lists at most. */
const NAMES_SHOWN = 20

/** A tensor as a matrix, and the metadata of its file. */
export interface TensorMatrix extends Matrix {
  readonly metadata: Readonly<Record<string, string>>
}

function listOf(names: readonly string[]): string {
  const rest = names.length - NAMES_SHOWN
  return names.slice(0, NAMES_SHOWN).map(show).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** `name` if there is such a tensor, the only one if `name` is absent. */
function chooseName(names: readonly string[], name: string | undefined, fail: Fail): string {
  if (name === undefined && names.length === 1) return names[0]!
  if (name === undefined)
    return fail(
      names.length === 0
        ? 'holds no tensor'
        : `holds ${names.length} tensors; name one of them with { tensor }: ${listOf(names)}`,
    )
  return names.includes(name) ? name : fail(`no tensor ${show(name)}. There are ${listOf(names) || 'none'}`)
}

/** The `weight_map` of an index: names of tensors, and of the files beside it that hold them. */
async function weightMap(path: string, fail: Fail): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8')
  let files: unknown
  try {
    files = (JSON.parse(text) as { weight_map?: unknown } | null)?.weight_map
  } catch {
    fail('not JSON')
  }
  if (files === null || typeof files !== 'object' || Array.isArray(files))
    return fail('has no weight_map of names to files')
  return files as Record<string, unknown>
}

/** The file of the tensor `name` by the index at `path`. */
async function findShard(path: string, name: string | undefined, fail: Fail): Promise<{ shard: string; name: string }> {
  const files = await weightMap(path, fail)
  const chosen = chooseName(Object.keys(files), name, fail)
  const file = files[chosen]
  if (typeof file !== 'string' || file !== basename(file) || !file.endsWith('.safetensors'))
    return fail(`tensor ${show(chosen)}: expected a .safetensors file beside the index but found ${show(file)}`)
  return { shard: join(dirname(path), file), name: chosen }
}

function failOf(path: string, code: KindredErrorCode): Fail {
  return (cause) => {
    throw new KindredError(code, `${path}: ${cause}.`)
  }
}

function headerOf(file: FileHandle, fail: Fail) {
  return readHeader(
    file,
    () => {},
    (cause) => fail(`not a readable safetensors file: ${cause}`),
  )
}

async function readFrom(
  path: string,
  file: FileHandle,
  name: string | undefined,
  signal: AbortSignal | undefined,
  code: KindredErrorCode,
): Promise<TensorMatrix> {
  const fail = failOf(path, code)
  const { entries, metadata, dataBegin } = await headerOf(file, fail)
  const names = entries.map((entry) => entry.name)
  const chosen = chooseName(names, name, fail)
  const { dtype, shape, begin } = entries[names.indexOf(chosen)]!
  const label = `tensor ${show(chosen)}`
  if (!isNumberType(dtype))
    return fail(`${label} has the type ${show(dtype)}; ${Object.keys(NUMBER_TYPES).join(', ')} can be read`)
  const { rows, cols } = matrixSize(path, shape, (cause) => fail(`${label}: ${cause}`))
  const layout = { type: dtype, littleEndian: true, rows, cols, columnMajor: false }
  const numbers = { path, file, position: dataBegin + begin, ...layout }
  const data = await readNumbers(numbers, signal, (cause) => fail(`${label}: ${cause}`))
  return { rows, cols, data, metadata }
}

/**
 * Names of the tensors of a safetensors file, or of several files with an index.
 * @throws `code` for what is malformed, and what the file system throws
 */
export async function readTensorNames(path: string, code: KindredErrorCode): Promise<string[]> {
  const fail: Fail = (cause) => {
    throw new KindredError(code, `${path}: ${cause}.`)
  }
  if (path.toLowerCase().endsWith(INDEX_ENDING)) return Object.keys(await weightMap(path, fail))
  const file = await open(path, 'r')
  try {
    const { entries } = await readHeader(
      file,
      () => {},
      (cause) => fail(`not a readable safetensors file: ${cause}`),
    )
    return entries.map(({ name }) => name)
  } finally {
    await file.close()
  }
}

/**
 * One tensor of a safetensors file of any tool, or of several files with an index, as a matrix; whatever the types of the
 * others are. Its numbers are rounded to the nearest of 32 bits; a tensor of one dimension is one row.
 * @param name may be absent where there is one only
 * @param code of the error for what is malformed or is no such tensor, naming the file
 * @throws `code`, ERR_TOO_LARGE, ERR_OUT_OF_MEMORY, ERR_ABORTED, and what the file system throws
 */
export async function readTensorMatrix(
  path: string,
  name: string | undefined,
  signal: AbortSignal | undefined,
  code: KindredErrorCode,
): Promise<TensorMatrix> {
  if (path.toLowerCase().endsWith(INDEX_ENDING)) {
    const found = await findShard(path, name, failOf(path, code))
    return readTensorMatrix(found.shard, found.name, signal, code)
  }
  const file = await open(path, 'r')
  try {
    return await readFrom(path, file, name, signal, code)
  } finally {
    await file.close()
  }
}

/**
 * The shapes of all tensors of a safetensors file of any tool, by name.
 * @param code of the error for what is malformed, naming the file
 * @throws `code`, and what the file system throws
 */
export async function readTensorShapes(
  path: string,
  code: KindredErrorCode,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const file = await open(path, 'r')
  try {
    const { entries } = await headerOf(file, failOf(path, code))
    return new Map(entries.map(({ name, shape }) => [name, shape]))
  } finally {
    await file.close()
  }
}
