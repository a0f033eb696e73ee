import { extname } from 'node:path'
import { isFloat32Array, isFloat64Array } from 'node:util/types'
import type { Matrix } from '../../native/addon.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { writeAtomically, writePartsFlushed } from './atomic-write.js'
import { encodeNpyHeader, readNpy } from './npy.js'
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js'

/** Numbers rounded at once. */
const NUMBERS_AT_ONCE = 1 << 18

type Format = '.npy' | '.safetensors'

function formatOf(path: string): Format {
  const extension = typeof path === 'string' ? extname(path).toLowerCase() : ''
  if (extension === '.npy' || extension === '.safetensors') return extension
  throw new KindredError('ERR_VALUE', `Matrix: expected a file .npy or .safetensors but received ${show(path)}.`)
}

/** A .npy file holds one array, without a name. */
function refuseName(path: string, name: string | undefined): void {
  if (name !== undefined)
    throw new KindredError(
      'ERR_VALUE',
      `tensor: of .safetensors files, but ${path} is a .npy file, which has no names.`,
    )
}

/** @throws ERR_VALUE, ERR_DATA, ERR_IO, ERR_ABORTED */
export async function readMatrixFile(
  path: string,
  name: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const format = formatOf(path)
  throwIfAborted(signal)
  if (format === '.safetensors') return readTensor(path, name, signal)
  refuseName(path, name)
  try {
    return await readNpy(path, signal)
  } catch (cause) {
    throw systemError(`${path}: cannot be read`, cause)
  }
}

async function readTensor(path: string, name: string | undefined, signal: AbortSignal | undefined): Promise<Matrix> {
  const { tensors } = await readSafetensors(path, { signal }).catch((cause: KindredError) => {
    throw cause.code === 'ERR_MODEL_FILE' ? new KindredError('ERR_DATA', cause.message, { cause }) : cause
  })
  const names = [...tensors.keys()]
  if (name === undefined && names.length !== 1)
    throw new KindredError(
      'ERR_DATA',
      `${path}: holds ${names.length} tensors; name one of them with { tensor }: ${names.map(show).join(', ')}.`,
    )
  const tensor = tensors.get(name ?? names[0]!)
  if (tensor === undefined)
    throw new KindredError('ERR_DATA', `${path}: no tensor ${show(name)}. There are ${names.map(show).join(', ')}.`)
  return matrixOf(path, tensor, signal)
}

async function matrixOf(path: string, { shape, data }: Tensor, signal: AbortSignal | undefined): Promise<Matrix> {
  const floats = isFloat64Array(data) ? await rounded(data, signal) : data
  if (shape.length !== 2 || !isFloat32Array(floats))
    throw new KindredError(
      'ERR_DATA',
      `${path}: expected a tensor of floats with 2 dimensions but found ${data[Symbol.toStringTag]} [${shape.join(', ')}].`,
    )
  return { rows: shape[0]!, cols: shape[1]!, data: floats }
}

async function rounded(wide: Float64Array, signal: AbortSignal | undefined): Promise<Float32Array> {
  const out = new Float32Array(wide.length)
  await new LoopYielder(signal).over(wide.length, NUMBERS_AT_ONCE, (begin, end) =>
    out.set(wide.subarray(begin, end), begin),
  )
  return out
}

/** @throws ERR_VALUE, ERR_IO, ERR_ABORTED */
export async function writeMatrixFile(
  path: string,
  { rows, cols, data }: Matrix,
  name: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const format = formatOf(path)
  throwIfAborted(signal)
  if (format === '.npy') {
    refuseName(path, name)
    const parts = [encodeNpyHeader(rows, cols), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
    await writeAtomically(path, (temporary) => writePartsFlushed(temporary, parts, { signal }))
  } else {
    const tensors = { [name ?? 'matrix']: { shape: [rows, cols], data } }
    await writeAtomically(path, (temporary) => writeSafetensors(temporary, tensors, { signal }))
  }
}
