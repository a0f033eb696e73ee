import { type Id, toId } from '../../data/id-map.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger, checkIterable, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { FeatureBackend, ReadRequest, ReadResult, WriteRequest } from './backend.js'
import {
  checkRedisOptions,
  type FeatureAnswer,
  type FeatureEntry,
  type FeatureRequest,
  type FeatureStoreOptions,
  isMemory,
  type PutFeaturesOptions,
  type PutFeaturesReport,
  type PutManyFeaturesOptions,
} from './feature-store-options.js'
import { emptyCounts, type FeatureStoreStatistics, statisticsOf } from './feature-store-statistics.js'
import { MemoryBackend } from './memory-backend.js'
import { encodeRecord } from './record.js'
import { RedisBackend } from './redis-backend.js'
import { RedisConnection } from './redis-connection.js'
import { type FeatureValues, type FeatureViewInfo, type OpenView, openView } from './view.js'

const MEMORY_BYTES = 256 * 2 ** 20
const KNOWN_BYTES = 64 * 2 ** 20
const WRITTEN_AT_ONCE = 256

/**
 * Features of entities while a request waits: one packed value for each entity and view, whose numbers one read gives, however
 * many they are. In the memory of this process (outside of JavaScript's heap; each store and each thread has its own), or in
 * Redis or Valkey for several machines, read in one round trip for all entities of a request.
 *
 * ```ts
 * const store = await FeatureStore.open({ views: { user: { columns: ['clicks', 'age'], defaults: [0, 30], ttl: 86_400_000 } } })
 * await store.put('user', 'ann', { clicks: 3, age: 41 })
 * const [ann] = await store.get([{ view: 'user', id: 'ann' }])
 * ```
 */
export class FeatureStore {
  readonly #views: ReadonlyMap<string, OpenView>
  readonly #backend: FeatureBackend
  readonly #counts = emptyCounts()
  #isDisposed = false

  private constructor(views: ReadonlyMap<string, OpenView>, backend: FeatureBackend) {
    this.#views = views
    this.#backend = backend
  }

  /**
   * Opens a store. With Redis it waits for the connection up to `connectTimeoutMs`, and then goes on without, as reads do later,
   * unless `stale` is 'error'.
   * @throws ERR_VALUE, ERR_SHAPE, ERR_DUPLICATE for illegal views and options, ERR_NOT_FITTED for a pipeline without a fit;
   * ERR_UNAVAILABLE, ERR_NOT_SUPPORTED without the package redis, ERR_ABORTED
   */
  static async open(options: FeatureStoreOptions): Promise<FeatureStore> {
    options = checkOptions('FeatureStore.open', options, ['views', 'store', 'maxBytes', 'signal'])
    const { views: declared, store, maxBytes, signal } = options
    throwIfAborted(signal)
    if (declared === null || typeof declared !== 'object' || Object.keys(declared).length === 0)
      throw new KindredError('ERR_VALUE', `views: expected at least one view by name but received ${show(declared)}.`)
    if (maxBytes !== undefined) checkInteger('maxBytes', maxBytes, { min: 1 })
    const redis = isMemory(store) ? undefined : checkRedisOptions(store!)
    const views = new Map<string, OpenView>()
    for (const [name, view] of Object.entries(declared)) views.set(name, await openView(name, view))
    throwIfAborted(signal)
    if (redis === undefined) return new FeatureStore(views, new MemoryBackend(maxBytes ?? MEMORY_BYTES))
    const connection = await RedisConnection.open(redis, signal)
    if (redis.stale === 'error' && !connection.isConnected) {
      const cause = connection.lastError
      connection.dispose()
      throw new KindredError(
        'ERR_UNAVAILABLE',
        `FeatureStore.open: no connection to Redis within ${redis.connectTimeoutMs} ms: ${cause?.message ?? 'no answer'}. Start the server, or let reads go on without it: stale: 'default'.`,
        { cause },
      )
    }
    return new FeatureStore(views, new RedisBackend(redis, connection, maxBytes ?? KNOWN_BYTES))
  }

