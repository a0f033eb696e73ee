import type { IdMap } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { idsToTensors, matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { KindredError } from '../../native/errors.js'

const KIND = { kind: 'word-vectors' }

/** What word vectors are made of. */
export interface WordVectorsParts {
  words: IdMap
  /** [words, dims] */
  vectors: Matrix
  /** [words] how often each came in the text; null where that is not known */
  counts: Float64Array | null
  /** How they came about: anything that JSON holds. */
  about: Readonly<Record<string, unknown>>
}

/**
 * Saves word vectors as a folder: config.json and one safetensors file of `vectors` (F32) [words, dims], `counts` (F64)
 * [words] and the words.
 * @throws ERR_IO, ERR_ABORTED
 */
export async function saveWordVectors(
  dir: string,
  { words, vectors, counts, about }: WordVectorsParts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tensors = {
    vectors: matrixTensor(vectors),
    ...(counts === null ? {} : { counts: vectorTensor(counts) }),
    ...(await idsToTensors('words', words, signal)),
  }
  await saveFolder(dir, KIND, { config: { about }, tensors }, { signal })
}

/** Loads what {@link saveWordVectors} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadWordVectors(dir: string, signal: AbortSignal | undefined): Promise<WordVectorsParts> {
  const { config, tensors } = await loadFolder(dir, KIND, { signal })
  const words = await tensors.ids('words', signal)
  if (words.integers > 0 || words.size === 0)
    throw new KindredError('ERR_MODEL_FILE', `${dir}: expected words, strings, but found other ids.`)
  return {
    words,
    vectors: tensors.matrix('vectors', { rows: words.size }),
    counts: tensors.has('counts') ? tensors.vector('counts', Float64Array, words.size) : null,
    about: (config.about ?? {}) as Record<string, unknown>,
  }
}
