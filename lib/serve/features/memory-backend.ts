import type { FeatureBackend, ReadRequest, ReadResult, WriteRequest } from './backend.js'
import { decodeRecord, schemaError } from './record.js'
import { ValueStore } from './value-store.js'

/** Values in the memory of this process. */
export class MemoryBackend implements FeatureBackend {
  readonly values: ValueStore

  constructor(maxBytes: number) {
    this.values = new ValueStore(maxBytes, 'FeatureStore')
  }

  read(requests: readonly ReadRequest[], now: number): ReadResult[] {
    const keys = requests.map(({ key }) => key)
    const sizes = requests.map(({ view }) => view.bytes)
    return this.values.get(keys, sizes, now).map((found, i) => {
      if (found === 'absent' || found === 'expired') return found
      const { view } = requests[i]!
      if (found === 'other-size') throw schemaError(view)
      return decodeRecord(view, found)
    })
  }

  write(values: readonly WriteRequest[]): number {
    return this.values.put(
      values.map(({ key, record, time, view }) => ({ key, bytes: record, order: time, expires: time + view.ttl })),
    )
  }

  remove(keys: readonly string[]): number {
    return this.values.delete(keys)
  }

  dispose(): void {
    this.values.dispose()
  }
}
