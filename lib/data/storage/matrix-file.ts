import type { Matrix } from '../../native/addon.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { writeAtomically, writePartsFlushed } from './atomic-write.js'
import { encodeNpyHeader, readNpy } from './npy.js'
import { writeSafetensors } from './safetensors.js'
import { METADATA } from './safetensors-header.js'
import { INDEX_ENDING, readTensorMatrix } from './tensor-file.js'

const WRITTEN = ['.npy', '.safetensors']
const READ = [...WRITTEN, INDEX_ENDING]

/** Whether the file is of safetensors, by the ending of its name, which is one of `endings`. */
function isSafetensors(path: string, endings: readonly string[]): boolean {
  const ending = typeof path === 'string' ? endings.find((legal) => path.toLowerCase().endsWith(legal)) : undefined
  if (ending !== undefined) return ending !== '.npy'
  throw new KindredError('ERR_VALUE', `Matrix: expected a file ${endings.join(' or ')} but received ${show(path)}.`)
}

/** A .npy file holds one array, without a name; in a safetensors file a name is any text but that of the metadata. */
function checkName(path: string, name: unknown, named: boolean): void {
  if (name === undefined) return
  if (!named)
    throw new KindredError(
      'ERR_VALUE',
      `tensor: of .safetensors files, but ${path} is a .npy file, which has no names.`,
    )
  if (typeof name !== 'string' || name === METADATA || /\p{Surrogate}/u.test(name))
    throw new KindredError('ERR_VALUE', `tensor: expected the name of a tensor but received ${show(name)}.`)
}

/** @throws ERR_VALUE, ERR_DATA, ERR_TOO_LARGE, ERR_OUT_OF_MEMORY, ERR_IO, ERR_ABORTED */
export async function readMatrixFile(
  path: string,
  name: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const named = isSafetensors(path, READ)
  checkName(path, name, named)
  throwIfAborted(signal)
  try {
    return named ? await readTensorMatrix(path, name, signal, 'ERR_DATA') : await readNpy(path, signal)
  } catch (cause) {
    throw systemError(`${path}: cannot be read`, cause)
  }
}

/** @throws ERR_VALUE, ERR_IO, ERR_ABORTED */
export async function writeMatrixFile(
  path: string,
  { rows, cols, data }: Matrix,
  name: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const named = isSafetensors(path, WRITTEN)
  checkName(path, name, named)
  throwIfAborted(signal)
  if (!named) {
    const parts = [encodeNpyHeader(rows, cols), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
    await writeAtomically(path, (temporary) => writePartsFlushed(temporary, parts, { signal }))
  } else {
    const tensors = { [name ?? 'matrix']: { shape: [rows, cols], data } }
    await writeAtomically(path, (temporary) => writeSafetensors(temporary, tensors, { signal }))
  }
}
