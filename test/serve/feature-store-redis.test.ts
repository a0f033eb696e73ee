import { FeatureStore, type FeatureStoreOptions, type FeatureView, type RedisStoreOptions, setThreads } from 'kindred'
import { createClient, RESP_TYPES } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { RedisServer, withoutRedis } from '../support/redis-server.js'

setThreads(1)
const USER: FeatureView = { columns: ['clicks', 'age'] }
const PATIENT = 30_000

if (withoutRedis !== undefined) console.warn(`feature-store-redis.test.ts is skipped: ${withoutRedis}`)

const open = (url: string, store: Partial<RedisStoreOptions> = {}, rest: Partial<FeatureStoreOptions> = {}) =>
  FeatureStore.open({
    views: { user: USER },
    store: { redis: url, timeoutMs: PATIENT, connectTimeoutMs: PATIENT, ...store },
    ...rest,
  })

/** Asks until the answer is as expected. */
async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe.skipIf(withoutRedis !== undefined)('FeatureStore in Redis', { timeout: 120_000 }, () => {
  let server: RedisServer
  let raw: ReturnType<typeof createClient>
  const bytesOf = (key: string) =>
    raw.sendCommand(['GET', key], { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }) as unknown as Promise<Buffer>

  beforeAll(async () => {
    server = await RedisServer.start()
    raw = createClient({ url: server.url })
    await raw.connect()
  })
  afterAll(async () => {
    raw?.destroy()
    await server?.[Symbol.asyncDispose]()
  })

  it('gives what any store of the schema has put, in one command', async () => {
    using writer = await open(server.url, { prefix: 'a:' })
    using reader = await open(server.url, { prefix: 'a:' }, { views: { user: { ...USER, defaults: [0, 30] } } })
    expect(await writer.put('user', 1, { clicks: 3, age: 41 })).toBe(true)
    const entries = Array.from({ length: 1000 }, (_, i) => ({ id: `u${i}`, values: [i, 20] }))
    expect(await writer.putMany('user', entries)).toEqual({ kept: 1000, refused: 0 })
    const before = reader.statistics.redis!.answered
    const answers = await reader.get([
      { view: 'user', id: 'u999' },
      { view: 'user', id: 1 },
      { view: 'user', id: '1' },
    ])
    expect(answers.map(({ values, status }) => [status, ...values!])).toEqual([
      ['fresh', 999, 20],
      ['fresh', 3, 41],
      ['default', 0, 30],
    ])
    expect(reader.statistics.redis!.answered - before).toBe(1)
    expect(reader.statistics.redis).toMatchObject({ connected: true, connections: 1, timeouts: 0, disconnected: 0 })
    expect(await reader.delete('user', 1)).toBe(true)
    expect(await reader.delete('user', 1)).toBe(false)
    expect((await writer.get([{ view: 'user', id: 1 }]))[0]).toEqual({
      values: undefined,
      status: 'missing',
      reason: 'absent',
    })
  })

  it('keeps values of a later moment, whoever writes, and has Redis expire them', async () => {
    using store = await open(server.url, { prefix: 'b:' }, { views: { user: { ...USER, ttl: 3_600_000 }, ever: USER } })
    const now = Date.now()
    expect(await store.put('user', 1, [1, 1], { time: now - 1000 })).toBe(true)
    expect(await store.put('user', 1, [2, 2], { time: now - 2000 })).toBe(false)
    expect(await store.put('user', 1, [3, 3], { time: now - 1000 })).toBe(true)
    const [answer] = await store.get([{ view: 'user', id: 1 }])
    expect(answer).toEqual({ values: Float32Array.of(3, 3), status: 'fresh', time: now - 1000 })
    const life = Number(await raw.sendCommand(['PTTL', 'b:user:n:1']))
    expect(life).toBeGreaterThan(0)
    expect(life).toBeLessThanOrEqual(3_600_000)
    await store.put('ever', 1, [1, 1])
    expect(Number(await raw.sendCommand(['PTTL', 'b:ever:n:1']))).toBe(-1)
    await store.put('user', 2, [1, 1], { time: now - 3_600_001 })
    const [old] = await store.get([{ view: 'user', id: 2 }])
    expect(old!.status).toBe('missing')
  })

  it('refuses values of another schema', async () => {
    using writer = await open(server.url, { prefix: 'c:' })
    await writer.put('user', 1, [1, 2])
    for (const view of [
      { columns: ['age', 'clicks'] },
      { columns: ['clicks'] },
      { columns: ['clicks', 'age'], dtype: 'i32' as const },
      { columns: ['clicks', 'age'], version: 2 },
    ]) {
      using reader = await open(server.url, { prefix: 'c:', stale: 'default' }, { views: { user: view } })
      await expect(reader.get([{ view: 'user', id: 1 }])).rejects.toThrow(code('ERR_SCHEMA'))
      // What a writer of the new schema puts is what its readers get.
    }
    using next = await open(server.url, { prefix: 'c:' }, { views: { user: { columns: ['age'] } } })
    expect(await next.put('user', 1, [9])).toBe(true)
    expect((await next.get([{ view: 'user', id: 1 }]))[0]!.values).toEqual(Float32Array.of(9))
  })

  it('tells of every altered byte, and never gives it as numbers', async () => {
    using writer = await open(server.url, { prefix: 'd:' })
    await writer.put('user', 1, [1, 2])
    const intact = await bytesOf('d:user:n:1')
    expect(intact.length).toBe(40)
    using strict = await open(server.url, { prefix: 'd:', stale: 'error' })
    using fallback = await open(
      server.url,
      { prefix: 'd:', stale: 'default' },
      { views: { user: { ...USER, defaults: [7, 7] } } },
    )
    using known = await open(server.url, { prefix: 'd:' })
    await known.get([{ view: 'user', id: 1 }])
    const request = [{ view: 'user', id: 1 }]
    const altered: Buffer[] = Array.from(intact, (_, i) => {
      const bytes = Buffer.from(intact)
      bytes[i]! ^= 1 << (i % 8)
      return bytes
    })
    altered.push(
      intact.subarray(0, 39),
      intact.subarray(0, 31),
      Buffer.alloc(0),
      Buffer.concat([intact, Buffer.alloc(1)]),
    )
    for (const bytes of altered) {
      await raw.sendCommand(['SET', 'd:user:n:1', bytes])
      await expect(strict.get(request)).rejects.toThrow(code('ERR_DATA', /checksum/))
      expect(await fallback.get(request)).toEqual([
        { values: Float32Array.of(7, 7), status: 'default', reason: 'corrupt' },
      ])
      expect((await known.get(request))[0]).toMatchObject({
        values: Float32Array.of(1, 2),
        status: 'stale',
        reason: 'corrupt',
      })
    }
    expect(fallback.statistics.redis!.corrupt).toBe(altered.length)
    expect(known.statistics).toMatchObject({ stale: altered.length })
    // A damaged time does not keep new values out.
    const future = Buffer.from(intact)
    future.writeDoubleLE(1e300, 16)
    await raw.sendCommand(['SET', 'd:user:n:1', future])
    expect(await writer.put('user', 1, [5, 6])).toBe(true)
    expect((await strict.get(request))[0]!.values).toEqual(Float32Array.of(5, 6))
    // Nor does what is no value at all.
    await raw.sendCommand(['DEL', 'd:user:n:1'])
    await raw.sendCommand(['LPUSH', 'd:user:n:1', 'x'])
    expect(await writer.put('user', 1, [5, 7])).toBe(true)
    expect((await strict.get(request))[0]!.values).toEqual(Float32Array.of(5, 7))
  })

  it('gives up what is aborted', async () => {
    using store = await open(server.url)
    const controller = new AbortController()
    const got = store.get([{ view: 'user', id: 1 }], { signal: controller.signal })
    controller.abort()
    await expect(got).rejects.toThrow(code('ERR_ABORTED'))
    expect((await store.get([{ view: 'user', id: 'nobody' }]))[0]!.status).toBe('missing')
  })

  it('ends calls under way when it is disposed of', async () => {
    const store = await open(server.url)
    const got = store.get([{ view: 'user', id: 1 }])
    store.dispose()
    store.dispose()
    await expect(got).rejects.toThrow(code('ERR_DISPOSED'))
    await expect(store.put('user', 1, [1, 2])).rejects.toThrow(code('ERR_DISPOSED'))
  })
})

