import type { KindredErrorCode } from '../../native/errors.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'

/** Takes the vector of an input, or why it has none. */
export interface MediaReceiver {
  vector(index: number, vector: Float32Array, truncated: boolean): void
  failure(index: number, code: KindredErrorCode, message: string): void
}

/** Inputs that are to become vectors. */
export interface MediaJob {
  readonly inputs: readonly MediaInput[]
  readonly normalize: boolean
  readonly receiver: MediaReceiver
  readonly signal: AbortSignal | undefined
}

/** What makes vectors: a model in a process of its own, or descriptors in this one. */
export interface MediaEngine {
  readonly dims: number
  /** Settles when each input has been received once. @throws what concerns all of them: ERR_ENCODER, ERR_ABORTED and so on */
  run(job: MediaJob): Promise<void>
  dispose(): void
  gone(): Promise<void>
}
