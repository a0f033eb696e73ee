import type { Axes } from './axes.js'
import type { ReductionState } from './reduction.js'

/** What a PCA has learnt. */
export interface PCAState extends ReductionState {
  /** [dims], what is subtracted. */
  readonly mean: Float64Array
  /** How many vectors it was fitted on. */
  readonly samplesSeen: number
  /** Sum of the squared deviations of all columns. */
  readonly total: number
  /** Which solver was taken. */
  readonly solver: 'covariance' | 'randomized' | 'incremental'
}

/** The state of axes of `samplesSeen` vectors. */
export function pcaState(axes: Axes, samplesSeen: number, solver: PCAState['solver']): PCAState {
  const { mean, components, total } = axes
  const values = axes.values.slice(0, components.rows)
  return {
    mean,
    components,
    samplesSeen,
    total,
    solver,
    singularValues: values.map(Math.sqrt),
    explainedVariance: values.map((value) => value / Math.max(samplesSeen - 1, 1)),
    explainedVarianceRatio: values.map((value) => (total > 0 ? value / total : 0)),
  }
}
