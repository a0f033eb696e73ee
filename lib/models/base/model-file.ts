import type { Tensor } from '../../data/storage/safetensors.js'
import {
  checkTarget,
  type FolderKind,
  loadFolder,
  readFolderConfig,
  saveFolder,
} from '../../data/storage/saved-folder.js'
import { idsToTensors, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Embedder } from '../../encode/embedder.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import type { FittedLog } from './fitted-log.js'
import { wholeLog } from './grown-log.js'
import { type NestedFolders, nestedFolder, saveNested } from './nested-folders.js'

const KIND: FolderKind = { kind: 'model' }

/** What a model adds to the ids and histories that all of them keep. */
export interface ModelParts {
  algorithm: string
  options: Readonly<Record<string, unknown>>
  tensors: Record<string, Tensor>
  /** What is saved in folders beside. */
  nested?: NestedFolders | undefined
}

export interface SavedModel {
  dir: string
  algorithm: string
  options: Record<string, unknown>
  log: FittedLog
  tensors: SavedTensors
  /** The folder, within that of the model, whose folders hold what it is made of; undefined: there is none */
  parts: string | undefined
  /** What makes vectors of texts, of the call that loads it. */
  embedders?: Readonly<Record<string, Embedder>> | undefined
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
  const { nested } = parts
  const seen = await wholeLog(log, signal)
  if (nested !== undefined) await checkTarget(dir, KIND)
  const config = {
    algorithm: parts.algorithm,
    options: parts.options,
    users: log.users.size,
    items: log.items.size,
    interactions: seen.indices.length,
  }
  await saveNested(dir, nested, signal, async (folder, inner) => {
    const tensors = {
      ...(await idsToTensors('users', log.users, signal)),
      ...(await idsToTensors('items', log.items, signal)),
      ...csrTensors('seen', seen),
      ...parts.tensors,
    }
    const contents = { config: { ...config, ...(folder !== undefined && { parts: folder }) }, tensors }
    await saveFolder(dir, KIND, contents, { signal, inner })
  })
}

/** A folder of a model, of whatever kind. */
export type ModelFolder = Awaited<ReturnType<typeof readModelFolder>>

/** Reads a folder of a model. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export function readModelFolder(dir: string, signal: AbortSignal | undefined) {
  return loadFolder(dir, KIND, { signal })
}

/** The model of a folder. @throws ERR_MODEL_FILE, ERR_ABORTED */
export async function modelOf(
  dir: string,
  { config, tensors }: ModelFolder,
  signal: AbortSignal | undefined,
): Promise<SavedModel> {
  const { algorithm, options, parts } = config
  if (typeof algorithm !== 'string' || typeof options !== 'object' || options === null)
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its config.json names no algorithm. Save the model again.`)
  const users = await tensors.ids('users', signal)
  const items = await tensors.ids('items', signal)
  const seen = await readCsr(dir, tensors, 'seen', users.size, items.size, signal)
  const log = { users, items, seen }
  const own = options as Record<string, unknown>
  return { dir, algorithm, options: own, log, tensors, parts: nestedFolder(dir, parts), signal }
}

/**
 * Makes something of a model's folder; anew where a save has replaced the parts that it names in the meantime.
 * @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED
 */
export async function withFolder<T>(
  dir: string,
  signal: AbortSignal | undefined,
  use: (folder: ModelFolder) => Promise<T>,
): Promise<T> {
  for (;;) {
    const folder = await readModelFolder(dir, signal)
    try {
      return await use(folder)
    } catch (error) {
      const { parts } = folder.config
      if (parts === undefined || signal?.aborted) throw error
      if ((await readFolderConfig(dir, KIND)).parts === parts) throw error
    }
  }
}

/** The same of a model of items for users. */
export function withSavedModel<T>(
  dir: string,
  signal: AbortSignal | undefined,
  use: (saved: SavedModel) => Promise<T>,
): Promise<T> {
  return withFolder(dir, signal, async (folder) => use(await modelOf(dir, folder, signal)))
}
