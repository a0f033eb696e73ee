import type { Matrix } from '../../data/matrix.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { type Axes, checkFinite, exactAxes } from './axes.js'
import { isShare, type PCASettings } from './pca-options.js'
import type { ReduceFitOptions } from './reduction.js'
import { denseTruncatedSvd } from './singular-subspace.js'
import { turned } from './vectors.js'

/** The lesser of rows and dims up to which the covariance matrix is decomposed. */
const COVARIANCE_DIMS = 1024
/** The share of all components beyond which they are all computed. */
const MOST_COMPONENTS = 0.8

/** Which solver 'auto' stands for. */
export function solverFor(x: Matrix, { solver, components }: PCASettings): 'covariance' | 'randomized' {
  if (solver !== 'auto') return solver
  const most = Math.min(x.rows, x.cols)
  const isMany = components === undefined || isShare(components) || components >= MOST_COMPONENTS * most
  return most <= COVARIANCE_DIMS || isMany ? 'covariance' : 'randomized'
}

/** How many components to ask for, none of them by a share. @throws ERR_VALUE where there are not as many */
export function countFor(where: string, x: Matrix, components: number | undefined): number {
  const most = Math.min(x.rows, x.cols)
  if (components === undefined) return most
  if (components <= most) return components
  throw new KindredError(
    'ERR_VALUE',
    `${where}: expected components from 1 to ${most}, the lesser of ${x.rows} rows and ${x.cols} dims, but received ${components}.`,
  )
}

/** The principal axes of the rows of x [rows, dims], rows >= 2. */
export async function fitPca(x: Matrix, settings: PCASettings, options: ReduceFitOptions): Promise<Axes> {
  const { signal, onProgress } = options
  const share = isShare(settings.components)
  const count = share ? 0 : countFor('PCA.fit', x, settings.components)
  if (solverFor(x, settings) === 'randomized') return randomizedAxes(x, count, settings, options)
  const wanted = { count, share: share ? settings.components! : 1 }
  const axes = await exactAxes('PCA.fit', x, true, wanted, signal, () => onProgress?.({ done: 1, total: 2 }))
  onProgress?.({ done: 2, total: 2 })
  return axes
}

async function randomizedAxes(
  x: Matrix,
  count: number,
  { oversampling, powerIterations, seed }: PCASettings,
  options: ReduceFitOptions,
): Promise<Axes> {
  const { signal } = options
  const { mean, squares } = await nativeCall(signal, (native, abort) => native.columnMoments(x, abort))
  checkFinite('PCA.fit', squares)
  const iterations = powerIterations ?? (count < 0.1 * Math.min(x.rows, x.cols) ? 7 : 4)
  const svd = await denseTruncatedSvd(x, mean, { factors: count, iterations, seed, oversampling }, options)
  return {
    mean,
    values: Float64Array.from(svd.values, (value) => value ** 2),
    components: await turned(svd.vectors, signal),
    total: squares.reduce((a, b) => a + b, 0),
  }
}
