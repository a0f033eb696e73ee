import type { AbortFlag } from './runtime.js'

/** A compiled list of operations; opaque. */
export interface NnProgramHandle {
  readonly __nnProgram: never
}

/** Weights and what optimisers keep of them; opaque. */
export interface NnBuffersHandle {
  readonly __nnBuffers: never
}

/** What a tensor of a program holds. */
export type NnNumbers = Float32Array | Int32Array

/** Programs of networks. */
export interface NnFunctions {
  nnProgram(names: string[], code: Float64Array): NnProgramHandle
  nnBuffers(): NnBuffersHandle
  nnAddBuffer(buffers: NnBuffersHandle, size: number, abort?: AbortFlag): Promise<number>
  nnReadBuffer(buffers: NnBuffersHandle, index: number, out: Float32Array, abort?: AbortFlag): Promise<void>
  nnWriteBuffer(buffers: NnBuffersHandle, index: number, values: Float32Array, abort?: AbortFlag): Promise<void>
  nnClearBuffer(buffers: NnBuffersHandle, index: number, abort?: AbortFlag): Promise<void>
  nnCopyBuffers(buffers: NnBuffersHandle, indices: Int32Array, abort?: AbortFlag): Promise<NnBuffersHandle>
  nnRestoreBuffers(
    buffers: NnBuffersHandle,
    indices: Int32Array,
    copies: NnBuffersHandle,
    abort?: AbortFlag,
  ): Promise<void>
  nnExchangeBuffers(buffers: NnBuffersHandle, a: Int32Array, b: Int32Array, abort?: AbortFlag): Promise<void>
  nnReleaseBuffers(buffers: NnBuffersHandle): void
  nnRun(
    program: NnProgramHandle,
    buffers: NnBuffersHandle,
    symbols: Int32Array,
    inputs: NnNumbers[],
    outputs: NnNumbers[],
    abort?: AbortFlag,
  ): Promise<void>
  nnFindNotFinite(
    program: NnProgramHandle,
    buffers: NnBuffersHandle,
    symbols: Int32Array,
    inputs: NnNumbers[],
    abort?: AbortFlag,
  ): Promise<number>
}
