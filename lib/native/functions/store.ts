/** Small values by key, in memory. Opaque. */
export interface ValueStoreHandle {
  readonly __valueStore: never
}

/** What a store of values has met. */
export interface StoreStatistics {
  entries: number
  bytes: number
  hits: number
  misses: number
  expiries: number
  evictions: number
  refused: number
}

/** Values of bytes by key, and their checksums. */
export interface StoreFunctions {
  valueStore(maxBytes: number): ValueStoreHandle
  valueStorePut(
    store: ValueStoreHandle,
    keys: readonly string[],
    bytes: Uint8Array,
    offsets: Int32Array,
    orders: Float64Array,
    expires: Float64Array,
  ): number
  valueStoreGet(
    store: ValueStoreHandle,
    keys: readonly string[],
    now: number,
    out: Uint8Array,
    offsets: Int32Array,
    sizes: Int32Array,
  ): void
  valueStoreDelete(store: ValueStoreHandle, keys: readonly string[]): number
  valueStoreStatistics(store: ValueStoreHandle): StoreStatistics
  valueStoreDispose(store: ValueStoreHandle): void
  valueChecksum(bytes: Uint8Array, begin: number, end: number, before: number): number
}
