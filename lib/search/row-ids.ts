import { type Id, IdMap } from '../data/id-map.js'
import type { SavedTensors } from '../data/storage/saved-tensors.js'
import { KindredError, show } from '../native/errors.js'

/**
 * The id of each row of an index built of Features. An id whose row was removed may come back as another row; searches
 * under way keep naming the rows that they began with.
 */
export class RowIds {
  /** Ids of the first rows, as they were given. */
  readonly #first: IdMap
  /** Ids of the rows after them. */
  readonly #later: Id[] = []
  readonly #laterRows = new Map<Id, number>()
  readonly #removed = new Set<number>()

  constructor(first: IdMap) {
    this.#first = first
  }

  /** Rows ever given. */
  get size(): number {
    return this.#first.size + this.#later.length
  }

  /** The row that an id has now, or -1. */
  rowOf(id: Id): number {
    const row = this.#laterRows.get(id) ?? this.#first.indexOf(id)
    return row >= 0 && !this.#removed.has(row) ? row : -1
  }

  /** The id of a row, also of one that was removed. */
  idAt(row: number): Id {
    return row < this.#first.size ? this.#first.idAt(row) : this.#later[row - this.#first.size]!
  }

  /** @throws ERR_DUPLICATE for an id that has a row */
  checkNew(ids: IdMap): void {
    for (const id of ids)
      if (this.rowOf(id) >= 0)
        throw new KindredError(
          'ERR_DUPLICATE',
          `SimilarityIndex.add: item ${show(id)} is in the index already. Take it out with removeItems first to replace it.`,
        )
  }

  append(ids: IdMap): void {
    for (const id of ids) {
      this.#laterRows.set(id, this.size)
      this.#later.push(id)
    }
  }

  remove(rows: Iterable<number>): void {
    for (const row of rows) this.#removed.add(row)
  }

  /** Each id once, and which of them every row has [rows]. */
  toDistinct(rows: number): { ids: IdMap; idOfRow: Int32Array } {
    const ids = new IdMap()
    return { ids, idOfRow: Int32Array.from({ length: rows }, (_, row) => ids.add(this.idAt(row))) }
  }

  /**
   * What {@link toDistinct} gave, from a saved index; undefined where it had none.
   * @throws ERR_MODEL_FILE, ERR_ABORTED
   */
  static async fromTensors(
    tensors: SavedTensors,
    rows: number,
    signal: AbortSignal | undefined,
  ): Promise<RowIds | undefined> {
    if (!tensors.has('idOfRow')) return undefined
    const ids = await tensors.ids('ids', signal)
    const idOfRow = tensors.vector('idOfRow', Int32Array, rows)
    if (idOfRow.some((id) => id < 0 || id >= ids.size))
      throw new KindredError('ERR_MODEL_FILE', 'tensor "idOfRow": expected indices of "ids".')
    if (ids.size === rows && idOfRow.every((id, row) => id === row)) return new RowIds(ids)
    const own = new RowIds(new IdMap())
    for (const id of idOfRow) {
      own.#laterRows.set(ids.idAt(id), own.size)
      own.#later.push(ids.idAt(id))
    }
    return own
  }
}
