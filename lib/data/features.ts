import { checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { type Id, IdMap } from './id-map.js'
import { Matrix } from './matrix.js'
import { type Resumable, runAtOnce, runYielding } from './resumable.js'
import { loadFolder, saveFolder } from './storage/saved-folder.js'
import { idsToTensors, matrixTensor } from './storage/saved-tensors.js'

const KIND = { kind: 'features' }
const ROWS_AT_ONCE = 1024

/** One vector per item, in the caller's ids: what encoders make of text and models learn from. */
export class Features {
  /** Id of each row of `matrix`. */
  readonly ids: IdMap
  /** [items, dims] */
  readonly matrix: Matrix

  private constructor(ids: IdMap, matrix: Matrix) {
    if (ids.size !== matrix.rows)
      throw new KindredError(
        'ERR_SHAPE',
        `Features: expected one vector per id, but received ${ids.size} ids and ${matrix.rows} vectors.`,
      )
    this.ids = ids
    this.matrix = matrix
  }

  /**
   * Synchronous: {@link fromAsync} lets the event loop run.
   * @param ids one per row, all distinct
   * @param vectors a Matrix [items, dims], kept as it is, or one array of numbers per item, copied
   * @throws ERR_DUPLICATE if an id comes twice, ERR_SHAPE if the vectors differ in length or do not match the ids in
   * number, ERR_VALUE for a value that is no id or no finite number, naming the item
   */
  static from(ids: Iterable<Id>, vectors: Matrix | Iterable<ArrayLike<number>>): Features {
    return runAtOnce(Features.#making(ids, vectors))
  }

  /** As {@link from}, in steps of a few milliseconds, between which the event loop runs. @throws as that, ERR_ABORTED */
  static async fromAsync(
    ids: Iterable<Id>,
    vectors: Matrix | Iterable<ArrayLike<number>>,
    options: AbortOptions = {},
  ): Promise<Features> {
    options = checkOptions('Features.fromAsync', options, ['signal'])
    return runYielding(Features.#making(ids, vectors), options.signal)
  }

  static *#making(ids: Iterable<Id>, vectors: Matrix | Iterable<ArrayLike<number>>): Resumable<Features> {
    const map = ids instanceof IdMap ? ids : yield* IdMap.collecting(ids, 'Features: ids')
    const features = new Features(map, vectors instanceof Matrix ? vectors : yield* stack(map, [...vectors]))
    yield* features.#checkingFinite()
    return features
  }

  /** Number of items. */
  get size(): number {
    return this.matrix.rows
  }

  /** Length of each vector. */
  get dims(): number {
    return this.matrix.cols
  }

  /** The vector of an item [dims], a view. @throws ERR_UNKNOWN_ID */
  vector(id: Id): Float32Array {
    const index = this.ids.indexOf(id)
    if (index < 0) throw new KindredError('ERR_UNKNOWN_ID', `Features: there is no vector for item ${show(id)}.`)
    return this.matrix.row(index)
  }

  /**
   * Saves to a folder, atomically even over older features.
   * @param options.config JSON kept beside the vectors, such as the encoder that made them
   * @throws ERR_IO if the path is a file, cannot be written or holds a config.json of something else; ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions & { config?: Record<string, unknown> } = {}): Promise<void> {
    options = checkOptions('Features.save', options, ['config', 'signal'])
    const config = { ...options.config, items: this.size, dims: this.dims }
    const ids = await idsToTensors('ids', this.ids, options.signal)
    const tensors = { ...ids, vectors: matrixTensor(this.matrix) }
    await saveFolder(dir, KIND, { config, tensors }, options)
  }

  /**
   * Loads what {@link save} saved, verified against its checksum.
   * @throws ERR_MODEL_FILE if the folder holds no features, or truncated, altered or newer ones; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<Features> {
    options = checkOptions('Features.load', options, ['signal'])
    const { tensors } = await loadFolder(dir, KIND, options)
    try {
      const features = new Features(await tensors.ids('ids', options.signal), tensors.matrix('vectors'))
      await runYielding(features.#checkingFinite(), options.signal)
      return features
    } catch (error) {
      const { code, message } = error as KindredError
      if (code !== 'ERR_SHAPE' && code !== 'ERR_VALUE') throw error
      throw new KindredError('ERR_MODEL_FILE', `${dir}: ${message}`, { cause: error })
    }
  }

  *#checkingFinite(): Resumable<void> {
    for (let begin = 0; begin < this.size; begin += ROWS_AT_ONCE) {
      this.#checkFinite(begin, Math.min(begin + ROWS_AT_ONCE, this.size))
      yield
    }
  }

  #checkFinite(begin: number, end: number): void {
    const { data, cols } = this.matrix
    // 0 times a number is 0, but NaN where it is not finite: one test for all.
    let zero = 0
    for (let i = begin * cols; i < end * cols; i++) zero += data[i]! * 0
    if (zero === 0) return
    for (let i = begin * cols; i < end * cols; i++)
      if (!Number.isFinite(data[i]))
        throw new KindredError(
          'ERR_VALUE',
          `Features: the vector of item ${show(this.ids.idAt(Math.floor(i / cols)))} holds ${data[i]} at ${i % cols}; every number must be finite in 32 bits.`,
        )
  }
}

guardReceivers(Features)

function* stack(ids: IdMap, rows: ArrayLike<number>[]): Resumable<Matrix> {
  const dims = rows[0]?.length ?? 0
  const matrix = new Matrix(rows.length, dims)
  for (const [i, row] of rows.entries()) {
    if (i % ROWS_AT_ONCE === 0) yield
    if (row.length !== dims) {
      const named = i < ids.size ? ` (item ${show(ids.idAt(i))})` : ''
      throw new KindredError(
        'ERR_SHAPE',
        `Features: expected vectors of one length, but vector 0 has ${dims} numbers and vector ${i}${named} has ${row.length}.`,
      )
    }
    const target = matrix.data.subarray(i * dims, (i + 1) * dims)
    for (let j = 0; j < dims; j++) target[j] = Number(row[j])
  }
  return matrix
}
