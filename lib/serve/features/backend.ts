import type { FeatureReason } from './feature-store-options.js'
import type { DecodedRecord } from './record.js'
import type { OpenView } from './view.js'

/** A request with the key of its value. */
export interface ReadRequest {
  readonly view: OpenView
  readonly key: string
}

/** A packed value to store. */
export interface WriteRequest extends ReadRequest {
  readonly record: Uint8Array
  readonly time: number
}

/** What was found: numbers, numbers known last and why there are no newer ones, or why there are none. */
export type ReadResult = DecodedRecord | (DecodedRecord & { readonly stale: FeatureReason }) | FeatureReason

/** Where values are kept. Times are milliseconds since 1970. */
export interface FeatureBackend {
  /** @throws ERR_SCHEMA, ERR_UNAVAILABLE, ERR_DATA, ERR_DISPOSED, ERR_ABORTED */
  read(
    requests: readonly ReadRequest[],
    now: number,
    signal: AbortSignal | undefined,
  ): Promise<ReadResult[]> | ReadResult[]
  /** How many were kept; the others were older than what was there. @throws as {@link read}, ERR_TOO_LARGE */
  write(values: readonly WriteRequest[], now: number, signal: AbortSignal | undefined): Promise<number> | number
  /** How many there were. @throws as {@link read} */
  remove(keys: readonly string[], signal: AbortSignal | undefined): Promise<number> | number
  dispose(): void
}
