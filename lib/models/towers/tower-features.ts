import { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'

/** Vectors of one kind, or several kinds by name, such as `{ text, picture }`; what has none of a kind is without it. */
export type TowerFeatures = Features | Readonly<Record<string, Features>>

/** One kind of vectors: where they stand among the columns, and how they are brought to one scale. */
export interface FeatureGroup {
  readonly name: string
  readonly dims: number
  /** [dims] the mean of those that the model learnt from. */
  readonly mean: Float32Array
  /** What differences from it are multiplied by. */
  readonly factor: number
}

const ROWS_AT_ONCE = 1 << 8
/** Of features that came without a name. */
const ONLY = 'features'

/** Features by name, in the order of the names. @throws ERR_VALUE for what are none */
export function featuresByName(option: string, given: unknown): ReadonlyMap<string, Features> {
  if (given === undefined) return new Map()
  if (given instanceof Features) return new Map([[ONLY, given]])
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given)
  const entries = isRecord ? Object.entries(given) : []
  if (entries.length === 0 || entries.some(([, features]) => !(features instanceof Features)))
    throw new KindredError(
      'ERR_VALUE',
      `${option}: expected Features, or Features by name, but received ${show(given)}.`,
    )
  return new Map((entries as [string, Features][]).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** All groups of a side. */
export class TowerGroups {
  constructor(readonly groups: readonly FeatureGroup[]) {}

  /** Columns of all groups together. */
  get width(): number {
    return this.groups.reduce((sum, { dims }) => sum + dims, 0)
  }

  /**
   * What is learnt of the vectors of those that are in the log: their mean, and the root mean square of their distance from it,
   * which becomes 1.
   * @throws ERR_DATA if none of the log has any of a kind
   */
  static async learn(
    side: 'item' | 'user',
    byName: ReadonlyMap<string, Features>,
    known: IdMap,
    signal?: AbortSignal,
  ): Promise<TowerGroups> {
    const groups: FeatureGroup[] = []
    for (const [name, { ids, matrix }] of byName) {
      const { cols: dims } = matrix
      const rows: number[] = []
      const yielder = new LoopYielder(signal)
      await yielder.over(known.size, ROWS_AT_ONCE, (begin, end) => {
        for (let row = begin; row < end; row++) {
          const at = ids.indexOf(known.idAt(row))
          if (at >= 0) rows.push(at)
        }
      })
      if (rows.length === 0)
        throw new KindredError(
          'ERR_DATA',
          `${side}Features: none of the log's ${known.size} ${side}s is among the ${ids.size} with ${show(name)}. Do their ids have the same type?`,
        )
      rows.sort((a, b) => a - b) // sums in an order of the features alone
      const sums = new Float64Array(dims)
      let squares = 0
      await yielder.over(rows.length, ROWS_AT_ONCE, (begin, end) => {
        for (let n = begin; n < end; n++) {
          const row = matrix.row(rows[n]!)
          for (let d = 0; d < dims; d++) {
            sums[d]! += row[d]!
            squares += row[d]! ** 2
          }
        }
      })
      const mean = Float32Array.from(sums, (sum) => sum / rows.length)
      const variance = squares / rows.length - mean.reduce((sum, value) => sum + value ** 2, 0)
      const factor = variance > 1e-12 ? Math.fround(Math.sqrt(dims / variance)) : 1
      groups.push({ name, dims, mean, factor })
    }
    return new TowerGroups(groups)
  }

  /**
   * Vectors [ids.length, width] of these ids on the scale that was learnt, zeros where one has none of a kind. Features without a
   * name are those of the only kind.
   * @throws ERR_SHAPE for vectors of other dimensions, ERR_VALUE for a kind that was not there at `fit`
   */
  async matrix(
    byName: ReadonlyMap<string, Features>,
    ids: { readonly size: number; idAt(row: number): string | number },
    signal?: AbortSignal,
  ): Promise<{ matrix: Matrix; described: Uint8Array }> {
    const [only] = byName.values()
    if (byName.size === 1 && byName.has(ONLY) && this.groups.length === 1)
      byName = new Map([[this.groups[0]!.name, only!]])
    for (const name of byName.keys())
      if (!this.groups.some((group) => group.name === name))
        throw new KindredError(
          'ERR_VALUE',
          `features: expected ${this.groups.map((group) => show(group.name)).join(', ') || 'none'}, as at fit, but received ${show(name)}.`,
        )
    const matrix = new Matrix(ids.size, this.width)
    const described = new Uint8Array(ids.size)
    const yielder = new LoopYielder(signal)
    let begins = 0
    for (const { name, dims, mean, factor } of this.groups) {
      const features = byName.get(name)
      if (features && features.dims !== dims)
        throw new KindredError(
          'ERR_SHAPE',
          `features: expected ${dims} dimensions of ${show(name)}, as at fit, but received ${features.dims}.`,
        )
      const at = begins
      if (features)
        await yielder.over(ids.size, ROWS_AT_ONCE, (begin, end) => {
          for (let row = begin; row < end; row++) {
            const own = features.ids.indexOf(ids.idAt(row))
            if (own < 0) continue
            described[row] = 1
            const [source, target] = [features.matrix.row(own), matrix.row(row)]
            for (let d = 0; d < dims; d++) target[at + d] = (source[d]! - mean[d]!) * factor
          }
        })
      begins += dims
    }
    return { matrix, described }
  }

  /** Tensors that {@link fromTensors} reads. */
  toTensors(prefix: string): Record<string, Tensor> {
    const names = Buffer.from(JSON.stringify(this.groups.map(({ name, dims }) => ({ name, dims }))))
    return {
      [`${prefix}.groups`]: vectorTensor(new Uint8Array(names)),
      [`${prefix}.mean`]: vectorTensor(Float32Array.from(this.groups.flatMap(({ mean }) => [...mean]))),
      [`${prefix}.scales`]: vectorTensor(Float32Array.from(this.groups, ({ factor }) => factor)),
    }
  }

  /** @throws ERR_MODEL_FILE */
  static fromTensors(tensors: SavedTensors, prefix: string): TowerGroups {
    const named = parsedGroups(Buffer.from(tensors.vector(`${prefix}.groups`, Uint8Array)).toString('utf8'))
    const factors = tensors.vector(`${prefix}.scales`, Float32Array, named.length)
    const width = named.reduce((sum, { dims }) => sum + dims, 0)
    const means = tensors.vector(`${prefix}.mean`, Float32Array, width)
    let at = 0
    return new TowerGroups(
      named.map(({ name, dims }, n) => {
        at += dims
        return { name, dims, mean: means.slice(at - dims, at), factor: factors[n]! }
      }),
    )
  }
}

/** @throws ERR_MODEL_FILE for what are no names with dimensions */
function parsedGroups(text: string): { name: string; dims: number }[] {
  let groups: unknown
  try {
    groups = JSON.parse(text)
  } catch {
    groups = undefined
  }
  const isGroup = (group: unknown): group is { name: string; dims: number } => {
    const { name, dims } = (group ?? {}) as { name?: unknown; dims?: unknown }
    return typeof name === 'string' && Number.isInteger(dims) && (dims as number) >= 0 && (dims as number) < 2 ** 31
  }
  if (Array.isArray(groups) && groups.every(isGroup)) return groups
  throw new KindredError('ERR_MODEL_FILE', 'its groups of features are damaged. Save the model again.')
}
