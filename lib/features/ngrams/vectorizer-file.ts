import type { Tensor } from '../../data/storage/safetensors.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import type { SavedTensors } from '../../data/storage/saved-tensors.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import { KindredError } from '../../native/errors.js'
import { type FittedVocabulary, type VocabularyReport, vocabularyOf } from './fitted-vocabulary.js'
import { type CountVectorizerOptions, completeCountOptions } from './vocabulary-options.js'

/** A folder of config.json (the options) and one safetensors file. */
export interface SavedVectorizer {
  readonly options: Record<string, unknown>
  readonly vocabulary: FittedVocabulary
  readonly tensors: SavedTensors
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * Saves the options, and as tensors the columns' names (`terms.utf8`, one behind another, and `terms.ends`), in how many
 * texts each is (`frequencies`), and what else there is. A vocabulary that the options give is among the tensors alone.
 */
export async function saveVectorizer(
  dir: string,
  kind: string,
  options: CountVectorizerOptions,
  { terms, frequencies, report }: FittedVocabulary,
  more: Readonly<Record<string, Tensor>>,
  signal: AbortSignal | undefined,
  about: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { vocabulary, ...written } = options
  const tensors: Record<string, Tensor> = {
    'terms.utf8': vectorTensor(terms.utf8),
    'terms.ends': vectorTensor(terms.ends),
    ...(frequencies && { frequencies: vectorTensor(frequencies) }),
    ...more,
  }
  const config = { ...about, options: written, givenVocabulary: vocabulary !== null, report: report ?? null }
  await saveFolder(dir, { kind }, { config, tensors }, { signal })
}

/** Loads what {@link saveVectorizer} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadVectorizer(
  dir: string,
  kind: string,
  signal: AbortSignal | undefined,
): Promise<SavedVectorizer> {
  const { config, tensors } = await loadFolder(dir, { kind }, { signal })
  const ends = tensors.vector('terms.ends', Int32Array)
  const terms = { utf8: tensors.vector('terms.utf8', Uint8Array), ends }
  const frequencies = tensors.has('frequencies') ? tensors.vector('frequencies', Int32Array, ends.length) : undefined
  const report = (config.report ?? undefined) as VocabularyReport | undefined
  try {
    const written = config.options as CountVectorizerOptions
    const rules = completeCountOptions({ ...written, vocabulary: null })
    const learned = await vocabularyOf(rules, terms, signal)
    const options = config.givenVocabulary
      ? { ...written, minDf: undefined, maxDf: undefined, maxFeatures: null, vocabulary: learned.names }
      : written
    return {
      options: options as Record<string, unknown>,
      vocabulary: { ...learned, frequencies, report },
      tensors,
      config,
    }
  } catch (cause) {
    if ((cause as KindredError).code === 'ERR_ABORTED') throw cause
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${(cause as Error).message}`, { cause })
  }
}
