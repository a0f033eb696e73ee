import type { Matrix } from '../data/matrix.js'
import { loadFolder, saveFolder } from '../data/storage/saved-folder.js'
import { idsToTensors, matrixTensor, type SavedTensors, vectorTensor } from '../data/storage/saved-tensors.js'
import type { Metric } from '../native/addon.js'
import { checkOneOf } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { checkIndexKind, type IndexKind } from './index-options.js'
import { checkRecall, type MeasuredRecall } from './recall.js'
import { RowIds } from './row-ids.js'
import { METRICS } from './similarity-matrix.js'

const KIND = { kind: 'similarity-index' }

/** An index as a folder holds it. */
export interface SavedIndex {
  kind: IndexKind
  recall: MeasuredRecall | undefined
  /** [rows, dims], as they are scored */
  vectors: Matrix
  removed: Int32Array
  ids: RowIds | undefined
}

/** @throws ERR_IO, ERR_ABORTED */
export async function saveIndex(dir: string, saved: SavedIndex, options: AbortOptions): Promise<void> {
  const { kind, recall, vectors, removed, ids } = saved
  const config = { ...kind, recall, rows: vectors.rows, dims: vectors.cols }
  const distinct = ids?.toDistinct(vectors.rows)
  const tensors = {
    vectors: matrixTensor(vectors),
    removed: vectorTensor(removed),
    ...(distinct && {
      ...(await idsToTensors('ids', distinct.ids, options.signal)),
      idOfRow: vectorTensor(distinct.idOfRow),
    }),
  }
  await saveFolder(dir, KIND, { config, tensors }, options)
}

/** Runs `work` on a saved index; what does not fit in it is an error of the file. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function withSavedIndex<T>(
  dir: string,
  options: AbortOptions,
  work: (saved: SavedIndex) => Promise<T>,
): Promise<T> {
  const { config, tensors } = await loadFolder(dir, KIND, options)
  try {
    return await work(await savedIndex(config, tensors, options.signal))
  } catch (cause) {
    const { code, message } = cause as KindredError
    if (code !== 'ERR_VALUE' && code !== 'ERR_TOO_LARGE') throw cause
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${message}`, { cause })
  }
}

async function savedIndex(
  config: Readonly<Record<string, unknown>>,
  tensors: SavedTensors,
  signal: AbortSignal | undefined,
): Promise<SavedIndex> {
  const vectors = tensors.matrix('vectors')
  const removed = tensors.vector('removed', Int32Array)
  checkOneOf<Metric>('metric', config.metric, METRICS)
  return {
    kind: checkIndexKind(config),
    recall: checkRecall(config.recall),
    vectors,
    removed,
    ids: await RowIds.fromTensors(tensors, vectors.rows, signal),
  }
}
