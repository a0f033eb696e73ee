import type { FeatureBackend } from './backend.js'
import type { MemoryBackend } from './memory-backend.js'
import { RedisBackend } from './redis-backend.js'

/** What the values of this process take, and what reads of them have met; with Redis those known last. */
export interface FeatureMemoryStatistics {
  /** Values. */
  entries: number
  /** Bytes of keys, values and what keeps them; held against `maxBytes`. */
  bytes: number
  /** Reads that found a value. */
  hits: number
  /** Reads that found none. */
  misses: number
  /** Of the misses: values that had expired. */
  expiries: number
  /** Values that went for want of room. */
  evictions: number
}

/** What the connection to Redis has met. */
export interface FeatureRedisStatistics {
  /** Whether there is a connection now. */
  connected: boolean
  /** How often one was made. */
  connections: number
  /** Commands that were answered. */
  answered: number
  /** Commands that were not answered in time. */
  timeouts: number
  /** Commands that had no connection, or lost it. */
  disconnected: number
  /** Commands that were not sent since too many waited. */
  overloaded: number
  /** Commands that the server refused. */
  refused: number
  /** Values whose checksum failed. */
  corrupt: number
  /** What went wrong last. */
  lastError: string | undefined
}

/** What a {@link FeatureStore} has met since it was opened. */
export interface FeatureStoreStatistics {
  /** Answers with stored values. */
  fresh: number
  /** Answers with values known last. */
  stale: number
  /** Answers with defaults. */
  default: number
  /** Answers without values. */
  missing: number
  /** Values that were stored. */
  kept: number
  /** Values that were not, since there were some of a later moment. */
  refused: number
  /** Of the memory of this process. */
  memory: FeatureMemoryStatistics
  /** Of Redis; undefined without. */
  redis: FeatureRedisStatistics | undefined
}

export const emptyCounts = () => ({ fresh: 0, stale: 0, default: 0, missing: 0, kept: 0, refused: 0 })

function redisOf({ connection, counts }: RedisBackend): FeatureRedisStatistics {
  return {
    connected: connection.isConnected,
    ...connection.counts,
    corrupt: counts.corrupt,
    lastError: connection.lastError?.message,
  }
}

/** All counts of a store and of where its values are. */
export function statisticsOf(counts: ReturnType<typeof emptyCounts>, backend: FeatureBackend): FeatureStoreStatistics {
  const values = backend instanceof RedisBackend ? backend.known : (backend as MemoryBackend).values
  const { refused: _, ...memory } = values.statistics
  return { ...counts, memory, redis: backend instanceof RedisBackend ? redisOf(backend) : undefined }
}
