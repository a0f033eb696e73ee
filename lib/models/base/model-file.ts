import type { Tensor } from '../../data/storage/safetensors.js'
import { type FolderKind, loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { idsToTensors, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import type { FittedLog } from './fitted-log.js'

const KIND: FolderKind = { kind: 'model' }

/** What a model adds to the ids and histories that all of them keep. */
export interface ModelParts {
  algorithm: string
  options: Readonly<Record<string, unknown>>
  tensors: Record<string, Tensor>
}

export interface SavedModel {
  dir: string
  algorithm: string
  options: Record<string, unknown>
  log: FittedLog
  tensors: SavedTensors
  /** Of the call that loads it. */
  signal: AbortSignal | undefined
}

/** A sparse matrix as tensors; {@link readCsr} reads them. */
export function csrTensors(prefix: string, csr: Csr): Record<string, Tensor> {
  return {
    [`${prefix}.indptr`]: vectorTensor(csr.indptr),
    [`${prefix}.indices`]: vectorTensor(csr.indices),
    [`${prefix}.values`]: vectorTensor(csr.values ?? new Float32Array(csr.indices.length).fill(1)),
  }
}

/** The sparse matrix [rows, cols] that {@link csrTensors} stored under `prefix`. @throws ERR_MODEL_FILE */
export async function readCsr(
  dir: string,
  tensors: SavedTensors,
  prefix: string,
  rows: number,
  cols: number,
  signal?: AbortSignal,
): Promise<Csr> {
  const indptr = tensors.vector(`${prefix}.indptr`, Int32Array, rows + 1)
  const indices = tensors.vector(`${prefix}.indices`, Int32Array)
  const values = tensors.vector(`${prefix}.values`, Float32Array, indices.length)
  let valid = indptr[0] === 0 && indptr[rows] === indices.length
  await new LoopYielder(signal).over(rows, 1 << 10, (first, until) => {
    for (let row = first; valid && row < until; row++) {
      const end = indptr[row + 1]!
      valid = end >= indptr[row]! && end <= indices.length
      for (let n = indptr[row]!, last = -1; valid && n < end; last = indices[n++]!)
        valid = indices[n]! > last && indices[n]! < cols
    }
  })
  if (!valid)
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its matrix "${prefix}" is damaged. Save the model again.`)
  return { rows, cols, indptr, indices, values }
}

/** Writes a model, atomically, over an older one if there is one. @throws ERR_IO, ERR_ABORTED */
export async function saveModel(
  dir: string,
  log: FittedLog,
  parts: ModelParts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const contents = {
    config: {
      algorithm: parts.algorithm,
      options: parts.options,
      users: log.users.size,
      items: log.items.size,
      interactions: log.seen.indices.length,
    },
    tensors: {
      ...(await idsToTensors('users', log.users, signal)),
      ...(await idsToTensors('items', log.items, signal)),
      ...csrTensors('seen', log.seen),
      ...parts.tensors,
    },
  }
  await saveFolder(dir, KIND, contents, { signal })
}

/** A folder of a model, of whatever kind. */
export type ModelFolder = Awaited<ReturnType<typeof readModelFolder>>

/** Reads a folder of a model. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export function readModelFolder(dir: string, signal: AbortSignal | undefined) {
  return loadFolder(dir, KIND, { signal })
}

/** Reads what all models share. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function readModel(dir: string, signal: AbortSignal | undefined): Promise<SavedModel> {
  return modelOf(dir, await readModelFolder(dir, signal), signal)
}

/** The model of a folder. @throws ERR_MODEL_FILE, ERR_ABORTED */
export async function modelOf(
  dir: string,
  { config, tensors }: ModelFolder,
  signal: AbortSignal | undefined,
): Promise<SavedModel> {
  const { algorithm, options } = config
  if (typeof algorithm !== 'string' || typeof options !== 'object' || options === null)
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its config.json names no algorithm. Save the model again.`)
  const users = await tensors.ids('users', signal)
  const items = await tensors.ids('items', signal)
  const seen = await readCsr(dir, tensors, 'seen', users.size, items.size, signal)
  return { dir, algorithm, options: options as Record<string, unknown>, log: { users, items, seen }, tensors, signal }
}
