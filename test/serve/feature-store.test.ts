import fc from 'fast-check'
import {
  FeaturePipeline,
  FeatureStore,
  type FeatureView,
  joinAsOf,
  type KindredError,
  setThreads,
  Table,
} from 'kindred'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { code } from '../support/logs.js'

setThreads(1)
const T0 = 1_700_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: T0 })
})
afterEach(() => {
  vi.useRealTimers()
})

const USER: FeatureView = { columns: ['clicks', 'age'], defaults: [0, 30] }
const one = async (store: FeatureStore, view: string, id: string | number) => (await store.get([{ view, id }]))[0]!

describe('FeatureStore in memory', () => {
  it('gives what was put, in order, and says where it is from', async () => {
    using store = await FeatureStore.open({ views: { user: USER, item: { columns: { price: 1, taste: 3 } } } })
    expect(await store.put('user', 'ann', { clicks: 3, age: 41 })).toBe(true)
    expect(await store.put('item', 7, { price: 2.5, taste: [1, 2, 3] })).toBe(true)
    await store.put('item', '7', Float32Array.of(9, 9, 9, 9))
    expect(
      await store.get([
        { view: 'item', id: 7 },
        { view: 'user', id: 'bob' },
        { view: 'user', id: 'ann' },
        { view: 'item', id: 8 },
        { view: 'item', id: '7' },
      ]),
    ).toEqual([
      { values: Float32Array.of(2.5, 1, 2, 3), status: 'fresh', time: T0 },
      { values: Float32Array.of(0, 30), status: 'default', reason: 'absent' },
      { values: Float32Array.of(3, 41), status: 'fresh', time: T0 },
      { values: undefined, status: 'missing', reason: 'absent' },
      { values: Float32Array.of(9, 9, 9, 9), status: 'fresh', time: T0 },
    ])
    const { memory, ...counts } = store.statistics
    expect(counts).toEqual({ fresh: 3, stale: 0, default: 1, missing: 1, kept: 3, refused: 0, redis: undefined })
    expect(memory).toMatchObject({ entries: 3, hits: 3, misses: 2, expiries: 0, evictions: 0 })
    expect(store.views.item).toMatchObject({ columns: ['price', 'taste[0]', 'taste[1]', 'taste[2]'], width: 4 })
    expect(await store.delete('item', 7)).toBe(true)
    expect(await store.delete('item', 7)).toBe(false)
    expect(await store.get([])).toEqual([])
  })

  it('answers are nobody else’s memory', async () => {
    using store = await FeatureStore.open({ views: { user: USER } })
    await store.put('user', 1, [1, 2])
    const [a, b] = await store.get([1, 1].map((id) => ({ view: 'user', id })))
    a!.values![0] = 99
    expect(b!.values![0]).toBe(1)
    expect((await one(store, 'user', 1)).values![0]).toBe(1)
    const none = await one(store, 'user', 2)
    none.values![1] = 99
    expect((await one(store, 'user', 2)).values![1]).toBe(30)
  })

  it('holds every number of a dtype to the bit', async () => {
    const arbitraries = {
      f32: fc.float({ noNaN: true, noDefaultInfinity: true }),
      f64: fc.double({ noNaN: true, noDefaultInfinity: true }),
      i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      u8: fc.integer({ min: 0, max: 255 }),
    }
    for (const [dtype, number] of Object.entries(arbitraries))
      await fc.assert(
        fc.asyncProperty(
          fc.array(number, { minLength: 1, maxLength: 300 }),
          fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' })),
          async (values, id) => {
            const columns = { all: values.length }
            using store = await FeatureStore.open({ views: { v: { columns, dtype: dtype as 'f32' } } })
            await store.put('v', id, values)
            const { values: got, status } = await one(store, 'v', id)
            expect(status).toBe('fresh')
            expect(Array.from(got!)).toEqual(values)
          },
        ),
        { numRuns: 50 },
      )
  })

  it('forgets what is older than its ttl, counted from its time', async () => {
    using store = await FeatureStore.open({ views: { user: { ...USER, ttl: 1000 } } })
    await store.put('user', 1, [1, 2], { time: T0 - 400 })
    vi.setSystemTime(T0 + 600)
    expect((await one(store, 'user', 1)).status).toBe('fresh')
    vi.setSystemTime(T0 + 601)
    expect(await one(store, 'user', 1)).toMatchObject({ status: 'default', reason: 'expired' })
    expect(await one(store, 'user', 1)).toMatchObject({ status: 'default', reason: 'absent' })
    expect(store.statistics.memory).toMatchObject({ expiries: 1, entries: 0 })
  })

  it('keeps within its bytes what was used last', async () => {
    using store = await FeatureStore.open({ views: { user: USER }, maxBytes: 2000 })
    const { kept } = await store.putMany(
      'user',
      Array.from({ length: 100 }, (_, id) => ({ id, values: [id, 0] })),
    )
    expect(kept).toBe(100)
    const { entries, bytes, evictions } = store.statistics.memory
    expect(bytes).toBeLessThanOrEqual(2000)
    expect(entries + evictions).toBe(100)
    expect(entries).toBeGreaterThan(5)
    await one(store, 'user', 100 - entries) // the oldest that is left
    await store.put('user', 'new', [1, 1])
    expect((await one(store, 'user', 100 - entries)).status).toBe('fresh')
    expect((await one(store, 'user', 101 - entries)).status).toBe('default')
  })

  it('refuses what would be misread, and keeps what it had', async () => {
    using store = await FeatureStore.open({ views: { user: USER, few: { columns: ['a'], dtype: 'u8' } } })
    await store.put('user', 1, [1, 2])
    const errors: [Promise<unknown>, string][] = [
      [store.put('user', 1, [1, Number.NaN]), 'ERR_VALUE'],
      [store.put('user', 1, [1, 1e39]), 'ERR_VALUE'],
      [store.put('user', 1, ['1', 2] as never), 'ERR_VALUE'],
      [store.put('user', 1, [1]), 'ERR_SHAPE'],
      [store.put('user', 1, { clicks: 1 }), 'ERR_SHAPE'],
      [store.put('user', 1, { clicks: 1, age: 2, more: 3 }), 'ERR_VALUE'],
      [store.put('user', 1, null as never), 'ERR_VALUE'],
      [store.put('user', 1.5, [1, 2]), 'ERR_VALUE'],
      [store.put('user', '\ud800', [1, 2]), 'ERR_VALUE'],
      [store.put('user', 1, [5, 5], { time: T0 + 1 }), 'ERR_VALUE'],
      [store.put('user', 1, [5, 5], { time: Number.NaN }), 'ERR_VALUE'],
      [store.put('nobody', 1, [5, 5]), 'ERR_VALUE'],
      [store.put('few', 1, [256]), 'ERR_VALUE'],
      [store.put('few', 1, [0.5]), 'ERR_VALUE'],
      [store.put('user', 'x'.repeat(2 ** 20), [1, 2]).then(() => 0), 'none'],
      [store.get([{ view: 'nobody', id: 1 }]), 'ERR_VALUE'],
      [store.get([null as never]), 'ERR_VALUE'],
      [store.get('user' as never), 'ERR_VALUE'],
      [store.putMany('user', [{ id: 1, values: [5] }]), 'ERR_SHAPE'],
      [store.putMany('user', 5 as never), 'ERR_VALUE'],
      [store.get([{ view: 'user', id: 1 }], { signal: AbortSignal.abort() }), 'ERR_ABORTED'],
      [FeatureStore.open({ views: {} }), 'ERR_VALUE'],
      [FeatureStore.open({ views: { 'a:b': USER } }), 'ERR_VALUE'],
      [FeatureStore.open({ views: { a: { columns: ['x', 'x'] } } }), 'ERR_DUPLICATE'],
      [FeatureStore.open({ views: { a: { columns: [] } } }), 'ERR_VALUE'],
      [FeatureStore.open({ views: { a: { columns: { x: 0 } } } }), 'ERR_VALUE'],
      [FeatureStore.open({ views: { a: { ...USER, defaults: [1] } } }), 'ERR_SHAPE'],
      [FeatureStore.open({ views: { a: { ...USER, ttl: 0 } } }), 'ERR_VALUE'],
      [FeatureStore.open({ views: { a: { columns: new FeaturePipeline({ x: 'number' }) } } }), 'ERR_NOT_FITTED'],
      [FeatureStore.open({ views: { a: USER }, store: 'disk' as never }), 'ERR_VALUE'],
      [FeatureStore.open({ views: { a: USER }, store: { redis: 'http://x' } }), 'ERR_VALUE'],
    ]
    for (const [call, expected] of errors) {
      const error = await call.then(
        () => ({ code: 'none' }),
        (thrown: KindredError) => thrown,
      )
      expect(error.code).toBe(expected)
    }
    expect((await one(store, 'user', 1)).values).toEqual(Float32Array.of(1, 2))
    using small = await FeatureStore.open({ views: { user: USER }, maxBytes: 50 })
    await expect(small.put('user', 1, [1, 2])).rejects.toThrow(code('ERR_TOO_LARGE'))
  })

  it('keeps NaN where the view allows it', async () => {
    using store = await FeatureStore.open({ views: { user: { ...USER, allowMissing: true } } })
    await store.put('user', 1, [Number.NaN, 2])
    expect((await one(store, 'user', 1)).values).toEqual(Float32Array.of(Number.NaN, 2))
  })

  it('is not there after dispose', async () => {
    const store = await FeatureStore.open({ views: { user: USER } })
    await store.put('user', 1, [1, 2])
    store.dispose()
    store.dispose()
    await expect(store.get([{ view: 'user', id: 1 }])).rejects.toThrow(code('ERR_DISPOSED'))
    await expect(store.put('user', 1, [1, 2])).rejects.toThrow(code('ERR_DISPOSED'))
    expect(store.statistics.memory).toMatchObject({ entries: 0, bytes: 0 })
  })
})

