export interface AbortFlag {
  raise(): void
}

/** Instruction sets, threads, abort flags, child processes. */
export interface RuntimeFunctions {
  AbortFlag: new () => AbortFlag
  backendInfo(): {
    isa: string
    isaReason: string
    isaAvailable: string[]
    isaBf16: boolean
    isaInt8: boolean
    threads: number
    threadsReason: string
    affinity: number
    quota: number
  }
  setThreads(threads: number): void
  adoptProcess(pid: number): void
  releaseProcess(pid: number): void
}
