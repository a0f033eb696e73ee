import type { Catalogue } from '../../data/catalogue.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkTexts } from '../../encode/check-texts.js'
import { embedItems } from '../../encode/embed-items.js'
import {
  EMBED_OPTIONS,
  type EmbeddedItems,
  type Embedder,
  type Embeddings,
  type EmbedOptions,
  PROMPT_OPTIONS,
  type PromptOptions,
} from '../../encode/embedder.js'
import { checkInteger, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { untilAborted } from '../../native/native-call.js'
import { ValueStore } from '../features/value-store.js'
import { type CutSegment, DiskCache } from './disk-cache.js'
import { Flight } from './flight.js'
import { identityOf, keyOfOptions, keyOfText } from './identity.js'
import { type CachedVector, decodePayload, encodePayload } from './payload.js'

/** How {@link EmbeddingCache.open} caches. */
export interface EmbeddingCacheOptions extends AbortOptions {
  /** The most bytes of vectors in memory: what was used longest ago goes. Default 256 MiB. */
  maxBytes?: number
  /** A folder that keeps vectors across restarts; made if it is not there. Default: none. Several processes may share it. */
  folder?: string
  /** The most bytes in the folder: the oldest file of vectors goes. Default 1 GiB. */
  maxFolderBytes?: number
  /** A name for the encoder, such as a version of its weights: vectors of other names are not used. Default ''. */
  identity?: string
}

/** What a cache has met since it was opened. */
export interface EmbeddingCacheStatistics {
  /** Texts that were asked for. */
  texts: number
  /** Texts whose vectors were in memory. */
  hits: number
  /** Texts whose vectors were in the folder. */
  folderHits: number
  /** Texts that another call, or this one, was computing already. */
  shared: number
  /** Texts that were computed. */
  computed: number
  /** Texts of calls that cannot be cached: those with an AttentionPooling. */
  bypassed: number
  /** Vectors in memory. */
  entries: number
  /** Bytes in memory. */
  bytes: number
  /** Vectors that went from memory for want of room. */
  evictions: number
  /** Of the folder; undefined without. */
  folder: EmbeddingFolderStatistics | undefined
}

/** What a cache has met in its folder. */
export interface EmbeddingFolderStatistics {
  /** Vectors. */
  entries: number
  /** Bytes of files. */
  bytes: number
  /** What was cut off the ends of files when the folder was opened, as a crash or damage leaves it. */
  cut: readonly CutSegment[]
  /** Vectors whose checksum failed when they were read: they were computed anew. */
  damaged: number
  /** Files that went for want of room. */
  dropped: number
  /** Writes that failed; the vectors were given all the same. */
  failedWrites: number
  /** What went wrong last. */
  lastError: string | undefined
}

const DEFAULT_BYTES = 256 * 2 ** 20
const DEFAULT_FOLDER_BYTES = 2 ** 30

/** What a call has found and computed, by the keys of its texts. */
type Found = Map<string, CachedVector>

/**
 * An encoder whose vectors are kept: each text is computed once, also where several calls ask for it at the same time, and again
 * only once it had to go. What is kept is named by the text, the options and what the encoder is, and has the very bits that the
 * encoder gave. It can be used wherever an encoder can.
 *
 * ```ts
 * const encoder = await EmbeddingCache.open(await loadEmbedder(), { folder: 'vectors' })
 * ```
 */
export class EmbeddingCache implements Embedder {
  readonly #embedder: Embedder
  readonly #identity: Buffer
  readonly #memory: ValueStore
  readonly #folder: DiskCache | undefined
  /** What computes each key now. */
  readonly #flights = new Map<string, Flight<Found>>()
  /** Bytes of what each set of options gives. */
  readonly #sizes = new Map<string, number>()
  readonly #counts = { texts: 0, hits: 0, folderHits: 0, shared: 0, computed: 0, bypassed: 0 }
  #isDisposed = false

  private constructor(embedder: Embedder, identity: Buffer, maxBytes: number, folder: DiskCache | undefined) {
    this.#embedder = embedder
    this.#identity = identity
    this.#memory = new ValueStore(maxBytes, 'EmbeddingCache')
    this.#folder = folder
  }

  /**
   * A cache of an encoder, which stays the caller's. The encoder is known by what it holds or, where it does not tell, by the
   * vectors that it makes of a few texts: where two could differ in rare texts alone, give them each an `identity`.
   * @throws ERR_VALUE for what is no encoder and illegal options, ERR_IO for a folder that cannot be used, as `Embedder.embed`
   */
  static async open(embedder: Embedder, options: EmbeddingCacheOptions = {}): Promise<EmbeddingCache> {
    options = checkOptions('EmbeddingCache.open', options, [
      'maxBytes',
      'folder',
      'maxFolderBytes',
      'identity',
      'signal',
    ])
    const { maxBytes = DEFAULT_BYTES, folder, maxFolderBytes = DEFAULT_FOLDER_BYTES, identity = '', signal } = options
    checkInteger('maxBytes', maxBytes, { min: 1 })
    checkInteger('maxFolderBytes', maxFolderBytes, { min: 1 })
    checkString('identity', identity)
    if (folder !== undefined && checkString('folder', folder) === '')
      throw new KindredError('ERR_VALUE', "folder: expected the path of a folder but received ''.")
    if (typeof embedder?.embed !== 'function' || typeof embedder.dims !== 'number')
      throw new KindredError('ERR_VALUE', `embedder: expected an encoder of texts but received ${show(embedder)}.`)
    throwIfAborted(signal)
    const own = await identityOf(embedder, identity, signal)
    const disk = folder === undefined ? undefined : await DiskCache.open(folder, maxFolderBytes, signal)
    return new EmbeddingCache(embedder, own, maxBytes, disk)
  }

  /** Length of a vector, where `embed` is not asked for another. */
  get dims(): number {
    return this.#embedder.dims
  }

  /** Longest text in tokens; Infinity if there is no limit. */
  get maxTokens(): number {
    return this.#embedder.maxTokens
  }

  /** How `embed` pools token states by default. */
  get pooling(): Embedder['pooling'] {
    return this.#embedder.pooling
  }

  /** Whether `embed` divides vectors by their norm by default. */
  get normalize(): boolean {
    return this.#embedder.normalize
  }

  /** What it has met. */
  get statistics(): EmbeddingCacheStatistics {
    const { entries, bytes, evictions } = this.#memory.statistics
    const disk = this.#folder
    const folder = disk && {
      entries: disk.entries,
      bytes: disk.bytes,
      cut: disk.cut.map((one) => ({ ...one })),
      damaged: disk.damaged,
      dropped: disk.dropped,
      failedWrites: disk.failedWrites,
      lastError: disk.lastError,
    }
    return { ...this.#counts, entries, bytes, evictions, folder }
  }

  /**
   * One vector per text, in the order given, as the encoder gives them: what is kept is not computed again.
   * @throws as the encoder's `embed`; ERR_DISPOSED
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Embeddings> {
    options = checkOptions('embed', options, EMBED_OPTIONS)
    const own = checkTexts(texts)
    const { signal, onProgress, ...how } = options
    throwIfAborted(signal)
    this.#use()
    this.#counts.texts += own.length
    const key = keyOfOptions(this.#identity, how)
    const asked = Object.fromEntries(Object.entries(how).filter(([, value]) => value !== undefined)) as EmbedOptions
    if (own.length === 0 || key === undefined) {
      this.#counts.bypassed += own.length
      return this.#embedder.embed(own, withoutUndefined(asked, signal, onProgress))
    }
    return withCallback(onProgress, async (report) => {
      const yielder = new LoopYielder(signal)
      const keys: string[] = new Array(own.length)
      await yielder.over(own.length, 64, (begin, end) => {
        for (let i = begin; i < end; i++) keys[i] = keyOfText(key, own[i]!)
      })
      const found = await this.#find(keys, own, key.toString('base64url'), asked, signal, (done) =>
        report?.({ done, total: own.length }),
      )
      return assemble(keys, found, yielder)
    })
  }

  /** Everything that the keys stand for: of memory, of other calls, of the folder, of the encoder. */
  async #find(
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
    this.#counts.shared += keys.length - textOf.size
    await this.#fromMemory([...textOf.keys()], options, found, signal)
    this.#counts.hits += found.size
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
      if (isFirst) this.#counts.shared += missing.length - mine.length
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
      this.#counts.folderHits++
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
    this.#counts.computed += keys.length
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

  /** One vector per item, with a report on the texts. @throws as {@link embed} */
  async embedItems(catalogue: Catalogue, options: EmbedOptions = {}): Promise<EmbeddedItems> {
    return embedItems(this, catalogue, options)
  }

  /** The token ids of each text as the encoder sees them; not cached. @throws as the encoder's `tokenize` */
  async tokenize(texts: readonly string[], options: PromptOptions = {}): Promise<Int32Array[]> {
    options = checkOptions('tokenize', options, PROMPT_OPTIONS)
    this.#use()
    const given = Object.entries(options).filter(([, value]) => value !== undefined)
    return this.#embedder.tokenize(texts, Object.fromEntries(given))
  }

  /** Waits until all that was computed so far is written to the folder. @throws ERR_ABORTED: it is written all the same */
  async flush(options: AbortOptions = {}): Promise<void> {
    const { signal } = checkOptions('EmbeddingCache.flush', options, ['signal'])
    if (this.#folder !== undefined) await untilAborted(this.#folder.flush(), signal)
  }

  /**
   * Writes what is left to the folder, closes it and frees the memory; the encoder stays. Idempotent.
   * @throws ERR_ABORTED: it is closed all the same
   */
  async close(options: AbortOptions = {}): Promise<void> {
    const { signal } = checkOptions('EmbeddingCache.close', options, ['signal'])
    this.#isDisposed = true
    this.#memory.dispose()
    if (this.#folder !== undefined) await untilAborted(this.#folder.close(), signal)
  }

  /** As {@link close}, not waiting for the folder. Later calls throw ERR_DISPOSED; the encoder stays. Idempotent. */
  dispose(): void {
    void this.close()
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** As {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #use(): void {
    if (this.#isDisposed) throw new KindredError('ERR_DISPOSED', 'This EmbeddingCache has been disposed of.')
  }
}

function withoutUndefined(
  options: EmbedOptions,
  signal: AbortSignal | undefined,
  onProgress: EmbedOptions['onProgress'],
): EmbedOptions {
  return {
    ...options,
    ...(signal !== undefined && { signal }),
    ...(onProgress !== undefined && { onProgress }),
  }
}

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

async function assemble(keys: readonly string[], found: Found, yielder: LoopYielder): Promise<Embeddings> {
  const dims = found.get(keys[0]!)!.vector.length
  const vectors = new Matrix(keys.length, dims)
  const tokens = new Int32Array(keys.length)
  const truncated = new Array<boolean>(keys.length)
  await yielder.over(keys.length, 256, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const cached = found.get(keys[i]!)!
      vectors.row(i).set(cached.vector)
      tokens[i] = cached.tokens
      truncated[i] = cached.truncated
    }
  })
  return { vectors, tokens, truncated }
}

guardReceivers(EmbeddingCache)
