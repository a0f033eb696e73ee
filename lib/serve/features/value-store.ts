import type { StoreStatistics, ValueStoreHandle } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCallSync } from '../../native/native-call.js'

/** A value to be kept. */
export interface KeptValue {
  readonly key: string
  readonly bytes: Uint8Array
  /** Of two values of a key, the one of the larger order stays; of equal ones the later. */
  readonly order: number
  /** The last moment at which it is found. */
  readonly expires: number
}

/** What was found for a key: the bytes, which the next read overwrites, or why there are none. */
export type FoundValue = Uint8Array | 'absent' | 'expired' | 'other-size'

const FIRST_SCRATCH = 1 << 12

/** Values of bytes by key in native memory, the least recently used going first. One thread's own. */
export class ValueStore {
  #handle: ValueStoreHandle | undefined
  #scratch = new Uint8Array(FIRST_SCRATCH)
  #last: StoreStatistics

  /** @param what names the object in errors */
  constructor(
    maxBytes: number,
    readonly what: string,
  ) {
    this.#handle = nativeCallSync((native) => native.valueStore(maxBytes))
    this.#last = nativeCallSync((native) => native.valueStoreStatistics(this.#handle!))
  }

  /** How many were kept. @throws ERR_TOO_LARGE, ERR_DISPOSED */
  put(values: readonly KeptValue[]): number {
    const handle = this.#use()
    const offsets = new Int32Array(values.length + 1)
    for (const [i, { bytes }] of values.entries()) offsets[i + 1] = offsets[i]! + bytes.length
    const all = values.length === 1 ? values[0]!.bytes : this.#room(offsets[values.length]!)
    if (values.length !== 1) for (const [i, { bytes }] of values.entries()) all.set(bytes, offsets[i])
    const keys = values.map(({ key }) => key)
    const orders = Float64Array.from(values, ({ order }) => order)
    const expires = Float64Array.from(values, (value) => value.expires)
    return nativeCallSync((native) => native.valueStorePut(handle, keys, all, offsets, orders, expires))
  }

  /** As {@link put}, but values that fit into no empty store are left out. @throws ERR_DISPOSED */
  putWhatFits(values: readonly KeptValue[]): void {
    for (const value of values)
      try {
        this.put([value])
      } catch (error) {
        if ((error as KindredError).code !== 'ERR_TOO_LARGE') throw error
      }
  }

  /** Values that have the sizes given. @throws ERR_DISPOSED */
  get(keys: readonly string[], sizes: readonly number[], now: number): FoundValue[] {
    const handle = this.#use()
    const offsets = new Int32Array(keys.length + 1)
    for (let i = 0; i < keys.length; i++) offsets[i + 1] = offsets[i]! + sizes[i]!
    const out = this.#room(offsets[keys.length]!)
    const found = new Int32Array(keys.length)
    nativeCallSync((native) => native.valueStoreGet(handle, keys, now, out, offsets, found))
    return keys.map((_, i) => {
      if (found[i] === -1) return 'absent'
      if (found[i] === -2) return 'expired'
      return found[i] === sizes[i] ? out.subarray(offsets[i], offsets[i + 1]) : 'other-size'
    })
  }

  /** How many there were. @throws ERR_DISPOSED */
  delete(keys: readonly string[]): number {
    const handle = this.#use()
    return nativeCallSync((native) => native.valueStoreDelete(handle, keys))
  }

  /** What it has met; after dispose as it was then, without values. */
  get statistics(): StoreStatistics {
    const handle = this.#handle
    if (handle === undefined) return { ...this.#last }
    return nativeCallSync((native) => native.valueStoreStatistics(handle))
  }

  /** Frees all. Idempotent. */
  dispose(): void {
    const handle = this.#handle
    if (handle === undefined) return
    this.#last = { ...this.statistics, entries: 0, bytes: 0 }
    this.#handle = undefined
    this.#scratch = new Uint8Array(0)
    nativeCallSync((native) => native.valueStoreDispose(handle))
  }

  #use(): ValueStoreHandle {
    if (this.#handle !== undefined) return this.#handle
    throw new KindredError('ERR_DISPOSED', `This ${this.what} has been disposed of.`)
  }

  #room(bytes: number): Uint8Array {
    if (bytes > this.#scratch.length) this.#scratch = new Uint8Array(Math.max(bytes, 2 * this.#scratch.length))
    return this.#scratch
  }
}
