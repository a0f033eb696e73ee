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
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { untilAborted } from '../../native/native-call.js'
import { ValueStore } from '../features/value-store.js'
import { DiskCache } from './disk-cache.js'
import {
  checkCacheOptions,
  type EmbeddingCacheOptions,
  type EmbeddingCacheStatistics,
} from './embedding-cache-options.js'
import { identityOf, keyOfOptions, keyOfText } from './identity.js'
import { disposed, type Found, KeptVectors } from './kept-vectors.js'

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
  readonly #vectors: KeptVectors
  readonly #counts = { texts: 0, bypassed: 0 }
  #isDisposed = false

  private constructor(embedder: Embedder, identity: Buffer, maxBytes: number, folder: DiskCache | undefined) {
    this.#embedder = embedder
    this.#identity = identity
    this.#memory = new ValueStore(maxBytes, 'EmbeddingCache')
    this.#folder = folder
    this.#vectors = new KeptVectors(embedder, this.#memory, folder)
  }

  /**
   * A cache of an encoder, which stays the caller's. The encoder is known by what it holds or, where it does not tell, by the
   * vectors that it makes of a few texts: where two could differ in rare texts alone, give them each an `identity`.
   * @throws ERR_VALUE for what is no encoder and illegal options, ERR_IO for a folder that cannot be used, as `Embedder.embed`
   */
  static async open(embedder: Embedder, options: EmbeddingCacheOptions = {}): Promise<EmbeddingCache> {
    const { maxBytes, folder, maxFolderBytes, identity, signal } = checkCacheOptions(options)
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
      merged: disk.merged,
      failedWrites: disk.failedWrites,
      lastError: disk.lastError,
    }
    return { ...this.#counts, ...this.#vectors.counts, entries, bytes, evictions, folder }
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
      const found = await this.#vectors.find(keys, own, key.toString('base64url'), asked, signal, (done) =>
        report?.({ done, total: own.length }),
      )
      return assemble(keys, found, yielder)
    })
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
    this.#vectors.dispose()
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
    if (this.#isDisposed) throw disposed()
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
