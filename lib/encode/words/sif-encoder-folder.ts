import type { IdMap } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { idsToTensors, matrixTensor, vectorTensor } from '../../data/storage/saved-tensors.js'
import { KindredError } from '../../native/errors.js'

const KIND = { kind: 'sif-encoder' }

/** What a SIF encoder is made of. */
export interface SifParts {
  words: IdMap
  /** [words, dims] */
  vectors: Matrix
  /** [words] */
  weights: Float32Array
  /** [components, dims], each of length 1 */
  components: Matrix
  a: number
  /** Whether words are split as `splitWords` does. */
  ownTokenize: boolean
}

/** @throws ERR_IO, ERR_ABORTED */
export async function saveSif(dir: string, parts: SifParts, signal: AbortSignal | undefined): Promise<void> {
  const { words, vectors, weights, components, a, ownTokenize } = parts
  await saveFolder(
    dir,
    KIND,
    {
      config: { a, tokenize: ownTokenize ? 'own' : 'words' },
      tensors: {
        vectors: matrixTensor(vectors),
        weights: vectorTensor(weights),
        components: matrixTensor(components),
        ...(await idsToTensors('words', words, signal)),
      },
    },
    { signal },
  )
}

/** @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadSif(dir: string, signal: AbortSignal | undefined): Promise<SifParts> {
  const { config, tensors } = await loadFolder(dir, KIND, { signal })
  const words = await tensors.ids('words', signal)
  const vectors = tensors.matrix('vectors', { rows: words.size })
  const { a, tokenize } = config
  if (typeof a !== 'number' || (tokenize !== 'own' && tokenize !== 'words'))
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: its config.json is damaged: a or tokenize is not what a save writes.`,
    )
  return {
    words,
    vectors,
    weights: tensors.vector('weights', Float32Array, words.size),
    components: tensors.matrix('components', { cols: vectors.cols }),
    a,
    ownTokenize: tokenize === 'own',
  }
}
