import { ChangeQueue } from '../data/change-queue.js'
import { DeviceMatrix } from '../data/device-matrix.js'
import type { Features } from '../data/features.js'
import type { Matrix } from '../data/matrix.js'
import type { Metric, VectorIndexHandle } from '../native/addon.js'
import { checkInteger, checkOptions } from '../native/argument-checks.js'
import { type Device, withCpuFallback } from '../native/device.js'
import { KindredError, throwIfAborted } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { nativeCall, nativeCallSync } from '../native/native-call.js'
import { searchDeviceIndex } from './device-index.js'
import { type IndexDtype, type IndexKind, type Neighbors, SEARCH_OPTIONS, type SearchOptions } from './index-options.js'
import { emptyVersion, type IndexVersion, releaseVersion, versionOf } from './index-version.js'
import { combineRecall, type MeasuredRecall, measureRecall } from './recall.js'
import { nativeFilter } from './row-filter.js'
import type { RowIds } from './row-ids.js'
import { isSmallSearch } from './search-cost.js'
import { asQueries } from './similarity-matrix.js'

/** Vectors by the numbers of their rows: what {@link SimilarityIndex} searches, and how it changes, as a whole at a time. */
export abstract class RowIndex {
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
  /** @internal Of an index built of Features. */
  protected ids: RowIds | undefined
  /** @internal */
  protected measured: MeasuredRecall | undefined
  #version: IndexVersion
  #disposed = false
  readonly #changes = new ChangeQueue()

  /** @internal */
  protected constructor({ metric, dtype, exact }: IndexKind, dims: number, device: Device) {
    this.device = device
    this.metric = metric
    this.dtype = dtype
    this.exact = exact
    this.dims = dims
    const scanned = dtype === 'tf32' ? 'f32' : dtype
    this.#version = emptyVersion(nativeCallSync((native) => native.vectorIndex(metric, dims, scanned, exact)))
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
    const { handle } = this.alive()
    return nativeCallSync((native) => native.vectorIndexSize(handle).bytes)
  }

  /**
   * Of an index with `exact: false`: which share of the true 10 nearest rows its lists hold, measured when rows were
   * given, with up to 256 of them as queries, among the rows given with them; the mean where they came at several
   * times, by rows. Undefined for an exact index and where fewer than 11 rows came at a time.
   */
  get recall(): MeasuredRecall | undefined {
    return this.measured
  }

  /** @internal @throws ERR_DISPOSED */
  protected alive(): IndexVersion {
    if (this.#disposed) throw new KindredError('ERR_DISPOSED', 'This SimilarityIndex was disposed.')
    return this.#version
  }

  /** Puts another version in this one's place. Changes happen one after another, in the order of their calls. */
  async #change(
    make: (handle: VectorIndexHandle) => Promise<VectorIndexHandle> | VectorIndexHandle,
    signal?: AbortSignal,
    commit?: () => void,
  ): Promise<void> {
    const change = async () => {
      throwIfAborted(signal)
      const former = this.alive()
      const next = await versionOf(await make(former.handle), former, this, signal)
      if (this.#disposed) releaseVersion(next)
      this.alive()
      releaseVersion(former)
      this.#version = next
      commit?.()
    }
    await this.#changes.run(change, signal)
  }

  #request(queries: Matrix | DeviceMatrix, options: SearchOptions) {
    const { handle, rows } = this.alive()
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
    options = checkOptions('search', options, SEARCH_OPTIONS)
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
    options = checkOptions('searchSync', options, ['k', 'exclude', 'candidates'])
    const matrix = asQueries(queries)
    const { handle, k, exclude, candidates } = this.#request(matrix, options)
    return nativeCallSync((native) => native.vectorIndexSearchSync(handle, matrix, k, exclude, candidates))
  }

  /** @internal Appends rows, with their ids where these are features. */
  protected async append(
    vectors: Matrix,
    normalized: boolean,
    signal: AbortSignal | undefined,
    features?: Features,
  ): Promise<void> {
    let recall: MeasuredRecall | undefined
    const make = async (handle: VectorIndexHandle) => {
      if (features) this.ids!.checkNew(features.ids)
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
    }
    await this.#change(make, signal, () => {
      if (features) this.ids!.append(features.ids)
      this.measured = combineRecall(this.measured, recall)
    })
  }

  /** @internal @param rowsNow gives the rows once earlier changes are done */
  protected async removeRows(rowsNow: () => Int32Array, signal: AbortSignal | undefined): Promise<void> {
    let rows: Int32Array = new Int32Array()
    const make = (handle: VectorIndexHandle) => {
      rows = rowsNow()
      return nativeCallSync((native) => native.vectorIndexWithout(handle, rows))
    }
    await this.#change(make, signal, () => this.ids?.remove(rows))
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

guardReceivers(RowIndex)
