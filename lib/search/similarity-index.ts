import { isInt32Array } from 'node:util/types'
import { DeviceMatrix } from '../data/device-matrix.js'
import { Features } from '../data/features.js'
import type { Id } from '../data/id-map.js'
import { Matrix } from '../data/matrix.js'
import { checkInteger, checkIterable, checkOneOf, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { checkDevice, type Device } from '../native/device.js'
import { KindredError, show, throwIfAborted } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { nativeCall } from '../native/native-call.js'
import { saveIndex, withSavedIndex } from './index-file.js'
import { type BuildIndexOptions, checkIndexKind } from './index-options.js'
import { type FoundItem, type ItemIds, namedLists, rowsOfItems, type SearchItemsOptions } from './item-search.js'
import { RowIds } from './row-ids.js'
import { RowIndex } from './row-index.js'
import { asQueries, checkMatrix } from './similarity-matrix.js'

/**
 * Search for the nearest rows of a catalogue of vectors, exact unless asked otherwise. The vectors are packed once, 4
 * bytes a number (2 or 1 more with the codes of 'bf16' or 'int8', or only these with `exact: false`); searches run on
 * all threads. A row keeps its number for good, also after others are removed. Built of Features, an index also knows the
 * rows by their items' ids: {@link searchItems}.
 */
export class SimilarityIndex extends RowIndex {
  /**
   * Builds an index of vectors, or of the vectors of items.
   * @param vectors [rows, dims], copied; of Features, whose ids {@link searchItems} gives, row i is the i-th item
   * @throws ERR_VALUE for an unknown option or a number that is not finite, naming a row; ERR_TOO_LARGE for too many
   * dimensions of 'int8', ERR_OUT_OF_MEMORY, ERR_ABORTED; ERR_DEVICE for 'cuda' where no GPU can be used
   */
  static async build(vectors: Matrix | Features, options: BuildIndexOptions = {}): Promise<SimilarityIndex> {
    options = checkOptions('SimilarityIndex.build', options, ['metric', 'dtype', 'exact', 'device', 'signal'])
    const device = checkDevice(options.device)
    const matrix = checkMatrix('vectors', vectors instanceof Features ? vectors.matrix : vectors)
    const index = new SimilarityIndex(checkIndexKind(options), matrix.cols, device)
    await index.append(matrix, false, options.signal)
    if (vectors instanceof Features) index.ids = new RowIds(vectors.ids)
    return index
  }

  /**
   * Appends rows, which get the numbers from {@link rows} on. Searches under way do not see them.
   * @param vectors [added, dims], copied; Features where the index was built of Features
   * @throws ERR_SHAPE for other dimensions, ERR_VALUE for a number that is not finite, naming a row, or for vectors without
   * ids where the others have them; ERR_DUPLICATE for an item that is there; ERR_TOO_LARGE from 2^31 rows on;
   * ERR_DISPOSED, ERR_OUT_OF_MEMORY, ERR_ABORTED; the index is then as it was
   */
  async add(vectors: Matrix | Features, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('SimilarityIndex.add', options, ['signal'])
    const features = vectors instanceof Features ? vectors : undefined
    const matrix = checkMatrix('vectors', features?.matrix ?? vectors)
    this.alive()
    if ((this.ids === undefined) !== (features === undefined))
      throw new KindredError(
        'ERR_VALUE',
        `vectors: expected ${this.ids ? 'Features, as this index knows rows by ids' : 'a Matrix, as this index was built of one'}, but received ${show(vectors)}.`,
      )
    await this.append(matrix, false, options.signal, features)
  }

  /**
   * Rows that no search lists any more. They keep their memory and their numbers, and so do the others: build a new index
   * to free it. Rows removed before may be named again.
   * @throws ERR_VALUE for a row that is not in the index, which is then as it was; ERR_DISPOSED, ERR_ABORTED
   */
  async remove(rows: readonly number[] | Int32Array, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('SimilarityIndex.remove', options, ['signal'])
    throwIfAborted(options.signal)
    if (!Array.isArray(rows) && !isInt32Array(rows))
      throw new KindredError('ERR_VALUE', `rows: expected a list of rows but received ${show(rows)}.`)
    for (const row of rows) checkInteger('rows', row, { min: 0, max: 2 ** 31 - 1 })
    const own = Int32Array.from(rows)
    this.alive()
    await this.removeRows(() => own, options.signal)
  }

  /**
   * The same for items by their ids, of an index built of Features; an id may be added again afterwards.
   * @throws ERR_UNKNOWN_ID for an item that is not in the index, which is then as it was; ERR_NOT_SUPPORTED for an index
   * without ids; ERR_VALUE, ERR_DISPOSED, ERR_ABORTED
   */
  async removeItems(items: ItemIds, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('SimilarityIndex.removeItems', options, ['signal'])
    throwIfAborted(options.signal)
    const ids = this.#named('removeItems')
    const own = [...checkIterable('items', items, 'a list of item ids')]
    await this.removeRows(() => rowsOfItems('items', own, ids, true) as Int32Array, options.signal)
  }

  /** @throws ERR_NOT_SUPPORTED for an index without ids, ERR_DISPOSED */
  #named(what: string): RowIds {
    this.alive()
    if (this.ids !== undefined) return this.ids
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      `${what}: of an index that knows its rows by ids. Build it of Features: SimilarityIndex.build(features).`,
    )
  }

  /** The row of an item, or -1 where it has none. @throws ERR_NOT_SUPPORTED for an index without ids, ERR_DISPOSED */
  rowOf(item: Id): number {
    return this.#named('rowOf').rowOf(item)
  }

  /** The item of a row, also of one removed. @throws ERR_NOT_SUPPORTED for an index without ids, ERR_VALUE, ERR_DISPOSED */
  itemAt(row: number): Id {
    const ids = this.#named('itemAt')
    return ids.idAt(checkInteger('row', row, { min: 0, max: ids.size - 1 }))
  }

  /**
   * As {@link search}, with items for rows: for each query the list of its min(k, eligible) best items, best first. Of an
   * index built of Features.
   * @param queries [queries, dims], or one query [dims]
   * @throws as {@link search}; ERR_UNKNOWN_ID for a candidate that is not in the index, unless `unknown` says otherwise;
   * ERR_NOT_SUPPORTED for an index without ids
   */
  async searchItems(
    queries: Matrix | DeviceMatrix | Float32Array,
    options: SearchItemsOptions = {},
  ): Promise<FoundItem[][]> {
    options = checkOptions('searchItems', options, ['k', 'exclude', 'candidates', 'unknown', 'signal'])
    const refuse = checkOneOf('unknown', options.unknown ?? 'error', ['error', 'ignore']) === 'error'
    const ids = this.#named('searchItems')
    const matrix = queries instanceof DeviceMatrix ? queries : asQueries(queries)
    const found = await this.search(matrix, {
      k: Math.min(checkInteger('k', options.k ?? 10, { min: 0 }), this.rows),
      exclude: rowsOfItems('exclude', options.exclude, ids, false),
      candidates: rowsOfItems('candidates', options.candidates, ids, refuse),
      signal: options.signal,
    })
    return namedLists(found, matrix.rows, ids)
  }

  /**
   * Saves to a folder, atomically even over an older index: the vectors as they are scored (for the cosine, normalised;
   * with `exact: false`, what their codes stand for) in f32, the rows removed, and the ids.
   * @throws ERR_IO if the path is a file, cannot be written or holds a config.json of something else; ERR_DISPOSED,
   * ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('SimilarityIndex.save', options, ['signal'])
    const version = this.alive()
    const recall = this.measured
    const vectors = new Matrix(version.rows, this.dims)
    const removed = new Int32Array(version.removed)
    await nativeCall(options.signal, (native, abort) =>
      native.vectorIndexContents(version.handle, vectors.data, removed, abort),
    )
    const { metric, dtype, exact } = this
    await saveIndex(dir, { kind: { metric, dtype, exact }, recall, vectors, removed, ids: this.ids }, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum; searches give the same bits.
   * @param options.device where `search` searches; default 'cpu'
   * @throws ERR_MODEL_FILE if the folder holds no index, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED,
   * ERR_DEVICE
   */
  static async load(dir: string, options: AbortOptions & { device?: Device } = {}): Promise<SimilarityIndex> {
    options = checkOptions('SimilarityIndex.load', options, ['device', 'signal'])
    const device = checkDevice(options.device)
    return withSavedIndex(dir, options, async ({ kind, recall, vectors, removed, ids }) => {
      const index = new SimilarityIndex(kind, vectors.cols, device)
      try {
        await index.append(vectors, true, options.signal)
        index.measured = recall
        index.ids = ids
        await index.remove(removed, { signal: options.signal })
        return index
      } catch (cause) {
        index.dispose()
        throw cause
      }
    })
  }
}

guardReceivers(SimilarityIndex)
