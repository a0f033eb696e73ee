import { KindredError } from '../../native/errors.js'
import type { FeatureBackend, ReadRequest, ReadResult, WriteRequest } from './backend.js'
import type { FeatureReason, OpenRedisOptions } from './feature-store-options.js'
import { decodeRecord, HEADER_BYTES, isIntact } from './record.js'
import type { RedisConnection, Unanswered } from './redis-connection.js'
import { ValueStore } from './value-store.js'

/** Values of one command. */
const WRITTEN_AT_ONCE = 256
const BYTES_AT_ONCE = 1 << 20
const READ_AT_ONCE = 4096

/** What is stored of a moment later than this after the writer's now is no reason to keep it: its time was altered. */
const CLOCKS_DIFFER_MS = 60_000

// KEYS [n]; ARGV [1 + 2 n]: the latest credible time, then of each key the packed value and for how many milliseconds it
// counts, '' for ever. A value of the same schema and a later moment stays. Returns how many were stored.
const PUT = `
local latest = tonumber(ARGV[1])
local kept = 0
for i = 1, #KEYS do
  local new, life = ARGV[2 * i], ARGV[2 * i + 1]
  local old = redis.pcall('GETRANGE', KEYS[i], 0, ${HEADER_BYTES - 1})
  local stays = false
  if type(old) == 'string' and #old == ${HEADER_BYTES} and string.sub(old, 1, 16) == string.sub(new, 1, 16) then
    local time = struct.unpack('<d', old, 17)
    stays = time > struct.unpack('<d', new, 17) and time <= latest
  end
  if not stays then
    if life == '' then redis.call('SET', KEYS[i], new) else redis.call('SET', KEYS[i], new, 'PX', life) end
    kept = kept + 1
  end
end
return kept`

/** What reads of Redis have met. */
export interface RedisCounts {
  stale: number
  corrupt: number
}

/** Values in Redis or Valkey, and those known last in this process. */
export class RedisBackend implements FeatureBackend {
  readonly #options: OpenRedisOptions
  readonly connection: RedisConnection
  /** What was read last, for when there is no answer. */
  readonly known: ValueStore
  readonly counts: RedisCounts = { stale: 0, corrupt: 0 }

  constructor(options: OpenRedisOptions, connection: RedisConnection, maxBytes: number) {
    this.#options = options
    this.connection = connection
    this.known = new ValueStore(maxBytes, 'FeatureStore')
  }

