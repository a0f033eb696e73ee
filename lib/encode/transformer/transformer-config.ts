import { join } from 'node:path'
import { show } from '../../native/errors.js'
import { checkKeys, isObject, type JsonObject, readFlag, readObject, refuse } from '../folder-json.js'

/** What a Transformer module says of its texts. */
export interface TransformerConfig {
  /** Longest text in tokens, where it says so. */
  maxTokens: number | undefined
  /** Texts are lowercased before anything else. */
  lowercase: boolean
  /** What takes precedence over tokenizer_config.json. */
  tokenizer: JsonObject
}

/** The files in which sentence-transformers looks for it; the first that says anything rules. */
const FILES = ['bert', 'roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
  (kind) => `sentence_${kind}_config.json`,
)

/** Of PyTorch's model and of tasks other than embedding: they change nothing here, since the ONNX model runs. */
const WITHOUT_EFFECT = [
  'model_args',
  'model_kwargs',
  'config_args',
  'config_kwargs',
  'unpad_inputs',
  'query_length',
  'document_length',
  'query_expansion',
]

const KNOWN = [
  'max_seq_length',
  'do_lower_case',
  'tokenizer_args',
  'processor_kwargs',
  'transformer_task',
  'modality_config',
  'module_output_name',
  'processing_kwargs',
  'tokenizer_name_or_path',
  ...WITHOUT_EFFECT,
]

/** Of the tokenizer's loading, and of padding, which changes no vector here. */
const OF_LOADING = [
  'use_fast',
  'padding_side',
  'trust_remote_code',
  'token',
  'revision',
  'code_revision',
  'cache_dir',
  'local_files_only',
]
const OF_TOKENIZER = ['model_max_length', 'truncation_side', 'do_lower_case', 'strip_accents', 'tokenize_chinese_chars']

/** @param folder of the transformer's files @throws ERR_ENCODER for what cannot be done as it says */
export async function readTransformerConfig(folder: string): Promise<TransformerConfig> {
  for (const file of FILES) {
    const path = join(folder, file)
    const config = await readObject(path)
    if (config === undefined || Object.keys(config).length === 0) continue
    checkKeys(path, config, KNOWN)
    checkTask(path, config)
    const tokenizer = config.processor_kwargs ?? config.tokenizer_args ?? {}
    if (!isObject(tokenizer))
      return refuse(path, `expected an object as the arguments of the tokenizer but found ${show(tokenizer)}`)
    checkKeys(path, tokenizer, [...OF_TOKENIZER, ...OF_LOADING])
    const length = tokenizer.model_max_length ?? config.max_seq_length ?? undefined
    if (length !== undefined && !(typeof length === 'number' && length >= 1))
      refuse(path, `max_seq_length: expected a positive number of tokens but found ${show(length)}`)
    return {
      maxTokens: length as number | undefined,
      lowercase: readFlag(path, config, 'do_lower_case', false),
      tokenizer: Object.fromEntries(Object.entries(tokenizer).filter(([key]) => OF_TOKENIZER.includes(key))),
    }
  }
  return { maxTokens: undefined, lowercase: false, tokenizer: {} }
}

/** Refuses what gives other vectors than the states of a plain text's tokens, pooled. */
function checkTask(path: string, config: JsonObject): void {
  const expect = (key: string, expected: string) => {
    if ((config[key] ?? expected) !== expected)
      refuse(path, `${key}: expected ${show(expected)} but found ${show(config[key])}, which cannot be run here`)
  }
  expect('transformer_task', 'feature-extraction')
  expect('module_output_name', 'token_embeddings')
  if (config.tokenizer_name_or_path != null)
    refuse(
      path,
      `tokenizer_name_or_path: the tokenizer must lie in the folder, but it is ${show(config.tokenizer_name_or_path)}`,
    )
  if (isObject(config.processing_kwargs) && Object.keys(config.processing_kwargs).length > 0)
    refuse(path, `processing_kwargs: expected none but found ${Object.keys(config.processing_kwargs).join(', ')}`)
  if (config.modality_config == null) return
  const modalities = isObject(config.modality_config) ? config.modality_config : {}
  if ('message' in modalities)
    refuse(path, 'modality_config: texts would go through a chat template (message), which cannot be run here')
  const { method, method_output_name } = isObject(modalities.text) ? modalities.text : ({} as JsonObject)
  if (method !== 'forward' || String(method_output_name) !== 'last_hidden_state')
    refuse(
      path,
      `modality_config: expected a text with the method "forward" and its output "last_hidden_state" but found ${show(method)} and ${show(method_output_name)}`,
    )
}
