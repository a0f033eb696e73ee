import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Matrix } from '../../native/addon.js'
import { KindredError, show } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { writeAtomically, writeFlushed } from './atomic-write.js'
import { decodeNpy, encodeNpyHeader } from './npy.js'
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js'

type Format = '.npy' | '.safetensors'

function formatOf(path: string): Format {
  const extension = typeof path === 'string' ? extname(path).toLowerCase() : ''
  if (extension === '.npy' || extension === '.safetensors') return extension
  throw new KindredError('ERR_VALUE', `Matrix: expected a file .npy or .safetensors but received ${show(path)}.`)
}

/** @throws ERR_VALUE, ERR_DATA, ERR_IO */
export async function readMatrixFile(path: string, name: string | undefined): Promise<Matrix> {
  return formatOf(path) === '.npy' ? decodeNpy(path, await readWhole(path)) : readTensor(path, name)
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw systemError(`${path}: cannot be read`, cause)
  }
}

async function readTensor(path: string, name: string | undefined): Promise<Matrix> {
  const { tensors } = await readSafetensors(path).catch((cause: KindredError) => {
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
  return matrixOf(path, tensor)
}

function matrixOf(path: string, { shape, data }: Tensor): Matrix {
  const floats = data instanceof Float64Array ? Float32Array.from(data) : data
  if (shape.length !== 2 || !(floats instanceof Float32Array))
    throw new KindredError(
      'ERR_DATA',
      `${path}: expected a tensor of floats with 2 dimensions but found ${data.constructor.name} [${shape.join(', ')}].`,
    )
  return { rows: shape[0]!, cols: shape[1]!, data: floats }
}

/** @throws ERR_VALUE, ERR_IO */
export async function writeMatrixFile(path: string, matrix: Matrix, name: string): Promise<void> {
  const format = formatOf(path)
  const { rows, cols, data } = matrix
  await writeAtomically(path, (temporary) =>
    format === '.npy'
      ? writeFlushed(
          temporary,
          encodeNpyHeader(rows, cols),
          new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        )
      : writeSafetensors(temporary, { [name]: { shape: [rows, cols], data } }),
  )
}
