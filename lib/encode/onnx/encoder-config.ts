import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KindredError, show } from '../../native/errors.js'
import { isMissing, systemError } from '../../native/system-errors.js'
import { type EncoderDtype, findModelFile } from './find-model-file.js'

/** What a folder says about its encoder, with defaults where it says nothing. */
export interface EncoderConfig {
  folder: string
  /** Path of the ONNX file. */
  model: string
  tokenizer: string
  /** Path of tokenizer_config.json, or null. */
  tokenizerConfig: string | null
  /** Longest text in tokens, special tokens included. */
  maxTokens: number
  pooling: 'cls' | 'mean' | 'max'
  normalize: boolean
  /** Texts are lowercased before tokenisation. */
  lowercase: boolean
  /** Put before each text. */
  prompt: string
}

interface Module {
  type?: unknown
  path?: unknown
}

interface ModelConfig {
  model_type?: string
  max_position_embeddings?: number
  pad_token_id?: number
}

const DEFAULT_MAX_TOKENS = 512

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw systemError(`${path} cannot be read`, error, 'ERR_ENCODER')
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new KindredError('ERR_ENCODER', `${path} is not valid JSON: ${(cause as Error).message}`, { cause })
  }
}

async function readObject(path: string): Promise<Record<string, unknown> | undefined> {
  const value = await readJson(path)
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value)))
    return value as Record<string, unknown> | undefined
  throw new KindredError('ERR_ENCODER', `${path}: expected a JSON object.`)
}

/** The kinds of modules in modules.json, in order, and the pooling module's folder. */
async function readModules(folder: string): Promise<{ pooling: string | null; normalize: boolean } | undefined> {
  const path = join(folder, 'modules.json')
  const modules = await readJson(path)
  if (modules === undefined) return undefined
  if (!Array.isArray(modules)) throw new KindredError('ERR_ENCODER', `${path}: expected a list of modules.`)
  let pooling: string | null = null
  let normalize = false
  for (const module of modules as (Module | null)[]) {
    if (module === null || typeof module !== 'object')
      throw new KindredError('ERR_ENCODER', `${path}: expected objects, each a module, but found ${show(module)}.`)
    const { type, path: where } = module
    const kind = String(type).split('.').at(-1)
    if (kind === 'Pooling') pooling = String(where)
    else if (kind === 'Normalize') normalize = true
    else if (kind !== 'Transformer')
      throw new KindredError(
        'ERR_ENCODER',
        `${path}: a module of type ${String(type)} cannot be run. Supported: Transformer, Pooling, Normalize.`,
      )
  }
  return { pooling, normalize }
}

const MODES: Record<string, 'cls' | 'mean' | 'max'> = {
  cls: 'cls',
  cls_token: 'cls',
  mean: 'mean',
  mean_tokens: 'mean',
  max: 'max',
  max_tokens: 'max',
}

async function readPooling(path: string): Promise<'cls' | 'mean' | 'max'> {
  const config = await readObject(path)
  if (config === undefined) throw new KindredError('ERR_ENCODER', `${path} is missing, yet modules.json names it.`)
  const flags = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true)
  const named = config.pooling_mode === undefined ? [] : [config.pooling_mode].flat().map(String)
  const modes = [...flags.map((key) => key.slice('pooling_mode_'.length)), ...named]
  const mode = modes.length === 1 ? MODES[modes[0]!] : undefined
  if (mode !== undefined) return mode
  throw new KindredError(
    'ERR_ENCODER',
    `${path}: expected one pooling mode out of cls, mean and max but found ${modes.join(' and ') || 'none'}.`,
  )
}

/** The prompt that config_sentence_transformers.json puts before every text by default. */
async function readPrompt(path: string): Promise<string> {
  const config = await readObject(path)
  const name = config?.default_prompt_name
  if (typeof name !== 'string') return ''
  const prompt = (config?.prompts as Record<string, unknown> | undefined)?.[name]
  if (typeof prompt === 'string') return prompt
  throw new KindredError('ERR_ENCODER', `${path}: there is no prompt "${name}", its default_prompt_name.`)
}

/** Positions that the model has for tokens; RoBERTa and models derived from it reserve pad_token_id + 1 of them. */
function positions(config: ModelConfig): number {
  const spent = /roberta|camembert|mpnet/.test(config.model_type ?? '') ? (config.pad_token_id ?? 1) + 1 : 0
  return (config.max_position_embeddings ?? Infinity) - spent
}

function sane(length: unknown): number {
  return typeof length === 'number' && length >= 1 && length < 1e9 ? Math.floor(length) : Infinity
}

/**
 * Reads a Hugging Face style folder. `sentence_bert_config.json`, `modules.json` and the pooling module's `config.json`
 * take precedence; without them a text takes at most min(`model_max_length` of tokenizer_config.json, `max_position_embeddings` of
 * config.json) tokens, 512 if neither says, and vectors are mean-pooled and not normalised (what sentence-transformers
 * makes of such a folder). Truncation and padding inside tokenizer.json are ignored. A default
 * prompt in config_sentence_transformers.json is put before every text.
 * @throws ERR_ENCODER naming the files that were looked for, or the one at fault
 */
export async function readEncoderConfig(folder: string, dtype: EncoderDtype): Promise<EncoderConfig> {
  const missing: string[] = []
  for (const name of ['tokenizer.json', 'config.json'])
    await access(join(folder, name)).catch((cause) => {
      if (!isMissing(cause)) throw systemError(`${join(folder, name)} cannot be read`, cause, 'ERR_ENCODER')
      missing.push(name)
    })
  const files = await findModelFile(folder, dtype)
  if (files.available.length === 0) missing.push('onnx/model.onnx or model.onnx')
  if (missing.length > 0)
    throw new KindredError(
      'ERR_ENCODER',
      `${folder} is no encoder: looked for tokenizer.json, config.json and onnx/model.onnx or model.onnx (or a variant of it), and did not find ${missing.join(', ')}.`,
    )
  if (files.path === undefined)
    throw new KindredError(
      'ERR_ENCODER',
      `${folder} has no model for dtype '${dtype}' (looked for ${files.tried.join(', ')}). There are: ${files.available.join(', ')}.`,
    )
  const config = (await readObject(join(folder, 'config.json'))) as ModelConfig
  const tokenizerConfigPath = join(folder, 'tokenizer_config.json')
  const tokenizerConfig = await readObject(tokenizerConfigPath)
  const sentenceBert = await readObject(join(folder, 'sentence_bert_config.json'))
  const modules = await readModules(folder)
  const longest = positions(config)
  const maxTokens = Math.min(sane(sentenceBert?.max_seq_length ?? tokenizerConfig?.model_max_length), sane(longest))
  return {
    folder,
    model: files.path,
    tokenizer: join(folder, 'tokenizer.json'),
    tokenizerConfig: tokenizerConfig === undefined ? null : tokenizerConfigPath,
    maxTokens: maxTokens === Infinity ? DEFAULT_MAX_TOKENS : maxTokens,
    pooling: modules?.pooling == null ? 'mean' : await readPooling(join(folder, modules.pooling, 'config.json')),
    normalize: modules?.normalize ?? false,
    lowercase: sentenceBert?.do_lower_case === true,
    prompt: await readPrompt(join(folder, 'config_sentence_transformers.json')),
  }
}
