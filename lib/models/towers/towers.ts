import { selectRows } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { Weights } from '../../nn/weights.js'
import { positives } from '../base/positive-rows.js'
import { historyInputsOf } from './tower-batch.js'
import { itemTower, type TowerSizes, towerShapes, userTower } from './tower-network.js'

/** Rows of a tower at a time. */
const ROWS_AT_ONCE = 1 << 10

/** Both towers, to be computed with. */
export class Towers {
  readonly #items: Program
  readonly #users: Program

  /** @param isEmbedded [users] 0 for those whose embedding was never trained; all were if absent */
  constructor(
    readonly sizes: TowerSizes,
    readonly weights: Weights,
    private readonly isEmbedded?: Uint8Array,
  ) {
    const ofItems = new Graph(weights)
    const rows = ofItems.dim('rows')
    const features = sizes.itemWidth > 0 ? ofItems.input('itemFeatures', [rows, sizes.itemWidth]) : undefined
    this.#items = new Program(ofItems, [
      itemTower(ofItems, rows, ofItems.input('itemIds', [rows], 'i32'), features, 0).vectors,
    ])
    const ofUsers = new Graph(weights)
    const users = ofUsers.dim('users')
    this.#users = new Program(ofUsers, [
      userTower(ofUsers, sizes, users, ofUsers.input('userIds', [users], 'i32'), 0, false).vectors,
    ])
  }

  /** Towers of these numbers, in which embeddings that were never trained are zeros. */
  static async of(
    sizes: TowerSizes,
    numbers: ReadonlyMap<string, Float32Array>,
    signal: AbortSignal | undefined,
  ): Promise<Towers> {
    const weights = new Weights()
    for (const [name, shape] of towerShapes(sizes)) {
      weights.declare(name, shape)
      await weights.write(name, numbers.get(name)!, { signal })
    }
    const { users, dims } = sizes
    const table = numbers.get('users')!
    const isEmbedded = new Uint8Array(users)
    for (let row = 0; row < users; row++)
      isEmbedded[row] = table.subarray(row * dims, (row + 1) * dims).some((value) => value !== 0) ? 1 : 0
    return new Towers(sizes, weights, isEmbedded)
  }

  /**
   * The vectors [rows, dims + 1] of items.
   * @param ids [rows] their rows in the tables of embeddings, -1 for those without an embedding
   * @param features [rows, itemWidth]
   * @param isKnown [rows] 0 for items that nothing is known of, whose vectors are zeros
   */
  async items(ids: Int32Array, features: Matrix, isKnown: Uint8Array, signal?: AbortSignal): Promise<Matrix> {
    const out = new Matrix(ids.length, this.sizes.dims + 1)
    for (let begin = 0; begin < ids.length; begin += ROWS_AT_ONCE) {
      const own = ids.subarray(begin, begin + ROWS_AT_ONCE)
      const inputs = {
        itemIds: own.map((id) => Math.max(id, 0)),
        itemKeep: Float32Array.from(own, (id) => (id < 0 ? 0 : 1)),
        itemFeatures: features.subarray(begin, begin + own.length).data,
      }
      const [vectors] = await this.#items.run(inputs, { rows: own.length }, { signal })
      out.data.set(vectors!, begin * out.cols)
    }
    for (const [row, known] of isKnown.entries()) if (known === 0) out.row(row).fill(0)
    return out
  }

  /**
   * The vectors [rows, dims + 1] of users, the last number 1; zeros for one of whom nothing is known.
   * @param ids [rows] their rows in the table of embeddings, -1 for those without
   * @param histories weights [rows, items]; what is above 0 counts
   * @param itemFeatures [items, itemWidth]
   * @param userFeatures [rows, userWidth]
   * @param described [rows] 1 for those who have features
   */
  async users(
    ids: Int32Array,
    histories: Csr,
    itemFeatures: Matrix,
    userFeatures: Matrix,
    described: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Matrix> {
    const { dims } = this.sizes
    const out = new Matrix(ids.length, dims + 1)
    const yielder = new LoopYielder(signal)
    for (let begin = 0; begin < ids.length; begin += ROWS_AT_ONCE) {
      const own = ids.subarray(begin, begin + ROWS_AT_ONCE)
      const rows = Int32Array.from(own, (_, n) => begin + n)
      const liked = await positives({ ...selectRows(histories, rows), cols: itemFeatures.rows }, signal)
      const { values, pastFeatures } = await historyInputsOf(liked, itemFeatures, signal)
      // Items without an embedding count by their features alone.
      const byId = withoutColumns({ ...liked, values }, this.sizes.items)
      const inputs = {
        userIds: own.map((id) => Math.max(id, 0)),
        userKeep: Float32Array.from(own, (id) => (id < 0 ? 0 : 1)),
        pastKeep: new Float32Array(own.length).fill(1),
        offsets: byId.indptr,
        columns: byId.indices,
        values: byId.values!,
        pastFeatures,
        userFeatures: userFeatures.subarray(begin, begin + own.length).data,
      }
      const [vectors] = await this.#users.run(inputs, { users: own.length, entries: byId.indices.length }, { signal })
      for (let n = 0; n < own.length; n++) {
        const isEmbedded = own[n]! >= 0 && this.isEmbedded?.[own[n]!] !== 0
        if (!isEmbedded && liked.indptr[n + 1]! === liked.indptr[n]! && described[begin + n] === 0) continue
        out.row(begin + n).set((vectors as Float32Array).subarray(n * dims, (n + 1) * dims))
        out.row(begin + n)[dims] = 1
      }
      if (yielder.due) await yielder.yieldToLoop()
    }
    return out
  }
}

/** The entries of columns below `cols`. */
function withoutColumns(csr: Csr, cols: number): Csr {
  if (csr.indices.every((column) => column < cols)) return { ...csr, cols }
  const indptr = new Int32Array(csr.rows + 1)
  const [indices, values]: [number[], number[]] = [[], []]
  for (let row = 0; row < csr.rows; row++) {
    for (let n = csr.indptr[row]!; n < csr.indptr[row + 1]!; n++)
      if (csr.indices[n]! < cols) {
        indices.push(csr.indices[n]!)
        values.push(csr.values![n]!)
      }
    indptr[row + 1] = indices.length
  }
  return { rows: csr.rows, cols, indptr, indices: Int32Array.from(indices), values: Float32Array.from(values) }
}
