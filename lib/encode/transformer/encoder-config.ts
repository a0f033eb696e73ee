import { join } from 'node:path'
import { KindredError } from '../../native/errors.js'
import { isThere, type JsonObject, readObject, refuse } from '../folder-json.js'
import { type ModulePlan, readModules } from '../modules/read-modules.js'
import { type EncoderDtype, findModelFile, type ModelFiles } from '../onnx/find-model-file.js'
import type { PoolingMode } from '../pooling/pooling-modes.js'
import {
  NO_CONFIG,
  readSentenceTransformersConfig,
  type SentenceTransformersConfig,
} from './sentence-transformers-config.js'
import { readTransformerConfig, type TransformerConfig } from './transformer-config.js'

/** What a folder says about its encoder, with defaults where it says nothing. */
export interface EncoderConfig extends SentenceTransformersConfig, Omit<ModulePlan, 'transformer'> {
  folder: string
  /** The folder of the transformer's files. */
  inner: string
  /** Path of the ONNX file; undefined where none is needed. */
  model: string | undefined
  /** Path of tokenizer.json. */
  tokenizer: string
  /** tokenizer_config.json, and what takes precedence over it. */
  tokenizerConfig: JsonObject
  /** Longest text in tokens, special tokens included. */
  maxTokens: number
  /** Texts are lowercased before tokenisation. */
  lowercase: boolean
  /** Position of the first token, where the model asks for positions. */
  firstPosition: number
  /** Whether vectors are normalised in the end; not among `ofVectors`. */
  normalize: boolean
}

const DEFAULT_MAX_TOKENS = 512

/** Their positions begin after pad_token_id, so that they have fewer for tokens than max_position_embeddings. */
const ROBERTA_LIKE = /roberta|camembert|mpnet|longformer|xmod|data2vec-text|^ibert$|luke/

const NO_TRANSFORMER: TransformerConfig = { maxTokens: undefined, lowercase: false, tokenizer: {} }

function firstPosition({ model_type, pad_token_id }: JsonObject): number {
  if (model_type === 'mpnet') return 2 // transformers gives it the padding 1 whatever config.json says
  return ROBERTA_LIKE.test(String(model_type)) ? Number(pad_token_id ?? 1) + 1 : 0
}

function sane(length: unknown): number {
  return typeof length === 'number' && length >= 1 && length < 1e9 ? Math.floor(length) : Infinity
}

/** How the states of a model without modules.json are pooled: the last one of a causal language model, else the mean. */
function defaultPooling({ architectures, is_causal = true }: JsonObject): PoolingMode {
  const name = Array.isArray(architectures) ? String(architectures[0]) : ''
  return name.endsWith('ForCausalLM') && is_causal ? 'lasttoken' : 'mean'
}

/**
 * Reads a Hugging Face style folder, as sentence-transformers does. With modules.json, the modules that it lists rule,
 * with the files in their folders, and config_sentence_transformers.json; without, vectors are the mean of the states
 * (the last one of a causal language model), not normalised, and no other file of sentence-transformers is read.
 * @param dtype of the ONNX model; undefined if none is needed
 * @param reason why one is, for messages
 * @throws ERR_ENCODER naming the files that were looked for, or the one at fault
 */
export async function readEncoderConfig(
  folder: string,
  dtype: EncoderDtype | undefined,
  reason?: string,
): Promise<EncoderConfig> {
  const plan = await readModules(folder)
  const inner = join(folder, plan?.transformer ?? '')
  const model = await findFiles(folder, inner, dtype, reason)
  const config = (await readObject(join(inner, 'config.json')))!
  const transformer = plan === undefined ? NO_TRANSFORMER : await readTransformerConfig(inner)
  const tokenizerConfig = { ...(await readObject(join(inner, 'tokenizer_config.json'))), ...transformer.tokenizer }
  if (
    plan === undefined &&
    (tokenizerConfig.chat_template != null || (await isThere(join(inner, 'chat_template.jinja'))))
  )
    refuse(
      folder,
      'it has a chat_template, through which sentence-transformers puts every text where there is no modules.json; that cannot be run here. Add a modules.json, as SentenceTransformer.save writes it',
    )
  const first = firstPosition(config)
  const longest = sane((config.max_position_embeddings as number | undefined) ?? Infinity) - first
  const maxTokens = Math.min(sane(transformer.maxTokens ?? tokenizerConfig.model_max_length), sane(longest))
  const {
    transformer: _,
    ofVectors,
    ...modules
  } = plan ?? {
    transformer: '',
    ofStates: [],
    pooling: { modes: [defaultPooling(config)], includePrompt: true },
    ofVectors: [],
  }
  const end = ofVectors.findLastIndex(({ kind }) => kind !== 'Normalize') + 1
  return {
    ...(plan === undefined
      ? NO_CONFIG
      : await readSentenceTransformersConfig(join(folder, 'config_sentence_transformers.json'))),
    ...modules,
    ofVectors: ofVectors.slice(0, end),
    normalize: end < ofVectors.length,
    folder,
    inner,
    model,
    tokenizer: join(inner, 'tokenizer.json'),
    tokenizerConfig,
    maxTokens: maxTokens === Infinity ? DEFAULT_MAX_TOKENS : maxTokens,
    lowercase: transformer.lowercase,
    firstPosition: first,
  }
}

/** The path of the ONNX file, if one is needed, once all files are known to be there. @param inner the folder of the transformer's files */
async function findFiles(
  folder: string,
  inner: string,
  dtype: EncoderDtype | undefined,
  reason: string | undefined,
): Promise<string | undefined> {
  const missing: string[] = []
  for (const name of ['tokenizer.json', 'config.json']) if (!(await isThere(join(inner, name)))) missing.push(name)
  if (dtype === undefined) {
    if (missing.length === 0) return undefined
    throw new KindredError('ERR_ENCODER', `${inner} is no encoder: there is no ${missing.join(', and no ')}.`)
  }
  let files: ModelFiles = await findModelFile(inner, dtype)
  // Exports for JavaScript have it beside the other folders.
  if (files.available.length === 0 && inner !== folder) files = await findModelFile(folder, dtype)
  if (files.available.length === 0) missing.push('onnx/model.onnx or model.onnx')
  // Where other files are missing too, the reason would say the same once more.
  const why =
    reason !== undefined && missing.length === 1
      ? ` An ONNX model is looked for since ${reason.replace(/\.$/, '')}.`
      : ''
  if (missing.length > 0)
    throw new KindredError(
      'ERR_ENCODER',
      `${inner} is no encoder: looked for tokenizer.json, config.json and onnx/model.onnx or model.onnx (or a variant of it), and did not find ${missing.join(', ')}.${why}`,
    )
  if (files.path !== undefined) return files.path
  throw new KindredError(
    'ERR_ENCODER',
    `${inner} has no model for dtype '${dtype}' (looked for ${files.tried.join(', ')}). There are: ${files.available.join(', ')}.`,
  )
}
