import { DeviceMatrix } from '../data/device-matrix.js'
import { Matrix } from '../data/matrix.js'
import { loadFolder, saveFolder } from '../data/storage/saved-folder.js'
import { matrixTensor, vectorTensor } from '../data/storage/saved-tensors.js'
import type { Metric, VectorIndexHandle } from '../native/addon.js'
import { checkInteger, checkOneOf, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { checkDevice, type Device, withCpuFallback } from '../native/device.js'
import { KindredError, show, throwIfAborted } from '../native/errors.js'
import { nativeCall, nativeCallSync } from '../native/native-call.js'
import { searchDeviceIndex } from './device-index.js'
import {
  type BuildIndexOptions,
  checkIndexKind,
  type IndexDtype,
  type IndexKind,
  SEARCH_OPTIONS,
  type SearchOptions,
} from './index-options.js'
import { emptyVersion, type IndexVersion, releaseVersion, versionOf } from './index-version.js'
import { checkRecall, combineRecall, type MeasuredRecall, measureRecall } from './recall.js'
import { nativeFilter } from './row-filter.js'
import { isSmallSearch } from './search-cost.js'
import { asQueries, checkMatrix, METRICS } from './similarity-matrix.js'

const KIND = { kind: 'similarity-index' }

/** The nearest rows of each query, best first. */
export interface Neighbors {
  /** [queries, k], row-major: rows of the index; -1 in a place that no row fills. */
  indices: Int32Array
  /** [queries, k], row-major: the score of each; NaN in a place that no row fills. */
  scores: Float32Array
}

/**
 * Search for the nearest rows of a catalogue of vectors, exact unless asked otherwise. The vectors are packed once, 4
 * bytes a number (2 or 1 more with the codes of 'bf16' or 'int8', or only these with `exact: false`); searches run on
 * all threads. A row keeps its number for good, also after others are removed.
 */
export class SimilarityIndex {
  /** How vectors are compared. */
  readonly metric: Metric
  /** What is scanned. */
  readonly dtype: IndexDtype
  /** Whether lists and scores equal those of 'f32'. */
  readonly exact: boolean
  /** Length of each vector. */
  readonly dims: number
  /** The device asked for; `backendInfo` says whether a GPU is used. */
  readonly device: Device
  #version: IndexVersion
  #disposed = false
  #recall: MeasuredRecall | undefined
  #changes: Promise<unknown> = Promise.resolve()

  private constructor({ metric, dtype, exact }: IndexKind, dims: number, device: Device) {
    this.device = device
    this.metric = metric
    this.dtype = dtype
    this.exact = exact
    this.dims = dims
    const scanned = dtype === 'tf32' ? 'f32' : dtype
    this.#version = emptyVersion(nativeCallSync((native) => native.vectorIndex(metric, dims, scanned, exact)))
  }

  /**
   * Builds an index of vectors.
   * @param vectors [rows, dims], copied
   * @throws ERR_VALUE for an unknown option or a number that is not finite, naming a row; ERR_TOO_LARGE for too many
   * dimensions of 'int8', ERR_OUT_OF_MEMORY, ERR_ABORTED; ERR_DEVICE for 'cuda' where no GPU can be used
   */
  static async build(vectors: Matrix, options: BuildIndexOptions = {}): Promise<SimilarityIndex> {
    checkOptions('SimilarityIndex.build', options, ['metric', 'dtype', 'exact', 'device', 'signal'])
    const device = checkDevice(options.device)
    const index = new SimilarityIndex(checkIndexKind(options), checkMatrix('vectors', vectors).cols, device)
    await index.add(vectors, { signal: options.signal })
    return index
  }

  /** Rows that can be listed: those given, less those removed. */
  get size(): number {
    return this.#version.rows - this.#version.removed
  }

  /** Rows ever given, the removed ones included; the next row added has this number. */
  get rows(): number {
    return this.#version.rows
  }

  /** Bytes of native memory held. @throws ERR_DISPOSED */
  get bytes(): number {
    const { handle } = this.#alive()
    return nativeCallSync((native) => native.vectorIndexSize(handle).bytes)
  }

  /**
   * Of an index with `exact: false`: which share of the true 10 nearest rows its lists hold, measured when rows were
   * given, with up to 256 of them as queries, among the rows given with them; the mean where they came at several
   * times, by rows. Undefined for an exact index and where fewer than 11 rows came at a time.
   */
  get recall(): MeasuredRecall | undefined {
    return this.#recall
  }

  #alive(): IndexVersion {
    if (this.#disposed) throw new KindredError('ERR_DISPOSED', 'This SimilarityIndex was disposed.')
    return this.#version
  }

  /** Puts another version in this one's place. Changes happen one after another, in the order of their calls. */
  async #change(
    make: (handle: VectorIndexHandle) => Promise<VectorIndexHandle> | VectorIndexHandle,
    signal?: AbortSignal,
  ): Promise<void> {
    const change = async () => {
      throwIfAborted(signal)
      const former = this.#alive()
      const next = await versionOf(await make(former.handle), former, this, signal)
      if (this.#disposed) releaseVersion(next)
      this.#alive()
      releaseVersion(former)
      this.#version = next
    }
    const done = this.#changes.then(change)
    this.#changes = done.catch(() => undefined)
    await done
  }

  #request(queries: Matrix | DeviceMatrix, options: SearchOptions) {
    const { handle, rows } = this.#alive()
    const k = checkInteger('k', options.k ?? 10, { min: 0, max: 2 ** 31 - 1 })
    throwIfAborted(options.signal)
    if (queries.cols !== this.dims)
      throw new KindredError('ERR_SHAPE', `queries: expected ${this.dims} dimensions but received ${queries.cols}.`)
    return { handle, rows, k, ...nativeFilter(options, queries.rows, rows) }
  }

  async #searchCpu(queries: Matrix | DeviceMatrix, options: SearchOptions): Promise<Neighbors> {
    const matrix = queries instanceof DeviceMatrix ? await queries.download({ signal: options.signal }) : queries
    const { handle, rows, k, exclude, candidates } = this.#request(matrix, options)
    if (isSmallSearch(matrix.rows, k, rows, this.dims))
      return nativeCallSync((native) => native.vectorIndexSearchSync(handle, matrix, k, exclude, candidates))
    return nativeCall(options.signal, (native, abort) =>
      native.vectorIndexSearch(handle, matrix, k, exclude, candidates, abort),
    )
  }

  /**
   * The min(k, eligible) best rows for each query, ties by row: exactly, unless the index was built with `exact:
   * false`. Places that no eligible row fills hold index -1 and score NaN. Small searches are done at once, others on
   * other threads; rows added or removed meanwhile do not show. Queries and bitmaps must not change while the promise
   * is pending; lists of rows are read before it is given.
   * On a GPU every search is done there; its scores differ from the CPU's in their last bits, and k is at most 2048.
   * @param queries [queries, dims], or one query [dims]
   * @returns `indices` and `scores` [queries, k], row-major, best first
   * @throws ERR_SHAPE for queries of other dimensions or a filter that does not fit, ERR_VALUE for an illegal option or
   * a query that is not finite, naming its row; ERR_DISPOSED, ERR_OUT_OF_MEMORY, ERR_ABORTED; for 'cuda' ERR_DEVICE if
   * the device failed, ERR_TOO_LARGE for k
   */
  async search(queries: Matrix | DeviceMatrix | Float32Array, options: SearchOptions = {}): Promise<Neighbors> {
    checkOptions('search', options, SEARCH_OPTIONS)
    const matrix = queries instanceof DeviceMatrix ? queries : asQueries(queries)
    const onDevice = this.#version.onDevice
    if (onDevice === undefined) return this.#searchCpu(matrix, options)
    const request = this.#request(matrix, options)
    return withCpuFallback(
      this.device,
      () => searchDeviceIndex(onDevice, matrix, request, options.signal),
      () => this.#searchCpu(matrix, options),
    )
  }

  /** The same, at once and on the CPU: it blocks the thread that calls it. Throws as {@link search} does. */
  searchSync(queries: Matrix | Float32Array, options: Omit<SearchOptions, 'signal'> = {}): Neighbors {
    checkOptions('searchSync', options, ['k', 'exclude', 'candidates'])
    const matrix = asQueries(queries)
    const { handle, k, exclude, candidates } = this.#request(matrix, options)
    return nativeCallSync((native) => native.vectorIndexSearchSync(handle, matrix, k, exclude, candidates))
  }

  /**
   * Appends rows, which get the numbers from {@link rows} on. Searches under way do not see them.
   * @param vectors [added, dims], copied
   * @throws ERR_SHAPE for other dimensions, ERR_VALUE for a number that is not finite, naming a row; ERR_TOO_LARGE from
   * 2^31 rows on; ERR_DISPOSED, ERR_OUT_OF_MEMORY, ERR_ABORTED; the index is then as it was
   */
  async add(vectors: Matrix, options: AbortOptions = {}): Promise<void> {
    checkOptions('SimilarityIndex.add', options, ['signal'])
    checkMatrix('vectors', vectors)
    this.#alive()
    await this.#append(vectors, false, options.signal)
  }

  async #append(vectors: Matrix, normalized: boolean, signal: AbortSignal | undefined): Promise<void> {
    let recall: MeasuredRecall | undefined
    await this.#change(async (handle) => {
      const next = await nativeCall(signal, (native, abort) =>
        native.vectorIndexWith(handle, vectors, normalized, abort),
      )
      try {
        if (!this.exact && !normalized) recall = await measureRecall(next, vectors, this.metric, signal)
      } catch (cause) {
        nativeCallSync((native) => native.vectorIndexRelease(next))
        throw cause
      }
      return next
    }, signal)
    this.#recall = combineRecall(this.#recall, recall)
  }

  /**
   * Rows that no search lists any more. They keep their memory and their numbers, and so do the others: build a new index
   * to free it. Rows removed before may be named again.
   * @throws ERR_VALUE for a row that is not in the index, which is then as it was; ERR_DISPOSED, ERR_ABORTED
   */
  async remove(rows: readonly number[] | Int32Array, options: AbortOptions = {}): Promise<void> {
    checkOptions('SimilarityIndex.remove', options, ['signal'])
    throwIfAborted(options.signal)
    if (!Array.isArray(rows) && !(rows instanceof Int32Array))
      throw new KindredError('ERR_VALUE', `rows: expected a list of rows but received ${show(rows)}.`)
    for (const row of rows) checkInteger('rows', row, { min: 0, max: 2 ** 31 - 1 })
    const own = Int32Array.from(rows)
    this.#alive()
    await this.#change((handle) => nativeCallSync((native) => native.vectorIndexWithout(handle, own)), options.signal)
  }

  /**
   * Saves to a folder, atomically even over an older index: the vectors as they are scored (for the cosine, normalised;
   * with `exact: false`, what their codes stand for) in f32, and the rows removed.
   * @throws ERR_IO if the path is a file, cannot be written or holds a config.json of something else; ERR_DISPOSED,
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    checkOptions('SimilarityIndex.save', options, ['signal'])
    const version = this.#alive()
    const recall = this.#recall
    const vectors = new Matrix(version.rows, this.dims)
    const removed = new Int32Array(version.removed)
    await nativeCall(options.signal, (native, abort) =>
      native.vectorIndexContents(version.handle, vectors.data, removed, abort),
    )
    const config = {
      metric: this.metric,
      dtype: this.dtype,
      exact: this.exact,
      recall,
      rows: vectors.rows,
      dims: this.dims,
    }
    const tensors = { vectors: matrixTensor(vectors), removed: vectorTensor(removed) }
    await saveFolder(dir, KIND, { config, tensors }, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum; searches give the same bits.
   * @param options.device where `search` searches; default 'cpu'
   * @throws ERR_MODEL_FILE if the folder holds no index, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED,
   * ERR_DEVICE
   */
  static async load(dir: string, options: AbortOptions & { device?: Device } = {}): Promise<SimilarityIndex> {
    checkOptions('SimilarityIndex.load', options, ['device', 'signal'])
    const device = checkDevice(options.device)
    const { config, tensors } = await loadFolder(dir, KIND, options)
    const vectors = tensors.matrix('vectors')
    const removed = tensors.vector('removed', Int32Array)
    let index: SimilarityIndex | undefined
    try {
      checkOneOf('metric', config.metric, METRICS)
      const recall = checkRecall(config.recall)
      index = new SimilarityIndex(checkIndexKind(config), vectors.cols, device)
      await index.#append(vectors, true, options.signal)
      index.#recall = recall
      await index.remove(removed)
      return index
    } catch (cause) {
      index?.dispose()
      const { code, message } = cause as KindredError
      if (code !== 'ERR_VALUE' && code !== 'ERR_TOO_LARGE') throw cause
      throw new KindredError('ERR_MODEL_FILE', `${dir}: ${message}`, { cause })
    }
  }

  /** Frees the memory, once no search under way needs it. Later calls throw ERR_DISPOSED. Idempotent. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    releaseVersion(this.#version)
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}
