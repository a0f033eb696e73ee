import type { Id } from '../../data/id-map.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import type { FeatureArray } from './dtypes.js'
import type { FeatureValues, FeatureView } from './view.js'

/** What reads answer where Redis does not: values known last, defaults, or the error ERR_UNAVAILABLE. */
export type StalePolicy = 'last-known' | 'default' | 'error'

/** A Redis or Valkey server for the values, and what reads do without it. */
export interface RedisStoreOptions {
  /** Its URL: `redis://[[user]:password@]host[:port][/database]`, or `rediss:` for TLS. */
  redis: string
  /** What all keys begin with; default 'kindred:'. */
  prefix?: string
  /** Longest wait for an answer, in milliseconds; default 50. */
  timeoutMs?: number
  /** Longest wait for a connection, also of `FeatureStore.open`, in milliseconds; default 2000. */
  connectTimeoutMs?: number
  /** What reads answer where Redis does not; default 'last-known': the values that this store read last, else defaults. */
  stale?: StalePolicy
  /** The oldest that a value known last may be, counted from when it was read, in milliseconds; default any. */
  maxStaleMs?: number
  /** How many calls may wait for an answer; those beyond count as not answered. Default 10000. */
  maxPending?: number
}

/** What `FeatureStore.open` takes. */
export interface FeatureStoreOptions extends AbortOptions {
  /** Views by name. */
  views: Readonly<Record<string, FeatureView>>
  /** Where values are: in this process ('memory', the default), or in Redis. */
  store?: 'memory' | RedisStoreOptions
  /**
   * The most bytes that values take in this process: what was used longest ago goes. Default 256 MiB in memory; with Redis 64 MiB,
   * for the values known last.
   */
  maxBytes?: number
}

/** Whose values of which view. */
export interface FeatureRequest {
  /** The view. */
  view: string
  /** The entity. */
  id: Id
}

/** Where the numbers of an answer come from: as stored, as known last, the view's defaults, or nowhere. */
export type FeatureStatus = 'fresh' | 'stale' | 'default' | 'missing'

/** Why an answer is not fresh. */
export type FeatureReason =
  | 'absent' // nothing was stored, or it was evicted
  | 'expired' // older than the view's ttl
  | 'corrupt' // its bytes were altered: the checksum fails
  | 'timeout' // no answer in time
  | 'disconnected' // no connection
  | 'overloaded' // too many calls wait
  | 'refused' // the server answered with an error

/** The answer to one request. */
export interface FeatureAnswer {
  /** The numbers [width], in memory of their own; undefined where the status is 'missing'. */
  readonly values: FeatureArray | undefined
  /** Where they come from. */
  readonly status: FeatureStatus
  /** Why they are not fresh. */
  readonly reason?: FeatureReason
  /** The moment that stored numbers are of, in milliseconds since 1970. */
  readonly time?: number
}

/** How {@link FeatureStore.put} stores. */
export interface PutFeaturesOptions extends AbortOptions {
  /** The moment the values are of, in milliseconds since 1970; default now. What is stored of a later moment stays. */
  time?: number
}

/** How {@link FeatureStore.putMany} stores. */
export interface PutManyFeaturesOptions extends AbortOptions {
  /** Called as values are stored; counts values. */
  onProgress?: (progress: Progress) => void
}

/** One of the values of {@link FeatureStore.putMany}. */
export interface FeatureEntry {
  /** The entity. */
  id: Id
  /** Its numbers. */
  values: FeatureValues
  /** The moment they are of, in milliseconds since 1970; default now. */
  time?: number
}

/** What became of values to store. */
export interface PutFeaturesReport {
  /** How many are stored. */
  kept: number
  /** How many were older than what was there. */
  refused: number
}

/** Redis' options with every default. */
export type OpenRedisOptions = Required<RedisStoreOptions>

const REDIS_OPTIONS = ['redis', 'prefix', 'timeoutMs', 'connectTimeoutMs', 'stale', 'maxStaleMs', 'maxPending']
const LONGEST_TIMER = 2 ** 31 - 1

/** @throws ERR_VALUE */
export function checkRedisOptions(given: RedisStoreOptions): OpenRedisOptions {
  const options = checkOptions('store', given, REDIS_OPTIONS)
  const { prefix = 'kindred:', timeoutMs = 50, connectTimeoutMs = 2000 } = options
  const { stale = 'last-known', maxStaleMs = Infinity, maxPending = 10_000 } = options
  const url = checkString('store.redis', options.redis)
  if (!URL.canParse(url) || !['redis:', 'rediss:'].includes(new URL(url).protocol))
    throw new KindredError(
      'ERR_VALUE',
      'store.redis: expected a URL such as redis://localhost:6379 but received another string, which is not shown since it may hold a password.',
    )
  checkString('store.prefix', prefix)
  checkInteger('store.timeoutMs', timeoutMs, { min: 1, max: LONGEST_TIMER })
  checkInteger('store.connectTimeoutMs', connectTimeoutMs, { min: 1, max: LONGEST_TIMER })
  checkOneOf('store.stale', stale, ['last-known', 'default', 'error'])
  if (maxStaleMs !== Infinity) checkNumber('store.maxStaleMs', maxStaleMs, { min: 0 })
  checkInteger('store.maxPending', maxPending, { min: 1 })
  return { redis: url, prefix, timeoutMs, connectTimeoutMs, stale, maxStaleMs, maxPending }
}

/** @throws ERR_VALUE for anything but 'memory' and an object */
export function isMemory(store: FeatureStoreOptions['store'] = 'memory'): store is 'memory' {
  if (store === 'memory') return true
  if (store !== null && typeof store === 'object') return false
  throw new KindredError('ERR_VALUE', `store: expected 'memory' or { redis: URL } but received ${show(store)}.`)
}