describe.skipIf(withoutRedis !== undefined)('FeatureStore without its Redis', { timeout: 120_000 }, () => {
  const request = [{ view: 'user', id: 1 }]

  it('opens without a server, or says that there is none', async () => {
    const gone = await RedisServer.start()
    const { url } = gone
    await gone[Symbol.asyncDispose]()
    const quick = { connectTimeoutMs: 50 }
    using store = await open(url, quick)
    expect((await store.get(request))[0]).toEqual({ values: undefined, status: 'missing', reason: 'disconnected' })
    await expect(store.put('user', 1, [1, 2])).rejects.toThrow(code('ERR_UNAVAILABLE'))
    await expect(open(url, { ...quick, stale: 'error' })).rejects.toThrow(code('ERR_UNAVAILABLE'))
  })

  it('serves as documented while the server is down under load, and recovers by itself', async () => {
    await using server = await RedisServer.start()
    using known = await open(server.url, { prefix: 'x:' })
    using fallback = await open(
      server.url,
      { prefix: 'x:', stale: 'default' },
      { views: { user: { ...USER, defaults: [7, 7] } } },
    )
    using strict = await open(server.url, { prefix: 'x:', stale: 'error' })
    await known.put('user', 1, [1, 2])
    await known.get(request)
    const seen = { known: new Set<string>(), fallback: new Set<string>(), strict: new Set<string>() }
    let isOver = false
    let calls = 0
    const load = async (store: FeatureStore, statuses: Set<string>) => {
      while (!isOver) {
        await store.get(request).then(
          ([answer]) => statuses.add(answer!.status),
          (error) => statuses.add(error.code),
        )
        calls++
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const running = Array.from({ length: 8 }, () => [
      load(known, seen.known),
      load(fallback, seen.fallback),
      load(strict, seen.strict),
    ]).flat()
    const reached = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await reached(() => seen.strict.has('fresh') && seen.known.has('fresh') && seen.fallback.has('fresh'))
    await server.kill()
    await reached(() => seen.known.has('stale') && seen.fallback.has('default') && seen.strict.has('ERR_UNAVAILABLE'))
    await server.start()
    await until(
      () => known.put('user', 1, [3, 4]).catch(() => false),
      (kept) => kept === true,
    )
    for (const statuses of Object.values(seen)) statuses.clear()
    await reached(() => Object.values(seen).every((statuses) => statuses.has('fresh')))
    isOver = true
    await Promise.all(running)
    expect(calls).toBeGreaterThan(0)
    expect((await known.get(request))[0]).toMatchObject({ values: Float32Array.of(3, 4), status: 'fresh' })
    const { redis, stale } = known.statistics
    expect(stale).toBeGreaterThan(0)
    expect(redis!.connections).toBeGreaterThan(1)
    expect(redis!.disconnected).toBeGreaterThan(0)
    expect(fallback.statistics.default).toBeGreaterThan(0)
  })

  it('waits no longer than its timeout for a server that stands still, and makes the connection anew', async () => {
    await using server = await RedisServer.start()
    using writer = await open(server.url)
    await writer.put('user', 1, [1, 2])
    using store = await open(server.url, { timeoutMs: 100 })
    await until(
      () => store.get(request),
      ([answer]) => answer!.status === 'fresh',
    )
    server.pause()
    await until(
      () => store.get(request),
      ([answer]) => answer!.reason === 'timeout',
    )
    expect((await store.get(request))[0]).toMatchObject({ values: Float32Array.of(1, 2), status: 'stale' })
    // Silent for so long that the connection is given up.
    await until(
      () => store.get(request),
      ([answer]) => answer!.reason === 'disconnected',
    )
    server.resume()
    await until(
      () => store.get(request),
      ([answer]) => answer!.status === 'fresh',
    )
    expect(store.statistics.redis!.timeouts).toBeGreaterThan(0)
  })

  it('sends no more than may wait', async () => {
    await using server = await RedisServer.start()
    using store = await open(server.url, { maxPending: 3 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => store.get(request)))
    expect(answers.map(([answer]) => answer!.reason).sort()).toEqual([
      'absent',
      'absent',
      'absent',
      ...new Array(7).fill('overloaded'),
    ])
    expect(store.statistics.redis!.overloaded).toBe(7)
  })

  it('forgets what it knew beyond maxStaleMs', async () => {
    const server = await RedisServer.start()
    using store = await open(server.url, { maxStaleMs: 0 })
    await store.put('user', 1, [1, 2])
    await store.get(request)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await server[Symbol.asyncDispose]()
    await until(
      () => store.get(request),
      ([answer]) => answer!.status === 'missing' && answer!.reason === 'disconnected',
    )
    expect(store.statistics.stale).toBe(0)
  })
})
