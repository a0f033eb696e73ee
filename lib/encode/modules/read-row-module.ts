import { join } from 'node:path'
import { KindredError, show } from '../../native/errors.js'
import { checkKeys, isThere, type JsonObject, readFlag, readObject, readSize, refuse } from '../folder-json.js'
import { ACTIVATIONS } from './activations.js'
import type { DenseModule, LayerNormModule, RowModule } from './row-module.js'

/** What a module reads and replaces. */
export type Place = 'token_embeddings' | 'sentence_embedding'

/** A module, and what it works on. */
export interface PlacedModule {
  module: RowModule
  place: Place
}

const PLACES: readonly string[] = ['token_embeddings', 'sentence_embedding']
const NAMES = ['module_input_name', 'module_output_name']

/** The module of a kind in a folder of its own. @throws ERR_ENCODER */
export async function readRowModule(kind: RowModule['kind'], folder: string): Promise<PlacedModule> {
  const path = join(folder, 'config.json')
  const config = await readObject(path)
  if (kind === 'Normalize') {
    checkKeys(path, config ?? {}, NAMES)
    return { module: { kind }, place: readPlace(path, config ?? {}) }
  }
  if (config === undefined) return refuse(path, 'it is missing, yet modules.json names it')
  const weights = await findWeights(folder)
  if (kind === 'Dense') return { module: readDense(path, config, weights), place: readPlace(path, config) }
  return { module: readLayerNorm(path, config, weights), place: 'sentence_embedding' }
}

function readPlace(path: string, config: JsonObject): Place {
  const input = config.module_input_name ?? 'sentence_embedding'
  const output = config.module_output_name ?? input
  if (PLACES.includes(input as string) && input === output) return input as Place
  return refuse(
    path,
    `a module from ${show(input)} to ${show(output)} cannot be run. Supported: from ${PLACES.map(show).join(' or ')} to the same`,
  )
}

function readDense(path: string, config: JsonObject, weights: string): DenseModule {
  const keys = ['in_features', 'out_features', 'bias', 'activation_function', 'use_residual']
  checkKeys(path, config, [...keys, ...NAMES])
  const { activation_function: written = 'torch.nn.Tanh' } = config
  const named = typeof written === 'string' ? written : ''
  const activation = /^torch\.nn\.(?:modules\.(?:\w+\.)?)?(\w+)$/.exec(named)?.[1]
  if (activation === undefined || !Object.hasOwn(ACTIVATIONS, activation))
    refuse(
      path,
      `the activation ${show(written)} cannot be run. Supported, of torch.nn: ${Object.keys(ACTIVATIONS).join(', ')}`,
    )
  return {
    kind: 'Dense',
    weights,
    inputs: readSize(path, config, 'in_features'),
    outputs: readSize(path, config, 'out_features'),
    bias: readFlag(path, config, 'bias', true),
    activation: activation!,
    residual: readFlag(path, config, 'use_residual', false),
  }
}

function readLayerNorm(path: string, config: JsonObject, weights: string): LayerNormModule {
  checkKeys(path, config, ['dimension'])
  const dims = readSize(path, config, 'dimension')
  return { kind: 'LayerNorm', weights, inputs: dims, outputs: dims }
}

async function findWeights(folder: string): Promise<string> {
  const path = join(folder, 'model.safetensors')
  if (await isThere(path)) return path
  if (await isThere(join(folder, 'pytorch_model.bin')))
    throw new KindredError(
      'ERR_ENCODER',
      `${folder}: its weights are in pytorch_model.bin, a pickle that only PyTorch reads. A sentence-transformers of 2.3 or newer writes model.safetensors in its place: SentenceTransformer(folder).save(folder).`,
    )
  return refuse(folder, 'model.safetensors, the weights of this module, is missing')
}
