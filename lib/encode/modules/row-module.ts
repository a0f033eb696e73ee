import { KindredError } from '../../native/errors.js'

/** A layer on each row: y = activation(x weight' + bias), and x or its projection added where it is residual. */
export interface DenseModule {
  kind: 'Dense'
  /** Path of its safetensors file. */
  weights: string
  inputs: number
  outputs: number
  bias: boolean
  /** A key of ACTIVATIONS. */
  activation: string
  residual: boolean
}

/** Each row less its mean, over its standard deviation, times a gain plus a bias. */
export interface LayerNormModule {
  kind: 'LayerNorm'
  /** Path of its safetensors file. */
  weights: string
  inputs: number
  outputs: number
}

/** Each row over its Euclidean norm. */
export interface NormalizeModule {
  kind: 'Normalize'
}

/** A module of sentence-transformers that makes a row of each row: of token states, or of pooled vectors. */
export type RowModule = DenseModule | LayerNormModule | NormalizeModule

/** Dimensions of what comes out where rows of `dims` go in. @throws ERR_SHAPE naming the module that takes others */
export function dimsAfter(modules: readonly RowModule[], dims: number): number {
  for (const module of modules) {
    if (module.kind === 'Normalize') continue
    if (module.inputs !== dims)
      throw new KindredError(
        'ERR_SHAPE',
        `a module ${module.kind} of the encoder (${module.weights}) takes vectors of ${module.inputs} dimensions, but these have ${dims}.`,
      )
    dims = module.outputs
  }
  return dims
}
