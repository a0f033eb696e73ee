import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Embedder, EmbedOptions } from '../../encode/embedder.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import type { ValueStore } from '../features/value-store.js'
import type { DiskCache } from './disk-cache.js'
import { Flight } from './flight.js'
import { type CachedVector, decodePayload, encodePayload } from './payload.js'

/** What a call has found and computed, by the keys of its texts. */
export type Found = Map<string, CachedVector>

/** Vectors by key: of memory, of other calls, of a folder, or computed by an encoder, each once. */
export class KeptVectors {
  readonly #embedder: Embedder
  readonly #memory: ValueStore
  readonly #folder: DiskCache | undefined
  /** What computes each key now. */
  readonly #flights = new Map<string, Flight<Found>>()
  /** Bytes of what each set of options gives. */
  readonly #sizes = new Map<string, number>()
  #isDisposed = false
  readonly counts = { hits: 0, folderHits: 0, shared: 0, computed: 0 }

  constructor(embedder: Embedder, memory: ValueStore, folder: DiskCache | undefined) {
    this.#embedder = embedder
    this.#memory = memory
    this.#folder = folder
  }

  /** Nothing is kept from now on, and nothing found. */
  dispose(): void {
    this.#isDisposed = true
  }

  /** Everything that the keys stand for: of memory, of other calls, of the folder, of the encoder. */
  async find(
    keys: readonly string[],
    texts: readonly string[],
    options: string,
    how: EmbedOptions,
    signal: AbortSignal | undefined,
    report: (done: number) => void,
  ): Promise<Found> {
    const found: Found = new Map()
    const textOf = new Map<string, string>()
    for (const [i, key] of keys.entries()) textOf.set(key, texts[i]!)
    this.counts.shared += keys.length - textOf.size
    await this.#fromMemory([...textOf.keys()], options, found, signal)
    this.counts.hits += found.size
    report(found.size)
    let isFirst = true
    while (found.size < textOf.size) {
      this.#use()
      const missing = [...textOf.keys()].filter((key) => !found.has(key))
      const joined = new Set<Flight<Found>>()
      const mine: string[] = []
      for (const key of missing) {
        const flight = this.#flights.get(key)
        if (flight === undefined || flight.isAborted) mine.push(key)
        else joined.add(flight)
      }
      if (isFirst) this.counts.shared += missing.length - mine.length
      isFirst = false
      const before = found.size
      const work: Promise<void>[] = []
      if (mine.length > 0) {
        const flight = this.#begin(mine, textOf, options, how, (done) => report(before + done))
        work.push(flight.join(signal).then((result) => takeAll(result, mine, found)))
      }
      // Another call's failure, such as of another of its texts, is not this one's: it then computes its own.
      for (const flight of joined)
        work.push(
          flight.join(signal).then(
            (result) => takeAll(result, missing, found),
            (error) => {
              if (signal?.aborted) throw error
            },
          ),
        )
      await settleAll(work)
    }
    report(keys.length)
    return found
  }

  async #fromMemory(keys: string[], options: string, found: Found, signal: AbortSignal | undefined): Promise<void> {
    const size = this.#sizes.get(options)
    if (size === undefined) return
    await new LoopYielder(signal).over(keys.length, 256, (begin, end) => {
      const some = keys.slice(begin, end)
      const sizes = some.map(() => size)
      for (const [i, value] of this.#memory.get(some, sizes, 0).entries())
        if (typeof value !== 'string') found.set(some[i]!, decodePayload(value))
    })
  }

  #begin(
    keys: readonly string[],
    textOf: ReadonlyMap<string, string>,
    options: string,
    how: EmbedOptions,
    report: (done: number) => void,
  ): Flight<Found> {
    const flight: Flight<Found> = new Flight(async (signal) => {
      try {
        const found: Found = new Map()
        await this.#fromFolder(keys, options, found)
        throwIfAborted(signal)
        const rest = keys.filter((key) => !found.has(key))
        if (rest.length > 0) await this.#compute(rest, textOf, options, how, found, signal, report)
        return found
      } finally {
        for (const key of keys) if (this.#flights.get(key) === flight) this.#flights.delete(key)
      }
    })
    for (const key of keys) this.#flights.set(key, flight)
    return flight
  }

  async #fromFolder(keys: readonly string[], options: string, found: Found): Promise<void> {
    // The caller enters its flight before anything is looked up.
    await undefined
    if (this.#folder === undefined) return
    for (const [i, payload] of (await this.#folder.get(keys)).entries()) {
      if (payload === undefined) continue
      found.set(keys[i]!, decodePayload(payload))
      this.#keep(keys[i]!, payload, options)
      this.counts.folderHits++
    }
  }

  async #compute(
    keys: readonly string[],
    textOf: ReadonlyMap<string, string>,
    options: string,
    how: EmbedOptions,
    found: Found,
    signal: AbortSignal,
    report: (done: number) => void,
  ): Promise<void> {
    const already = found.size
    const { vectors, tokens, truncated } = await this.#embedder.embed(
      keys.map((key) => textOf.get(key)!),
      { ...how, signal, onProgress: ({ done }) => report(already + done) },
    )
    this.counts.computed += keys.length
    const records: { key: string; payload: Uint8Array }[] = []
    await new LoopYielder().over(keys.length, 256, (begin, end) => {
      for (let i = begin; i < end; i++) {
        const cached = { vector: vectors.row(i).slice(), tokens: tokens[i]!, truncated: truncated[i]! }
        const payload = encodePayload(cached)
        found.set(keys[i]!, cached)
        this.#keep(keys[i]!, payload, options)
        if (this.#folder !== undefined) records.push({ key: keys[i]!, payload })
      }
    })
    void this.#folder?.put(records)
  }

  #keep(key: string, payload: Uint8Array, options: string): void {
    if (this.#isDisposed) return
    this.#sizes.set(options, payload.length)
    this.#memory.putWhatFits([{ key, bytes: payload, order: 0, expires: Infinity }])
  }

  #use(): void {
    if (this.#isDisposed) throw disposed()
  }
}

export const disposed = () => new KindredError('ERR_DISPOSED', 'This EmbeddingCache has been disposed of.')

function takeAll(from: Found, keys: readonly string[], to: Found): void {
  for (const key of keys) {
    const cached = from.get(key)
    if (cached !== undefined) to.set(key, cached)
  }
}

/** Waits for all, then throws the first error. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason
}
