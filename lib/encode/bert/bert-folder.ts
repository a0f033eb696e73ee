import { join } from 'node:path'
import { INDEX_ENDING, readTensorMatrix, readTensorNames } from '../../data/storage/tensor-file.js'
import { KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { isThere, readObject } from '../folder-json.js'
import { type Architecture, fileName, type HeadKind, headTensors, namesInFiles } from './architecture.js'
import { bertConfigOf } from './architectures/index.js'
import { type BertConfig, bertShapes } from './bert-config.js'

/** A Hugging Face folder of a model of BERT's family. */
export interface BertFolder {
  readonly folder: string
  readonly architecture: Architecture
  /** The head whose tensors are looked for. */
  readonly head: HeadKind
  readonly config: BertConfig
  /** The parsed config.json. */
  readonly json: Readonly<Record<string, unknown>>
  /** The file of the tensors, or the index of several; undefined for a model that is not from a folder. */
  readonly file: string | undefined
  /** The name in the file of each tensor of the encoder and the head, by its name here. */
  readonly tensors: ReadonlyMap<string, string>
  /** Whether there are tensors of an adapter that is no part of others. */
  readonly hasAdapter: boolean
}

/** Tensors of an adapter that is no part of others. */
const ADAPTER = /\.adapter\.(?:down|up)\./

const FILES = ['model.safetensors', `model${INDEX_ENDING}`]

async function findWeights(folder: string): Promise<string> {
  for (const name of FILES) {
    const path = join(folder, name)
    if (await isThere(path)) return path
  }
  throw new KindredError(
    'ERR_ENCODER',
    `${folder}: there is no model.safetensors, whose weights are needed. Of a checkpoint of PyTorch, save_pretrained(folder) of transformers makes one.`,
  )
}

/**
 * Reads config.json and the names of the tensors of model.safetensors, or of several files with their index.
 * @throws ERR_ENCODER if one is missing or of another architecture, ERR_MODEL_FILE for a damaged file, ERR_IO
 */
export async function readBertFolder(folder: string, head: HeadKind): Promise<BertFolder> {
  const path = join(folder, 'config.json')
  const json = await readObject(path)
  if (json === undefined)
    throw new KindredError('ERR_ENCODER', `${folder}: expected a Hugging Face folder, but there is no config.json.`)
  const { architecture, config } = bertConfigOf(json, path)
  const file = await findWeights(folder)
  try {
    const there = new Set(await readTensorNames(file, 'ERR_MODEL_FILE'))
    const tensors = new Map<string, string>()
    for (const name of [...bertShapes(config).keys(), ...headTensors(architecture, head)])
      for (const found of namesInFiles(architecture, head, name))
        if (there.has(found) && !tensors.has(name)) tensors.set(name, found)
    const { prefix } = architecture
    const adapters = [...there].filter((found) => ADAPTER.test(found))
    for (const found of adapters) tensors.set(found.startsWith(prefix) ? found.slice(prefix.length) : found, found)
    return { folder, architecture, head, config, json, file, tensors, hasAdapter: adapters.length > 0 }
  } catch (cause) {
    throw systemError(`${file}: cannot be read`, cause)
  }
}

/**
 * The numbers of a tensor of this shape, rounded to 32 bits.
 * @throws ERR_ENCODER for one that is missing or of another shape, ERR_MODEL_FILE, ERR_IO, ERR_ABORTED
 */
export async function readTensor(
  { folder, architecture, head, file, tensors }: BertFolder,
  name: string,
  shape: readonly number[],
  signal?: AbortSignal,
): Promise<Float32Array> {
  const found = tensors.get(name)
  if (file === undefined || found === undefined)
    throw new KindredError(
      'ERR_ENCODER',
      `${folder}: its weights have no tensor "${fileName(architecture, head, name)}".`,
    )
  try {
    const { rows, cols, data } = await readTensorMatrix(file, found, signal, 'ERR_MODEL_FILE')
    const [first, second] = shape.length === 1 ? [1, shape[0]] : shape
    if (rows === first && cols === second) return data
    throw new KindredError(
      'ERR_ENCODER',
      `${file}: tensor "${found}": expected [${shape.join(', ')}], as config.json says, but found [${rows}, ${cols}].`,
    )
  } catch (cause) {
    throw systemError(`${file}: cannot be read`, cause)
  }
}
