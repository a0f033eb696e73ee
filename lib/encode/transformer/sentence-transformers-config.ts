import { show } from '../../native/errors.js'
import { isObject, readObject, refuse } from '../folder-json.js'

/** How the vectors of an encoder are to be compared, as sentence-transformers names it. */
export type EncoderSimilarity = 'cosine' | 'dot' | 'euclidean' | 'manhattan'

/** What config_sentence_transformers.json says of texts and vectors. */
export interface SentenceTransformersConfig {
  /** What is put before a text, by name. */
  prompts: Readonly<Record<string, string>>
  /** Of them, the one that is put before a text where nothing else is said; null: none. */
  defaultPromptName: string | null
  /** Vectors are cut to so many numbers; null: they are whole. */
  truncateDims: number | null
  similarity: EncoderSimilarity
}

/** Every model has them, empty where the file does not say otherwise. */
const PROMPTS = { query: '', document: '' }
const SIMILARITIES: readonly unknown[] = ['cosine', 'dot', 'euclidean', 'manhattan']

export const NO_CONFIG: SentenceTransformersConfig = {
  prompts: PROMPTS,
  defaultPromptName: null,
  truncateDims: null,
  similarity: 'cosine',
}

/**
 * Reads config_sentence_transformers.json; its other keys are versions and the like.
 * @throws ERR_ENCODER for a model of another kind, or values that are none
 */
export async function readSentenceTransformersConfig(path: string): Promise<SentenceTransformersConfig> {
  const config = (await readObject(path)) ?? {}
  const { model_type = 'SentenceTransformer', truncate_dim: dims = null, similarity_fn_name } = config
  if (model_type !== 'SentenceTransformer')
    refuse(
      path,
      `expected a model of the type "SentenceTransformer" but found ${show(model_type)}, which makes no such vectors`,
    )
  const given = config.prompts ?? {}
  if (!isObject(given)) return refuse(path, `prompts: expected an object of texts but found ${show(given)}`)
  const prompts: Record<string, string> = { ...PROMPTS }
  for (const [name, prompt] of Object.entries(given)) {
    if (prompt !== null && typeof prompt !== 'string')
      return refuse(path, `prompts: expected a text as ${show(name)} but found ${show(prompt)}`)
    prompts[name] = prompt ?? ''
  }
  const name = config.default_prompt_name ?? null
  if (name !== null && !(typeof name === 'string' && Object.hasOwn(prompts, name)))
    refuse(path, `there is no prompt ${show(name)}, its default_prompt_name`)
  if (dims !== null && !(Number.isSafeInteger(dims) && (dims as number) >= 1))
    refuse(path, `truncate_dim: expected a positive integer but found ${show(dims)}`)
  return {
    prompts,
    defaultPromptName: name as string | null,
    truncateDims: dims as number | null,
    // A name that it does not know leaves sentence-transformers at its default, too.
    similarity: SIMILARITIES.includes(similarity_fn_name) ? (similarity_fn_name as EncoderSimilarity) : 'cosine',
  }
}
