import type { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { fitPca } from '../../features/reduce/fit-pca.js'
import { mapRows, projection, type RowMap } from '../../features/reduce/vectors.js'
import { KindredError } from '../../native/errors.js'

/** How vectors of items become those that heads are of: principal components, on one scale, and a 1 for the bias. */
export interface ItemSpace {
  map: RowMap
}

/** The space of the vectors given, of `dims` components at most. */
export async function fitItemSpace(
  features: Features,
  dims: number,
  signal: AbortSignal | undefined,
): Promise<ItemSpace> {
  const { matrix } = features
  const count = Math.min(dims, matrix.rows - 1, matrix.cols)
  if (count < 1)
    throw new KindredError(
      'ERR_DATA',
      `itemFeatures: expected vectors of two items, at least, but received ${matrix.rows}.`,
    )
  const settings = {
    components: count,
    solver: 'auto',
    whiten: false,
    oversampling: 10,
    powerIterations: undefined,
    seed: 0,
  } as const
  const { mean, components, values } = await fitPca(matrix, settings, { signal })
  // One scale for all: what the components differ in by size says how much they tell.
  const variance = values.slice(0, components.rows).reduce((a, b) => a + b, 0) / matrix.rows
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 1
  return { map: await projection(components, mean, new Float64Array(components.rows).fill(scale), signal) }
}

/** Vectors of items in the space [items, dims + 1], the last number 1; rows of zeros for items without features. */
export async function placeItems(
  { map }: ItemSpace,
  features: Features,
  items: IdMap,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  if (features.dims !== map.weights.rows)
    throw new KindredError(
      'ERR_SHAPE',
      `features: expected ${map.weights.rows} dimensions, as at fit, but received ${features.dims}.`,
    )
  const mapped = await mapRows(features.matrix, map, signal)
  const out = new Matrix(items.size, mapped.cols + 1)
  await new LoopYielder(signal).over(mapped.rows, 256, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const row = items.indexOf(features.ids.idAt(n))
      if (row < 0) continue
      out.row(row).set(mapped.row(n))
      out.data[row * out.cols + mapped.cols] = 1
    }
  })
  return out
}
