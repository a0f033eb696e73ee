import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { BertConfig } from '../../encode/bert/bert-config.js'
import { headsOf } from '../../encode/bert/removed-heads.js'
import type { NnNumbers } from '../../native/addon.js'
import type { WeightReader } from '../../nn/adapters/adapter.js'
import { gradients } from '../../nn/graph/gradients.js'
import type { Tensor } from '../../nn/graph/graph.js'
import { sequenceProducts } from '../../nn/ops/sequences/sequence-products.js'

/** How much the loss depends on each head and each column of a layer. */
export interface LayerImportance {
  readonly heads: Float64Array
  readonly columns: Float64Array
}

/** The end of the names of the products that mix heads, and of those that sum columns. */
const ENDS = ['.attention.output.dense', '.output.dense'] as const

/** Zeros. */
export function noImportance(config: BertConfig): LayerImportance[] {
  return Array.from({ length: config.layers }, (_, n) => ({
    heads: new Float64Array(headsOf(config, n).length),
    columns: new Float64Array(config.inner),
  }))
}

/** What a product was given while an encoder was recorded. */
export interface ProductInput {
  readonly name: string
  readonly x: Tensor
}

/**
 * The gradients of a mask on each number that mixing heads and summing columns takes, by text.
 * @param inputs of all products
 * @returns in their order the layer, whether it is of heads, and [sequences, numbers]
 */
export function maskGradients(
  loss: Tensor,
  inputs: readonly ProductInput[],
  offsets: Tensor,
  sequences: Tensor['shape'][0],
) {
  const masked = inputs.flatMap(({ name, x }) => {
    const end = ENDS.find((each) => name.endsWith(each))
    const layer = Number(/\.(\d+)\./.exec(name)?.[1])
    return end === undefined ? [] : [{ layer, isOfHeads: end === ENDS[0], x }]
  })
  const found = gradients(
    loss,
    masked.map(({ x }) => x),
  ) as Tensor[]
  return masked.map(({ layer, isOfHeads, x }, n) => ({
    layer,
    isOfHeads,
    products: sequenceProducts(x, found[n]!, offsets, sequences!),
  }))
}

/** Adds |the gradient of the mask| of each text (Michel, Levy, Neubig 2019, equation 2). @param products [texts, numbers] */
export async function addImportance(
  importance: LayerImportance,
  isOfHeads: boolean,
  products: NnNumbers,
  texts: number,
  yielder: LoopYielder,
): Promise<void> {
  const sums = isOfHeads ? importance.heads : importance.columns
  const width = products.length / texts / sums.length
  await yielder.over(texts, 16, (begin, end) => {
    for (let text = begin; text < end; text++)
      for (let n = 0; n < sums.length; n++) {
        let gradient = 0
        for (let d = 0; d < width; d++) gradient += products[(text * sums.length + n) * width + d]!
        sums[n]! += Math.abs(gradient)
      }
  })
}

/** The norm of the weights that read and write each head and each column, which needs no texts. */
export async function importanceOfWeights(config: BertConfig, weights: WeightReader): Promise<LayerImportance[]> {
  const importance = noImportance(config)
  for (const [n, { heads, columns }] of importance.entries()) {
    const layer = `encoder.layer.${n}`
    for (const [name, sums] of [
      [`${layer}.attention.self.value.weight`, heads],
      [`${layer}.intermediate.dense.weight`, columns],
    ] as const) {
      const values = await weights.read(name)
      const each = values.length / sums.length
      for (let i = 0; i < values.length; i++) sums[Math.floor(i / each)]! += values[i]! ** 2
    }
    for (const [name, sums] of [
      [`${layer}.attention.output.dense.weight`, heads],
      [`${layer}.output.dense.weight`, columns],
    ] as const) {
      const values = await weights.read(name)
      const cols = values.length / config.dims
      const each = cols / sums.length
      const squares = new Float64Array(sums.length)
      for (let i = 0; i < values.length; i++) squares[Math.floor((i % cols) / each)]! += values[i]! ** 2
      for (const [i, square] of squares.entries()) sums[i] = Math.sqrt(square * sums[i]!)
    }
  }
  return importance
}

/** Numbers of the greatest, ascending; of equal ones the first. */
function greatest(values: Float64Array, count: number): number[] {
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b)
  return order.slice(0, count).sort((a, b) => a - b)
}

/**
 * What is kept of each layer: of all heads together those that matter most, at least one of each layer; of the columns of each
 * layer as many.
 * @param heads and columns: the shares that are removed, in [0, 1)
 */
export function keptParts(importance: readonly LayerImportance[], shares: { heads: number; columns: number }) {
  // Layers are compared by their shares of what they matter (section 4.1): the scale of gradients differs from one to another.
  const all = importance.flatMap(({ heads }, layer) => {
    const norm = Math.hypot(...heads) || 1
    return Array.from(heads, (value, head) => ({ layer, head, value: value / norm }))
  })
  const left = importance.map(({ heads }) => new Set(heads.keys()))
  let toRemove = Math.floor(shares.heads * all.length)
  for (const { layer, head } of all.sort((a, b) => a.value - b.value)) {
    if (toRemove === 0) break
    if (left[layer]!.size === 1) continue
    left[layer]!.delete(head)
    toRemove--
  }
  return importance.map(({ columns }, layer) => ({
    layer,
    heads: [...left[layer]!],
    columns: greatest(columns, columns.length - Math.floor(shares.columns * columns.length)),
  }))
}
