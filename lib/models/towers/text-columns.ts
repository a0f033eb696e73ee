import type { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { add, scale } from '../../nn/ops/layers/elementwise.js'
import { concatColumns } from '../../nn/ops/layers/parts.js'
import { sparseProduct } from '../../nn/ops/layers/sparse.js'
import type { JobBatch } from '../../nn/train/fit-network.js'
import type { Weights } from '../../nn/weights.js'
import { transposed } from '../base/positive-rows.js'
import type { FeatureGroup } from './tower-features.js'
import type { TunedTexts } from './tuned-texts.js'

/** Texts whose vectors are the last columns of the features of items. */
export interface TunedColumns {
  readonly texts: TunedTexts
  /** [texts] the row of each text's item. */
  readonly rows: Int32Array
  readonly group: FeatureGroup
  readonly learningRateFactor: number
  /** Texts that are read anew in a step. */
  readonly perStep: number
}

/** The last columns of the features of items while the encoder that makes them is trained. */
export class TextColumns {
  /** [texts] the place of each text's item */
  readonly #places: Int32Array
  /** [items] the text of each item, -1 for none */
  readonly #textOf: Int32Array

  /**
   * @param itemPlaces [items of the log] in which row of the features each stands; others stand where they are
   * @param features [items, width], whose last columns are overwritten
   */
  constructor(
    private readonly tuned: TunedColumns,
    itemPlaces: Int32Array,
    private readonly features: Matrix,
  ) {
    this.#places = tuned.rows.map((row) => itemPlaces[row] ?? row)
    this.#textOf = new Int32Array(features.rows).fill(-1)
    for (const [text, place] of this.#places.entries()) this.#textOf[place] = text
  }

  get names(): string[] {
    return this.tuned.texts.names
  }

  get trained(): string[] {
    return this.tuned.texts.trained
  }

  get learningRateFactor(): number {
    return this.tuned.learningRateFactor
  }

  declare(weights: Weights, seed: number): Promise<void> {
    return this.tuned.texts.declare(weights, seed)
  }

  /** Writes the vectors of all texts, by the weights as they are, into the features. */
  async refresh(signal: AbortSignal | undefined): Promise<void> {
    const { texts, group } = this.tuned
    const vectors = await texts.all(signal)
    const at = this.features.cols - group.dims
    for (const [text, place] of this.#places.entries()) {
      const [source, target] = [vectors.row(text), this.features.row(place)]
      for (let d = 0; d < group.dims; d++) target[at + d] = (source[d]! - group.mean[d]!) * group.factor
    }
  }

  /** Adds the features [candidates, width] of a batch that {@link batch} made: those of texts that are read anew have a gradient. */
  columns(graph: Graph): Tensor {
    const { texts, group } = this.tuned
    const [candidates, read] = [graph.dim('candidates'), graph.dim('texts')]
    const vectors = add(texts.vectors(graph, true), graph.input('textShift', [group.dims]))
    const scaled = scale(vectors, group.factor)
    const place = {
      offsets: graph.input('readOffsets', [{ ...candidates, plus: 1, name: 'candidates + 1' }], 'i32'),
      columns: graph.input('readColumns', [read], 'i32'),
      values: graph.input('readValues', [read]),
    }
    const turned = {
      offsets: graph.input('textRows', [{ ...read, plus: 1, name: 'texts + 1' }], 'i32'),
      columns: graph.input('textPlaces', [read], 'i32'),
      values: graph.input('readValues', [read]),
    }
    const anew = sparseProduct(place, scaled, candidates, { transposed: turned })
    const columns = add(anew, graph.input('textFeatures', [candidates, group.dims]))
    const others = this.features.cols - group.dims
    return others === 0 ? columns : concatColumns([graph.input('otherFeatures', [candidates, others]), columns])
  }

  /** A batch with some of its candidates' texts, drawn by the seed, to be read anew. */
  batch(batch: JobBatch & { candidates: Int32Array }, seed: number): JobBatch {
    const { texts, group, perStep } = this.tuned
    const { candidates, inputs, sizes } = batch
    const withText = Int32Array.from(candidates.keys()).filter((n) => this.#textOf[candidates[n]!]! >= 0)
    const chosen = createRandom(seed).shuffle(withText).slice(0, perStep).sort()
    const given = texts.inputsOf(chosen.map((n) => this.#textOf[candidates[n]!]!))
    const at = this.features.cols - group.dims
    const [textFeatures, otherFeatures] = [
      new Float32Array(candidates.length * group.dims),
      new Float32Array(candidates.length * at),
    ]
    for (const [n, item] of candidates.entries()) {
      const row = this.features.row(item)
      otherFeatures.set(row.subarray(0, at), n * at)
      textFeatures.set(row.subarray(at), n * group.dims)
    }
    for (const n of chosen) textFeatures.fill(0, n * group.dims, (n + 1) * group.dims)
    const indptr = new Int32Array(candidates.length + 1)
    for (const n of chosen) indptr[n + 1] = 1
    for (let n = 0; n < candidates.length; n++) indptr[n + 1]! += indptr[n]!
    const place = {
      rows: candidates.length,
      cols: chosen.length,
      indptr,
      indices: Int32Array.from(chosen.keys()),
      values: new Float32Array(chosen.length).fill(1),
    }
    const turned = transposed(place)
    return {
      ...batch,
      inputs: {
        ...inputs,
        ...given.inputs,
        textShift: group.mean.map((value) => -value),
        textFeatures,
        otherFeatures,
        readOffsets: indptr,
        readColumns: place.indices,
        readValues: place.values,
        textRows: turned.indptr,
        textPlaces: turned.indices,
      },
      sizes: { ...sizes, ...given.sizes },
    }
  }

  /** Gives the encoder what was trained. */
  async settle(weights: Weights): Promise<void> {
    const { texts } = this.tuned
    await texts.settle(await texts.merged(weights))
  }
}