describe('schemas', () => {
  it('differ where numbers would be misread', async () => {
    const views: Record<string, FeatureView> = {
      base: { columns: ['a', 'b'] },
      order: { columns: ['b', 'a'] },
      dtype: { columns: ['a', 'b'], dtype: 'f64' },
      width: { columns: { a: 1, b: 2 } },
      version: { columns: ['a', 'b'], version: 2 },
    }
    using store = await FeatureStore.open({ views })
    const hashes = Object.values(store.views).map(({ schemaHash }) => schemaHash)
    expect(new Set(hashes).size).toBe(hashes.length)
    using same = await FeatureStore.open({ views: { other: { columns: { a: 1, b: 1 }, ttl: 5, defaults: [1, 2] } } })
    expect(same.views.other!.schemaHash).toBe(store.views.base!.schemaHash)
  })

  it('of pipelines tell what they have learnt', async () => {
    const fit = async (prices: number[]) => {
      const pipeline = new FeaturePipeline({ price: 'standard', kind: 'one-hot' })
      return pipeline.fit(Table.from(prices.map((price, i) => ({ price, kind: i % 2 ? 'a' : 'b' }))))
    }
    const hashOf = async (columns: FeaturePipeline) => {
      using store = await FeatureStore.open({ views: { v: { columns } } })
      return store.views.v!.schemaHash
    }
    const first = await fit([1, 2, 3])
    expect(await hashOf(first)).toBe(await hashOf(await fit([1, 2, 3])))
    expect(await hashOf(first)).not.toBe(await hashOf(await fit([1, 2, 4])))
  })
})

