import type { ConfigReader } from './config-reader.js'

/**
 * Key of config.json for heads of attention that were removed: their numbers by that of the layer. Files hold zeros for them, so
 * that transformers, which knows no layers of different width, computes the same.
 */
export const REMOVED_HEADS = 'kindred_removed_heads'

/** Sizes of attention. */
export interface HeadSizes {
  /** Length of a state. */
  readonly dims: number
  /** Heads of a layer before any was removed. */
  readonly heads: number
  /** The heads that each layer lacks, ascending. */
  readonly removed: readonly (readonly number[])[]
}

/** The removed heads of each layer, ascending. @throws ERR_ENCODER */
export function removedHeads(json: ConfigReader, layers: number, heads: number): number[][] {
  const found = json.get(REMOVED_HEADS) ?? {}
  const removed = Array.from({ length: layers }, (): number[] => [])
  const isNumber = (value: unknown, below: number): value is number =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < below
  for (const [key, value] of Object.entries(found as object)) {
    const isLegal =
      isNumber(Number(key), layers) &&
      Array.isArray(value) &&
      value.every((head) => isNumber(head, heads)) &&
      new Set(value).size === value.length &&
      value.length < heads
    if (!isLegal) return json.fail(`${REMOVED_HEADS}: expected numbers of heads of each layer, one of which is left`)
    removed[Number(key)] = [...value].sort((a, b) => a - b)
  }
  return removed
}

/** The heads of a layer by their numbers before any was removed. */
export function headsOf({ heads, removed }: Pick<HeadSizes, 'heads' | 'removed'>, layer: number): number[] {
  const gone = new Set(removed[layer])
  return Array.from({ length: heads }, (_, n) => n).filter((n) => !gone.has(n))
}

/** The layer of a tensor that has a part for each head, and whether these are its columns. */
function partsOf(name: string): { layer: number; isByColumn: boolean } | undefined {
  const [, layer, part] = /^encoder\.layer\.(\d+)\.attention\.(self\.\w+\.\w+|output\.dense\.weight)$/.exec(name) ?? []
  return part === undefined ? undefined : { layer: Number(layer), isByColumn: part.startsWith('output') }
}

/** Calls copy(begin in the whole tensor, begin in the one without removed heads, count) for what both have. */
function forKept(
  config: HeadSizes,
  name: string,
  shape: readonly number[],
  copy: (whole: number, own: number, count: number) => void,
): boolean {
  const parts = partsOf(name)
  if (parts === undefined || config.removed[parts.layer]!.length === 0) return false
  const width = config.dims / config.heads
  const kept = headsOf(config, parts.layer)
  const [rows, cols = 1] = shape as [number, number?]
  for (const [n, head] of kept.entries())
    if (!parts.isByColumn) copy(head * width * cols, n * width * cols, width * cols)
    else
      for (let row = 0; row < rows; row++)
        copy(row * config.dims + head * width, row * kept.length * width + n * width, width)
  return true
}

/** The shape of a tensor in a file, where removed heads are zeros. @param shape without them */
export function wholeShape(config: HeadSizes, name: string, shape: readonly number[]): readonly number[] {
  const parts = partsOf(name)
  if (parts === undefined) return shape
  return parts.isByColumn ? [shape[0]!, config.dims] : [config.dims, ...shape.slice(1)]
}

/** A tensor of a file without removed heads. @param shape without them */
export function withoutHeads(
  config: HeadSizes,
  name: string,
  shape: readonly number[],
  whole: Float32Array,
): Float32Array {
  const own = new Float32Array(shape.reduce((a, b) => a * b, 1))
  const copy = (from: number, to: number, count: number) => own.set(whole.subarray(from, from + count), to)
  return forKept(config, name, shape, copy) ? own : whole
}

/** A tensor as files hold it, with zeros for removed heads. @param shape without them */
export function withZeroHeads(
  config: HeadSizes,
  name: string,
  shape: readonly number[],
  own: Float32Array,
): Float32Array {
  const whole = new Float32Array(wholeShape(config, name, shape).reduce((a, b) => a * b, 1))
  const copy = (to: number, from: number, count: number) => whole.set(own.subarray(from, from + count), to)
  return forKept(config, name, shape, copy) ? whole : own
}
