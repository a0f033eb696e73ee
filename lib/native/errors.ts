/** Stable codes of {@link KindredError}. */
export type KindredErrorCode =
  | 'ERR_SHAPE' // sizes that do not fit together
  | 'ERR_VALUE' // a value outside what is legal
  | 'ERR_DATA' // rows or files whose contents cannot be used
  | 'ERR_COLUMN' // a column that the file does not have, or of an unusable type
  | 'ERR_DUPLICATE' // an id or a pair that comes twice where it must not
  | 'ERR_UNKNOWN_ID' // a user or item that the model or map does not know
  | 'ERR_NOT_FITTED' // a model used before fit
  | 'ERR_RULES' // rules that no list can keep together
  | 'ERR_TIMEOUT' // a stage that took longer than its limit
  | 'ERR_NOT_SUPPORTED' // something that this model cannot do
  | 'ERR_MODEL_FILE' // a saved model or feature folder that is missing, altered, truncated or newer
  | 'ERR_ENCODER' // a folder that is no encoder, or an encoder that failed
  | 'ERR_ENCODER_DIED' // the encoder's process ended under a call
  | 'ERR_TRUNCATED' // text longer than the encoder takes, with truncation: 'error'
  | 'ERR_DISPOSED' // used after dispose
  | 'ERR_ABORTED' // stopped by an AbortSignal (name: 'AbortError')
  | 'ERR_NOT_POSITIVE_DEFINITE' // a linear system without a solution
  | 'ERR_NOT_FINITE' // a loss that is no finite number: training diverged
  | 'ERR_TOO_LARGE' // beyond a stated limit
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_RESOURCES' // no more files, processes or threads for now
  | 'ERR_IO' // the file system refused
  | 'ERR_SCHEMA' // stored values that another schema has written
  | 'ERR_UNAVAILABLE' // a server that does not answer, or not in time
  | 'ERR_OVERLOADED' // more calls than can wait: try again later
  | 'ERR_DEVICE' // device: 'cuda' where none can be used, or a device that failed
  | 'ERR_ADDON' // the native addon is missing or unusable, or kindred's files are, in a bundle
  | 'ERR_INTERNAL'

/**
 * Every error that kindred throws on purpose. The message says what was expected, what was received, and what is legal; `code`
 * is stable. An aborted call has `name: 'AbortError'` and the signal's reason as its `cause`.
 */
export class KindredError extends Error {
  /** What kind of error it is; stable across releases. */
  readonly code: KindredErrorCode
  /** Of ERR_OVERLOADED: in how many milliseconds to try again at the earliest. */
  declare readonly retryAfterMs?: number

  /** @param options.cause the error that led to this one */
  constructor(code: KindredErrorCode, message: string, options?: { cause?: unknown; retryAfterMs?: number }) {
    super(message, options)
    this.name = code === 'ERR_ABORTED' ? 'AbortError' : 'KindredError'
    this.code = code
    if (options?.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
  }
}

/** A short rendering of any value for an error message: never a whole input. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value === null || typeof value !== 'object') return String(value)
  return `${Object.getPrototypeOf(value)?.constructor?.name ?? 'an object'}`
}

/** The error of an aborted call, to be thrown when `signal` has fired. */
export function abortError(signal: AbortSignal): KindredError {
  return new KindredError('ERR_ABORTED', 'The operation was aborted.', { cause: signal.reason })
}

/** ERR_VALUE unless `signal` is an AbortSignal or absent. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return
  if (typeof (signal as Partial<AbortSignal>).addEventListener !== 'function')
    throw new KindredError('ERR_VALUE', `signal: expected an AbortSignal but received ${show(signal)}.`)
}

/** Throws the abort error if `signal` has fired already, ERR_VALUE if it is no AbortSignal. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  checkSignal(signal)
  if (signal?.aborted) throw abortError(signal)
}
