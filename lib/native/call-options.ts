/** What every call takes that can run long. */
export interface AbortOptions {
  /** Stops the call when it fires: it then throws ERR_ABORTED, an error named 'AbortError' with the signal's reason. */
  signal?: AbortSignal
}

/** How far a call has come. */
export interface Progress {
  /** How much is done, from 0 to `total`. */
  done: number
  /** How much there is to do. */
  total: number
}