describe('offline and online', () => {
  const row = fc.record({
    price: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null, freq: 5 }),
    brand: fc.option(fc.constantFrom('a', 'b', 'c', 'zoë'), { nil: null, freq: 5 }),
    sold: fc.option(fc.boolean(), { nil: null, freq: 5 }),
  })

  it('rows of one pipeline are the same bits in a table and in a store', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 20 }), async (rows) => {
        const types = { price: 'number', brand: 'string', sold: 'boolean' } as const
        const table = Table.from(rows, { types })
        const pipeline = await new FeaturePipeline({
          price: { kind: 'standard', flag: true },
          brand: 'one-hot',
          sold: 'number',
        }).fit(table)
        const offline = await pipeline.transformMatrix(table)
        using store = await FeatureStore.open({ views: { row: { columns: pipeline } } })
        await store.putMany(
          'row',
          rows.map((values, id) => ({ id, values })),
        )
        const online = await store.get(rows.map((_, id) => ({ view: 'row', id })))
        for (const [i, { values }] of online.entries())
          expect(Buffer.from(values!.buffer)).toEqual(Buffer.from(offline.row(i).slice().buffer))
      }),
      { numRuns: 60 },
    )
  })

  it('a store answers at any moment as a join as of that moment', async () => {
    const ttl = 40
    const known = fc.record({
      user: fc.integer({ min: 0, max: 3 }),
      validFrom: fc.integer({ min: 0, max: 100 }),
      delay: fc.integer({ min: 0, max: 30 }),
      score: fc.integer({ min: 0, max: 1000 }),
    })
    const event = fc.record({ user: fc.integer({ min: 0, max: 4 }), time: fc.integer({ min: 0, max: 160 }) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(known, { minLength: 1, maxLength: 25 }),
        fc.array(event, { minLength: 1, maxLength: 25 }),
        async (features, events) => {
          // Rows arrive in the order of the table.
          const rows = features
            .map(({ user, validFrom, delay, score }) => ({ user, validFrom, arrivedAt: validFrom + delay, score }))
            .sort((a, b) => a.arrivedAt - b.arrivedAt)
          const joined = await joinAsOf(Table.from(events), Table.from(rows), {
            on: 'user',
            eventTime: 'time',
            validFrom: 'validFrom',
            arrivedAt: 'arrivedAt',
            maxAge: ttl,
          })
          using store = await FeatureStore.open({ views: { user: { columns: ['score'], ttl } } })
          let next = 0
          const order = events.map((_, i) => i).sort((a, b) => events[a]!.time - events[b]!.time)
          for (const i of order) {
            const { user, time } = events[i]!
            for (; next < rows.length && rows[next]!.arrivedAt <= time; next++) {
              vi.setSystemTime(T0 + rows[next]!.arrivedAt)
              const { user: id, score, validFrom } = rows[next]!
              await store.put('user', id, [score], { time: T0 + validFrom })
            }
            vi.setSystemTime(T0 + time)
            const { values } = await one(store, 'user', user)
            const match = joined.matches[i]!
            expect(values === undefined ? undefined : values[0]).toBe(match < 0 ? undefined : rows[match]!.score)
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it('values of an earlier moment do not replace later ones', async () => {
    using store = await FeatureStore.open({ views: { user: USER } })
    expect(await store.put('user', 1, [1, 1], { time: T0 - 10 })).toBe(true)
    expect(await store.put('user', 1, [2, 2], { time: T0 - 20 })).toBe(false)
    expect(await store.put('user', 1, [3, 3], { time: T0 - 10 })).toBe(true)
    expect((await one(store, 'user', 1)).values).toEqual(Float32Array.of(3, 3))
    expect(store.statistics).toMatchObject({ kept: 2, refused: 1 })
    expect(await store.putMany('user', [{ id: 1, values: [4, 4], time: T0 - 11 }])).toEqual({ kept: 0, refused: 1 })
  })
})
