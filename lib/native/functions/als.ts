import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

export interface AlsKernelOptions {
  regularization: number
  regularizationExponent: number
  unobservedWeight: number
  alpha: number
  solver: 'cg' | 'cholesky' | 'block'
  cgSteps: number
  blockSize: number
}

/** Alternating least squares. */
export interface AlsFunctions {
  alsHalfSweep(
    Cui: Csr,
    Y: Matrix,
    gramOfY: Float64Array,
    X: Matrix,
    prior: Matrix | null,
    options: AlsKernelOptions,
    abort?: AbortFlag,
  ): Promise<void>
  alsContributions(
    Cui: Csr,
    Y: Matrix,
    gramOfY: Float64Array,
    item: number,
    options: AlsKernelOptions,
    abort?: AbortFlag,
  ): Promise<Float64Array>
  alsLoss(Cui: Csr, X: Matrix, Y: Matrix, options: AlsKernelOptions, abort?: AbortFlag): Promise<number>
}