  /** The views, their columns and the hashes of their schemas, by name. */
  get views(): Record<string, FeatureViewInfo> {
    return Object.fromEntries(
      Array.from(this.#views, ([name, { info }]) => [name, { ...info, columns: [...info.columns] }]),
    )
  }

  /** What all calls have met. */
  get statistics(): FeatureStoreStatistics {
    return statisticsOf(this.#counts, this.#backend)
  }

  /**
   * Stores the values of one entity, in place of those of an earlier moment. They show in the next read.
   * @param values numbers in the order of the columns [width], or by name; of a view of a pipeline also a row as
   * `FeaturePipeline.transformRow` takes it
   * @returns whether they are stored; false where the store has values of a later moment
   * @throws ERR_VALUE for numbers that the view's dtype does not hold and a moment that is yet to come, ERR_SHAPE for another number
   * of numbers, as `FeaturePipeline.transformRowAsync` for rows; ERR_TOO_LARGE, ERR_UNAVAILABLE, ERR_DISPOSED, ERR_ABORTED
   */
  async put(view: string, id: Id, values: FeatureValues, options: PutFeaturesOptions = {}): Promise<boolean> {
    options = checkOptions('FeatureStore.put', options, ['time', 'signal'])
    const { time, signal } = options
    throwIfAborted(signal)
    const own = this.#view('view', view)
    const now = Date.now()
    const packed = own.pack(values)
    const write = toWrite(own, id, checkTime('time', time, now), await packed)
    this.#use()
    const kept = await this.#backend.write([write], now, signal)
    this.#count(1, kept)
    return kept === 1
  }

  /**
   * Stores values of many entities, as {@link put} does each, in their order. After an error or an abort the first of them are
   * stored and may be given again.
   * @throws as {@link put}
   */
  async putMany(
    view: string,
    entries: Iterable<FeatureEntry>,
    options: PutManyFeaturesOptions = {},
  ): Promise<PutFeaturesReport> {
    options = checkOptions('FeatureStore.putMany', options, ['signal', 'onProgress'])
    const { signal } = options
    const own = this.#view('view', view)
    const all = [...checkIterable('entries', entries, 'an iterable of { id, values }')]
    const yielder = new LoopYielder(signal)
    let kept = 0
    await withCallback(options.onProgress, async (report) => {
      for (let begin = 0; begin < all.length; begin += WRITTEN_AT_ONCE) {
        const now = Date.now()
        const writes: WriteRequest[] = []
        for (const [i, entry] of all.slice(begin, begin + WRITTEN_AT_ONCE).entries()) {
          const at = `entries[${begin + i}]`
          if (entry === null || typeof entry !== 'object')
            throw new KindredError('ERR_VALUE', `${at}: expected { id, values } but received ${show(entry)}.`)
          const { id, values, time } = entry
          const packed = own.pack(values)
          writes.push(toWrite(own, id, checkTime(`${at}.time`, time, now), await packed))
          if (yielder.due) await yielder.yieldToLoop()
        }
        this.#use()
        const stored = await this.#backend.write(writes, now, signal)
        this.#count(writes.length, stored)
        kept += stored
        report?.({ done: begin + writes.length, total: all.length })
        if (yielder.due) await yielder.yieldToLoop()
      }
    })
    return { kept, refused: all.length - kept }
  }

  /**
   * The numbers of all entities asked for, in their order, with where each comes from.
   * @throws ERR_VALUE for a view that there is none of; ERR_SCHEMA where a value was stored by another schema; with `stale: 'error'`
   * ERR_UNAVAILABLE where Redis does not answer and ERR_DATA for a damaged value; ERR_DISPOSED, ERR_ABORTED
   */
  async get(requests: readonly FeatureRequest[], options: AbortOptions = {}): Promise<FeatureAnswer[]> {
    options = checkOptions('FeatureStore.get', options, ['signal'])
    throwIfAborted(options.signal)
    if (!Array.isArray(requests))
      throw new KindredError('ERR_VALUE', `requests: expected an array of { view, id } but received ${show(requests)}.`)
    const wanted = requests.map((request, i): ReadRequest => {
      if (request === null || typeof request !== 'object')
        throw new KindredError('ERR_VALUE', `requests[${i}]: expected { view, id } but received ${show(request)}.`)
      const view = this.#view('view', request.view)
      return { view, key: keyOf(view, request.id) }
    })
    this.#use()
    if (wanted.length === 0) return []
    const results = await this.#backend.read(wanted, Date.now(), options.signal)
    return results.map((result, i) => this.#answer(wanted[i]!.view, result))
  }

  /** Removes what is stored of one entity. @returns whether there was anything @throws as {@link put} */
  async delete(view: string, id: Id, options: AbortOptions = {}): Promise<boolean> {
    options = checkOptions('FeatureStore.delete', options, ['signal'])
    throwIfAborted(options.signal)
    const own = this.#view('view', view)
    this.#use()
    return (await this.#backend.remove([keyOf(own, id)], options.signal)) > 0
  }

  /** Frees the memory and ends the connection; calls under way throw ERR_DISPOSED, as later ones. Idempotent. */
  dispose(): void {
    this.#isDisposed = true
    this.#backend.dispose()
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  #use(): void {
    if (this.#isDisposed) throw new KindredError('ERR_DISPOSED', 'This FeatureStore has been disposed of.')
  }

  #view(what: string, name: unknown): OpenView {
    const view = this.#views.get(name as string)
    if (view !== undefined) return view
    const list = [...this.#views.keys()].join(', ')
    throw new KindredError('ERR_VALUE', `${what}: expected one of the views ${list} but received ${show(name)}.`)
  }

  #count(written: number, kept: number): void {
    this.#counts.kept += kept
    this.#counts.refused += written - kept
  }

  #answer(view: OpenView, result: ReadResult): FeatureAnswer {
    if (typeof result === 'string') {
      const { defaults } = view
      const status = defaults === undefined ? 'missing' : 'default'
      this.#counts[status]++
      return { values: defaults?.slice(), status, reason: result }
    }
    const { values, time } = result
    const status = 'stale' in result ? 'stale' : 'fresh'
    this.#counts[status]++
    return 'stale' in result ? { values, status, reason: result.stale, time } : { values, status, time }
  }
}

/** Names of views hold no colon; 1 and '1' are two ids. @throws ERR_VALUE */
function keyOf({ name }: OpenView, given: Id): string {
  const id = toId(given, () => 'id')
  if (typeof id === 'number') return `${name}:n:${id}`
  if (!isWellFormed(id))
    throw new KindredError(
      'ERR_VALUE',
      `id: expected a well-formed string but ${show(id)} has half of a surrogate pair.`,
    )
  return `${name}:s:${id}`
}

/** Half a surrogate pair has no UTF-8, which would make two ids one. */
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text)

function checkTime(name: string, time: number | undefined, now: number): number {
  if (time === undefined) return now
  if (checkNumber(name, time) <= now) return time
  throw new KindredError(
    'ERR_VALUE',
    `${name}: expected a moment until now (${now}, milliseconds since 1970) but received ${time}. Store values once they are valid, so that no read sees them before.`,
  )
}

function toWrite(view: OpenView, id: Id, time: number, values: Parameters<typeof encodeRecord>[1]): WriteRequest {
  const record = new Uint8Array(view.bytes)
  encodeRecord(view, values, time, record)
  return { view, key: keyOf(view, id), time, record }
}

guardReceivers(FeatureStore)
