import type { AlsKernelOptions } from './als.js'
import type { Csr, Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'
import type { TopK, VectorIndexHandle } from './search.js'
import type { SgdKernelOptions, SgdLoss } from './sgd.js'

/** A matrix in the memory of the GPU; opaque. */
export interface DeviceMatrixHandle {
  readonly __deviceMatrix: never
}

/** A sparse matrix there; opaque. */
export interface DeviceCsrHandle {
  readonly __deviceCsr: never
}

/** A catalogue of vectors there; opaque. */
export interface DeviceIndexHandle {
  readonly __deviceIndex: never
}

/** What this process knows of the GPU. */
export interface CudaState {
  /** Whether it was tried to use one. */
  decided: boolean
  usable: boolean
  reason: string
  device: {
    name: string
    computeCapability: number
    driver: number
    memory: number
    limit: number
    library: string
  } | null
  fallbacks: number
  lastFallback: string | null
}

/** Matrices and kernels on the GPU. */
export interface DeviceFunctions {
  cudaState(): CudaState
  cudaOpen(library: string): Promise<void>
  cudaRefuse(reason: string): void
  cudaFellBack(reason: string): void
  cudaProbe(library: string, seconds: number): void

  deviceUpload(matrix: Matrix, abort?: AbortFlag): Promise<DeviceMatrixHandle>
  deviceDownload(matrix: DeviceMatrixHandle, out: Matrix, abort?: AbortFlag): Promise<void>
  deviceNormalizeRows(matrix: DeviceMatrixHandle, abort?: AbortFlag): Promise<number>
  deviceGram(matrix: DeviceMatrixHandle, abort?: AbortFlag): Promise<{ gram: Float64Array; sums: Float64Array }>
  deviceProject(
    x: DeviceMatrixHandle,
    mean: Float64Array | null,
    components: DeviceMatrixHandle,
    abort?: AbortFlag,
  ): Promise<DeviceMatrixHandle>
  deviceSize(matrix: DeviceMatrixHandle): { rows: number; cols: number; bytes: number }
  deviceRelease(matrix: DeviceMatrixHandle): void
  deviceCsr(csr: Csr, abort?: AbortFlag): Promise<DeviceCsrHandle>
  deviceCsrRelease(csr: DeviceCsrHandle): void

  deviceAlsMemory(Cui: Csr, factors: number, options: AlsKernelOptions, abort?: AbortFlag): Promise<void>
  deviceAlsHalfSweep(
    Cui: DeviceCsrHandle,
    Y: DeviceMatrixHandle,
    X: DeviceMatrixHandle,
    options: AlsKernelOptions,
    abort?: AbortFlag,
  ): Promise<void>

  deviceBprMemory(log: Csr, width: number, options: SgdKernelOptions, abort?: AbortFlag): Promise<void>
  deviceBprEpoch(
    log: Csr,
    X: DeviceMatrixHandle,
    Y: DeviceMatrixHandle,
    itemBias: DeviceMatrixHandle,
    options: SgdKernelOptions,
    abort?: AbortFlag,
  ): Promise<SgdLoss>

  deviceInvert(a: Matrix, abort?: AbortFlag): Promise<void>

  deviceAttentionPool(
    states: DeviceMatrixHandle,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    queries: Matrix,
    abort?: AbortFlag,
  ): Promise<DeviceMatrixHandle>
  deviceAttentionPoolBackward(
    states: DeviceMatrixHandle,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    queries: Matrix,
    dOut: DeviceMatrixHandle,
    abort?: AbortFlag,
  ): Promise<{ queries: Float32Array; states: DeviceMatrixHandle }>

  deviceIndex(index: VectorIndexHandle, tf32: boolean, abort?: AbortFlag): Promise<DeviceIndexHandle>
  deviceIndexOf(deviceIndex: DeviceIndexHandle, index: VectorIndexHandle, abort?: AbortFlag): Promise<DeviceIndexHandle>
  deviceIndexRelease(deviceIndex: DeviceIndexHandle): void
  deviceIndexSearch(
    deviceIndex: DeviceIndexHandle,
    queries: Matrix | DeviceMatrixHandle,
    k: number,
    exclude: Csr | null,
    candidates: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<TopK>
}
