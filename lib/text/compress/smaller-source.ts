import { bertConfigOf } from '../../encode/bert/architectures/index.js'
import { bertShapes } from '../../encode/bert/bert-config.js'
import { headsOf, REMOVED_HEADS } from '../../encode/bert/removed-heads.js'
import { KindredError } from '../../native/errors.js'
import { Weights } from '../../nn/weights.js'
import { Adaptation } from '../base/adaptation.js'
import type { BertSource, HeadShapes } from '../base/source.js'

/** What is kept of a layer: heads of attention and columns of the feed-forward network, by their numbers in it, ascending. */
export interface LayerParts {
  readonly heads: ArrayLike<number>
  readonly columns: ArrayLike<number>
}

/** What is kept of an encoder: layers by their number, as many columns of each. */
export type EncoderParts = readonly (LayerParts & { readonly layer: number })[]

/** All parts of these layers. */
export function wholeLayers({ folder: { config } }: BertSource, layers: readonly number[]): EncoderParts {
  const count = (length: number) => Array.from({ length }, (_, n) => n)
  return layers.map((layer) => ({
    layer,
    heads: count(headsOf(config, layer).length),
    columns: count(config.inner),
  }))
}

/** The config.json of these parts. Architectures name layers and columns by one of two keys each. */
function jsonOf({ folder }: BertSource, parts: EncoderParts): Record<string, unknown> {
  const { json, config } = folder
  const keyOf = (...keys: readonly string[]) => keys.find((key) => key in json) ?? keys[0]!
  const removed = parts.map(({ layer, heads }) => {
    const before = headsOf(config, layer)
    const kept = new Set(Array.from(heads, (n) => before[n]))
    return Array.from({ length: config.heads }, (_, n) => n).filter((n) => !kept.has(n))
  })
  const lacking = [...removed.entries()].filter(([, heads]) => heads.length > 0)
  const { [REMOVED_HEADS]: _, ...rest } = json
  return {
    ...rest,
    [keyOf('num_hidden_layers', 'n_layers')]: parts.length,
    [keyOf('intermediate_size', 'hidden_dim')]: parts[0]!.columns.length,
    ...(lacking.length > 0 && { [REMOVED_HEADS]: Object.fromEntries(lacking) }),
  }
}

/** Blocks of `width` rows, or of columns, of a matrix. */
function slice(
  values: Float32Array,
  cols: number,
  chosen: ArrayLike<number>,
  width: number,
  isByColumn: boolean,
): Float32Array {
  const rows = values.length / cols
  const kept = chosen.length * width
  const out = new Float32Array(isByColumn ? rows * kept : kept * cols)
  for (let n = 0; n < chosen.length; n++) {
    const begin = chosen[n]! * width
    if (!isByColumn) out.set(values.subarray(begin * cols, (begin + width) * cols), n * width * cols)
    else
      for (let row = 0; row < rows; row++)
        out.set(values.subarray(row * cols + begin, row * cols + begin + width), row * kept + n * width)
  }
  return out
}

/**
 * A smaller model that begins with parts of another, its head included; an adapter is merged.
 * @throws ERR_NOT_SUPPORTED for an adapter that cannot be merged, for layers that share their weights, and for fewer heads where
 * biases of attention are by head
 */
export async function smallerSource(source: BertSource, head: HeadShapes, parts: EncoderParts): Promise<BertSource> {
  const { folder, tokenizer, adaptation } = source
  if (adaptation.savedShapes.size > 0)
    throw new KindredError('ERR_NOT_SUPPORTED', 'the model has an adapter that cannot be merged, nor made smaller.')
  if (folder.config.order.length !== folder.config.layers)
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      'layers of the model share their weights, of which none can be left out.',
    )
  if (
    folder.config.biasBuckets > 0 &&
    parts.some(({ layer, heads }) => heads.length < headsOf(folder.config, layer).length)
  )
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      'heads: the layers of the model share biases of attention by head, of which none can be left out.',
    )
  const json = jsonOf(source, parts)
  if (folder.config.biasBuckets > 0 && REMOVED_HEADS in json)
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      'heads: those of the model share a table of biases by distance, of which none can be left out. Remove columns alone.',
    )
  const { architecture, config } = bertConfigOf(json, folder.folder)
  const weights = new Weights()
  const smaller = { ...folder, architecture, config, json, file: undefined, tensors: new Map(), hasAdapter: false }
  const own = { folder: smaller, tokenizer, weights, adaptation: new Adaptation(weights, bertShapes(config)) }
  const reader = adaptation.reader()
  const headWidth = config.dims / config.heads
  for (const [name, shape] of [...bertShapes(config), ...head]) {
    weights.declare(name, shape)
    const [, number, rest] = /^encoder\.layer\.(\d+)\.(.*)$/.exec(name) ?? []
    if (rest === undefined) {
      await weights.write(name, await reader.read(name))
      continue
    }
    const part = parts[Number(number)]!
    const from = `encoder.layer.${part.layer}.${rest}`
    const values = await reader.read(from)
    const cols = reader.entry(from).shape[1] ?? 1
    const sliced = (chosen: ArrayLike<number>, width: number, isByColumn: boolean) =>
      weights.write(name, slice(values, cols, chosen, width, isByColumn))
    if (rest.startsWith('attention.self.')) await sliced(part.heads, headWidth, false)
    else if (rest === 'attention.output.dense.weight') await sliced(part.heads, headWidth, true)
    else if (rest.startsWith('intermediate.dense.')) await sliced(part.columns, 1, false)
    else if (rest === 'output.dense.weight') await sliced(part.columns, 1, true)
    else await weights.write(name, values)
  }
  return own
}