  async read(requests: readonly ReadRequest[], now: number, signal: AbortSignal | undefined): Promise<ReadResult[]> {
    const results: ReadResult[] = []
    for (let begin = 0; begin < requests.length; begin += READ_AT_ONCE)
      results.push(...(await this.#readSome(requests.slice(begin, begin + READ_AT_ONCE), now, signal)))
    return results
  }

  async #readSome(requests: ReadRequest[], now: number, signal: AbortSignal | undefined): Promise<ReadResult[]> {
    const sent = await this.connection.send(['MGET', ...requests.map(({ key }) => this.#options.prefix + key)], signal)
    if (!('answer' in sent)) return this.#withoutAnswer(requests, sent, now)
    const records = sent.answer as (Buffer | null)[]
    const damaged: number[] = []
    const results = requests.map(({ view }, i): ReadResult => {
      const record = records[i]
      if (record === null || record === undefined) return 'absent'
      if (!isIntact(record)) {
        damaged.push(i)
        return 'corrupt'
      }
      const decoded = decodeRecord(view, record)
      return now - decoded.time > view.ttl ? 'expired' : decoded
    })
    this.#remember(requests, records, results, now)
    if (damaged.length > 0) this.#replaceDamaged(requests, results, damaged, now)
    return results
  }

  /** Keeps what was read for when there is no answer, and forgets what the server no longer has. */
  #remember(
    requests: readonly ReadRequest[],
    records: readonly (Buffer | null)[],
    results: readonly ReadResult[],
    now: number,
  ): void {
    if (this.#options.stale !== 'last-known') return
    const expires = now + this.#options.maxStaleMs
    const gone: string[] = []
    const read: { key: string; bytes: Uint8Array; order: number; expires: number }[] = []
    for (const [i, { key }] of requests.entries())
      if (results[i] === 'absent' || results[i] === 'expired') gone.push(key)
      else if (results[i] !== 'corrupt') read.push({ key, bytes: records[i]!, order: now, expires })
    if (gone.length > 0) this.known.delete(gone)
    if (read.length > 0) this.known.putWhatFits(read)
  }

  /** What reads give where the server gave no answer. @throws ERR_UNAVAILABLE with `stale: 'error'` */
  #withoutAnswer(requests: readonly ReadRequest[], { reason, cause }: Unanswered, now: number): ReadResult[] {
    if (this.#options.stale === 'error') throw unavailable('read', cause)
    return this.#lastKnown(requests, now, reason)
  }

  /** @throws ERR_DATA with `stale: 'error'` */
  #replaceDamaged(
    requests: readonly ReadRequest[],
    results: ReadResult[],
    damaged: readonly number[],
    now: number,
  ): void {
    this.counts.corrupt += damaged.length
    const some = damaged.map((i) => requests[i]!)
    if (this.#options.stale === 'error')
      throw new KindredError(
        'ERR_DATA',
        `FeatureStore.get: the value of view ${some[0]!.view.name} under the key ${JSON.stringify(this.#options.prefix + some[0]!.key)} is damaged: its checksum fails (damaged: ${damaged.length} of ${requests.length}). Write it anew.`,
      )
    for (const [j, result] of this.#lastKnown(some, now, 'corrupt').entries()) results[damaged[j]!] = result
  }

  #lastKnown(requests: readonly ReadRequest[], now: number, reason: FeatureReason): ReadResult[] {
    if (this.#options.stale !== 'last-known') return requests.map(() => reason)
    const keys = requests.map(({ key }) => key)
    const sizes = requests.map(({ view }) => view.bytes)
    return this.known.get(keys, sizes, now).map((found, i) => {
      if (typeof found === 'string') return reason
      this.counts.stale++
      return { ...decodeRecord(requests[i]!.view, found), stale: reason }
    })
  }

  async write(values: readonly WriteRequest[], now: number, signal: AbortSignal | undefined): Promise<number> {
    let kept = 0
    for (let begin = 0; begin < values.length; ) {
      let bytes = 0
      let end = begin
      while (end < values.length && end - begin < WRITTEN_AT_ONCE && (bytes < BYTES_AT_ONCE || end === begin))
        bytes += values[end++]!.record.length
      kept += (await this.#send(
        'write',
        putCommand(this.#options.prefix, values.slice(begin, end), now),
        signal,
      )) as number
      begin = end
    }
    return kept
  }

  async remove(keys: readonly string[], signal: AbortSignal | undefined): Promise<number> {
    const removed = await this.#send('delete', ['DEL', ...keys.map((key) => this.#options.prefix + key)], signal)
    this.known.delete(keys)
    return removed as number
  }

  async #send(what: string, command: readonly (string | Buffer)[], signal: AbortSignal | undefined): Promise<unknown> {
    const sent = await this.connection.send(command, signal)
    if ('answer' in sent) return sent.answer
    throw unavailable(what, sent.cause)
  }

  dispose(): void {
    this.connection.dispose()
    this.known.dispose()
  }
}

function putCommand(prefix: string, values: readonly WriteRequest[], now: number): (string | Buffer)[] {
  const command: (string | Buffer)[] = ['EVAL', PUT, String(values.length)]
  for (const { key } of values) command.push(prefix + key)
  command.push(String(now + CLOCKS_DIFFER_MS))
  for (const { record, time, view } of values) {
    const life = view.ttl === Infinity ? '' : String(Math.max(1, Math.ceil(time + view.ttl - now)))
    command.push(Buffer.from(record.buffer, record.byteOffset, record.length), life)
  }
  return command
}

function unavailable(what: string, cause: Error): KindredError {
  const words = cause.message.replace(/\.$/, '')
  return new KindredError(
    'ERR_UNAVAILABLE',
    `FeatureStore: Redis did not answer a ${what}: ${words}. The connection is made again by itself: try again.`,
    { cause },
  )
}
