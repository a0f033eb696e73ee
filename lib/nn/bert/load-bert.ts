import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensors, type Tensor } from '../../data/storage/safetensors.js'
import { KindredError } from '../../native/errors.js'
import { readJsonObject } from '../../native/read-json.js'
import { isMissing } from '../../native/system-errors.js'
import type { Weights } from '../weights.js'
import { type BertConfig, bertConfigOf, bertShapes } from './bert-config.js'

/** A Hugging Face folder of a BERT model. */
export interface BertFolder {
  readonly folder: string
  readonly config: BertConfig
  /** The parsed config.json. */
  readonly json: Readonly<Record<string, unknown>>
  /** All tensors by name, without the prefix of the encoder. */
  readonly tensors: ReadonlyMap<string, Tensor>
}

const PREFIX = /^(?:bert|model)\./

/**
 * Reads config.json and model.safetensors of a folder.
 * @throws ERR_ENCODER if one is missing or no BERT model, ERR_MODEL_FILE for a damaged file, ERR_ABORTED
 */
export async function readBertFolder(folder: string, signal?: AbortSignal): Promise<BertFolder> {
  const path = join(folder, 'config.json')
  const json = await readJsonObject(path)
  if (json === undefined)
    throw new KindredError('ERR_ENCODER', `${folder}: expected a Hugging Face folder, but there is no config.json.`)
  const config = bertConfigOf(json, path)
  const file = join(folder, 'model.safetensors')
  await access(file).catch((cause) => {
    if (!isMissing(cause)) throw cause
    throw new KindredError(
      'ERR_ENCODER',
      `${folder}: there is no model.safetensors, which training begins with. Of a checkpoint of PyTorch, save_pretrained(folder, safe_serialization=True) of transformers makes one.`,
      { cause },
    )
  })
  const { tensors } = await readSafetensors(file, { signal })
  return {
    folder,
    config,
    json,
    tensors: new Map([...tensors].map(([name, tensor]) => [name.replace(PREFIX, ''), tensor])),
  }
}

/** Declares the encoder's weights and fills them. @throws ERR_ENCODER for a tensor that is missing or of another shape */
export async function loadBertWeights(weights: Weights, { folder, config, tensors }: BertFolder): Promise<void> {
  for (const [name, shape] of bertShapes(config)) {
    weights.declare(name, shape)
    await weights.write(name, tensorOf(folder, tensors, name, shape))
  }
}

/** The numbers of a tensor of this shape. @throws ERR_ENCODER */
export function tensorOf(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  shape: readonly number[],
): Float32Array {
  const tensor = tensors.get(name)
  if (tensor === undefined)
    throw new KindredError('ERR_ENCODER', `${folder}: model.safetensors has no tensor "${name}".`)
  const { data } = tensor
  if (!(data instanceof Float32Array) || tensor.shape.join() !== shape.join())
    throw new KindredError(
      'ERR_ENCODER',
      `${folder}: tensor "${name}": expected float32 [${shape.join(', ')}], as config.json says, but found [${tensor.shape.join(', ')}].`,
    )
  return data
}
