import { checkInteger } from './argument-checks.js'
import { KindredError } from './errors.js'
import { nativeCallSync } from './native-call.js'

/** Whether this process computes on a GPU where it is asked to, and why. */
export interface CudaInfo {
  /** 'not probed' until a device is first asked for; then one of the others for as long as the process lives. */
  state: 'not probed' | 'available' | 'unavailable'
  /** Whether `device: 'auto'` and `'cuda'` go to the GPU. */
  available: boolean
  /** Why, and where it is not: what to do about it. */
  reason: string
  /** The device, where one was opened. */
  device: {
    /** As the driver names it, for example 'NVIDIA H200'. */
    name: string
    /** For example '9.0'. */
    computeCapability: string
    /** The CUDA version that the driver offers, for example '13.0'. */
    driver: string
    /** Bytes that it has. */
    memory: number
    /** Bytes of them that `KINDRED_CUDA_MEMORY` allows this process, or null. */
    limit: number | null
    /** The library of kernels. */
    library: string
  } | null
  /** How many calls with `device: 'auto'` went to the CPU because the device failed or had too little memory. */
  fallbacks: number
  /** Why the last of them did. */
  lastFallback: string | null
}

/** What the kernels run on, and why. */
export interface BackendInfo {
  /** The instruction set of the kernels. `KINDRED_ISA`, as it stands when the addon is first loaded, forces one of `available`. */
  isa: {
    /** For example 'avx512'. */
    name: string
    /** Why it was chosen. */
    reason: string
    /** All that this machine has, the best first. */
    available: string[]
    /** Whether it has products of bf16, which `precision: 'bf16'` takes: AMX and AVX512-BF16 do. */
    bf16: boolean
    /** Whether it has products of int8, which `precision: 'int8'` of encoders takes: AMX and AVX512 with BF16 and VNNI do. */
    int8: boolean
  }
  /**
   * Threads of a call, kindred's kernels and onnxruntime alike. `KINDRED_THREADS` or {@link setThreads} decide, else
   * the smaller of the affinity mask and the cgroup quota.
   */
  threads: {
    /** How many a call uses. */
    count: number
    /** What decided. */
    reason: string
    /** CPUs that the affinity mask allows. */
    affinity: number
    /** CPUs that the cgroup allows, or null where it sets no limit. */
    quota: number | null
  }
  /** The NVIDIA GPU, which nothing looks for until a `device` other than 'cpu' is asked for. */
  cuda: CudaInfo
}

function cudaInfo(): CudaInfo {
  const { decided, usable, reason, device, fallbacks, lastFallback } = nativeCallSync((native) => native.cudaState())
  return {
    state: usable ? 'available' : decided ? 'unavailable' : 'not probed',
    available: usable,
    reason: decided ? reason : "no device was asked for yet; the first call with device: 'auto' or 'cuda' finds out",
    device: device && {
      name: device.name,
      computeCapability: (device.computeCapability / 10).toFixed(1),
      driver: `${Math.floor(device.driver / 1000)}.${Math.floor((device.driver % 1000) / 10)}`,
      memory: device.memory,
      limit: device.limit > 0 ? device.limit : null,
      library: device.library,
    },
    fallbacks,
    lastFallback,
  }
}

/**
 * Names the instruction set, the number of threads and the GPU that were chosen, and why. Looks for nothing by itself.
 * @throws ERR_ADDON if the addon is missing, ERR_VALUE if KINDRED_ISA or KINDRED_THREADS hold something illegal
 */
export function backendInfo(): BackendInfo {
  const info = nativeCallSync((native) => native.backendInfo())
  return {
    isa: {
      name: info.isa,
      reason: info.isaReason,
      available: info.isaAvailable,
      bf16: info.isaBf16,
      int8: info.isaInt8,
    },
    threads: {
      count: info.threads,
      reason: info.threadsReason,
      affinity: info.affinity,
      quota: info.quota > 0 ? info.quota : null,
    },
    cuda: cudaInfo(),
  }
}

/**
 * Sets the number of threads for every later call, kindred's kernels and newly started encoders alike.
 * @param threads 1 to 1024
 * @throws ERR_VALUE
 */
export function setThreads(threads: number): void {
  checkInteger('threads', threads, { min: 1, max: 1024 })
  nativeCallSync((native) => native.setThreads(threads))
}

/** @internal @throws ERR_NOT_SUPPORTED unless the kernels have products of bf16 */
export function checkBf16(): void {
  const { isa, isaBf16 } = nativeCallSync((native) => native.backendInfo())
  if (!isaBf16)
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      `precision: 'bf16' takes a processor with AVX512-BF16 or AMX, but the kernels run on ${isa}. Take 'f32'.`,
    )
}
