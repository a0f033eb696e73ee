import { join } from 'node:path'
import { INDEX_ENDING, readTensorMatrix, readTensorNames } from '../../data/storage/tensor-file.js'
import { isThere, readObject } from '../../encode/folder-json.js'
import { KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import type { Weights } from '../weights.js'
import { type BertConfig, bertConfigOf, bertShapes } from './bert-config.js'

/** A Hugging Face folder of a BERT model. */
export interface BertFolder {
  readonly folder: string
  readonly config: BertConfig
  /** The parsed config.json. */
  readonly json: Readonly<Record<string, unknown>>
  /** The file of the tensors, or the index of several; undefined for a model that is not from a folder. */
  readonly file: string | undefined
  /** The name in the file of each tensor, by its name without the prefix of the encoder. */
  readonly tensors: ReadonlyMap<string, string>
}

const PREFIX = /^(?:bert|model)\./
const FILES = ['model.safetensors', `model${INDEX_ENDING}`]

async function findWeights(folder: string): Promise<string> {
  for (const name of FILES) {
    const path = join(folder, name)
    if (await isThere(path)) return path
  }
  throw new KindredError(
    'ERR_ENCODER',
    `${folder}: there is no model.safetensors, which training begins with. Of a checkpoint of PyTorch, save_pretrained(folder) of transformers makes one.`,
  )
}

/**
 * Reads config.json and the names of the tensors of model.safetensors, or of several files with their index.
 * @throws ERR_ENCODER if one is missing or no BERT model, ERR_MODEL_FILE for a damaged file, ERR_IO
 */
export async function readBertFolder(folder: string): Promise<BertFolder> {
  const path = join(folder, 'config.json')
  const json = await readObject(path)
  if (json === undefined)
    throw new KindredError('ERR_ENCODER', `${folder}: expected a Hugging Face folder, but there is no config.json.`)
  const config = bertConfigOf(json, path)
  const file = await findWeights(folder)
  try {
    const names = await readTensorNames(file, 'ERR_MODEL_FILE')
    return { folder, config, json, file, tensors: new Map(names.map((name) => [name.replace(PREFIX, ''), name])) }
  } catch (cause) {
    throw systemError(`${file}: cannot be read`, cause)
  }
}

/** Declares the encoder's weights and fills them. @throws ERR_ENCODER, ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadBertWeights(weights: Weights, folder: BertFolder, signal?: AbortSignal): Promise<void> {
  for (const [name, shape] of bertShapes(folder.config)) {
    weights.declare(name, shape)
    await weights.write(name, await readTensor(folder, name, shape, signal))
  }
}

/**
 * The numbers of a tensor of this shape, rounded to 32 bits.
 * @throws ERR_ENCODER for one that is missing or of another shape, ERR_MODEL_FILE, ERR_IO, ERR_ABORTED
 */
export async function readTensor(
  { folder, file, tensors }: BertFolder,
  name: string,
  shape: readonly number[],
  signal?: AbortSignal,
): Promise<Float32Array> {
  const found = tensors.get(name)
  if (file === undefined || found === undefined)
    throw new KindredError('ERR_ENCODER', `${folder}: its weights have no tensor "${name}".`)
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
