import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AttributeCap,
  Boost,
  CalibratedList,
  CategoryDiversity,
  DeterminantalPointProcess,
  ExposureCap,
  ExposureCounter,
  Features,
  Freshness,
  type Id,
  MaximalMarginalRelevance,
  MustInclude,
  MustNot,
  ReRanker,
  type ReRankStep,
  rerank,
  Table,
} from 'kindred'
import { describe, expect, it } from 'vitest'

const GENRES = ['a', 'b', 'c', 'd']

/** Items 0 to 39 with genres, studios, vectors and times, all made of their numbers. */
const genresOf = (item: Id) => GENRES.filter((_, n) => (Number(item) * 7 + n * 3) % 5 < 2)
const studioOf = (item: Id) => `s${(Number(item) * 3) % 4}`
const all = Array.from({ length: 40 }, (_, item) => item)
const features = Features.from(
  all.filter((item) => item % 9 !== 8),
  all
    .filter((item) => item % 9 !== 8)
    .map((item) => [Math.sin(item), Math.cos(item * 3), Math.sin(item * 7), (item % 3) - 1]),
)

const anyList = fc
  .uniqueArray(fc.constantFrom(...all), { maxLength: 40 })
  .chain((items) =>
    fc.tuple(...items.map((item) => fc.integer({ min: -5, max: 5 }).map((score) => ({ item, score: score / 4 })))),
  )
  .map((list) => [...list].sort((a, b) => b.score - a.score))

/** A step of one's own that turns a list round and leaves nothing out. */
const turned: ReRankStep = {
  async apply(list) {
    return [...list].reverse().map((entry) => ({ ...entry, reasons: [...(entry.reasons ?? []), 'turned'] }))
  },
}

const softSteps: Record<string, () => ReRankStep> = {
  mmr: () => new MaximalMarginalRelevance(features, { lambda: 0.4 }),
  dpp: () => new DeterminantalPointProcess(features, { theta: 0.4 }),
  calibrated: () => new CalibratedList(genresOf),
  diverse: () => new CategoryDiversity(genresOf, { target: 'uniform' }),
  boost: () => new Boost({ attribute: genresOf, values: ['b'], factor: 3, add: -0.1 }),
  fresh: () => new Freshness((item) => Number(item), { halfLife: 10 }),
  turned: () => turned,
}

describe('rules', () => {
  it('hold whatever stands before and after them, in lists that are as long as they can be', async () => {
    const step = fc.constantFrom(...Object.keys(softSteps))
    await fc.assert(
      fc.asyncProperty(
        anyList,
        fc.nat(12),
        fc.array(step, { maxLength: 2 }),
        fc.array(step, { maxLength: 2 }),
        fc.uniqueArray(fc.constantFrom(...all), { maxLength: 3 }),
        fc.uniqueArray(fc.constantFrom(...all), { maxLength: 6 }),
        fc.record({ genre: fc.nat(4), studio: fc.nat(4) }),
        async (list, k, before, after, must, not, caps) => {
          const reranker = new ReRanker([
            ...before.map((name) => softSteps[name]!()),
            new MustInclude(must),
            new MustNot({ items: not }),
            new AttributeCap(genresOf, { limit: caps.genre, name: 'genre' }),
            new AttributeCap(studioOf, { limit: caps.studio, limits: { s1: 1 }, name: 'studio' }),
            ...after.map((name) => softSteps[name]!()),
          ])
          const options = { k, now: 50, history: [{ item: 3 }, { item: 5, weight: 2 }] }
          const counted = (items: readonly Id[]) => {
            const counts = new Map<string, number>()
            const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
            for (const item of items) {
              for (const genre of genresOf(item)) add(genre)
              add(studioOf(item))
            }
            return counts
          }
          const limitOf = (name: string) => (name === 's1' ? 1 : name.startsWith('s') ? caps.studio : caps.genre)
          const keepsCaps = (items: readonly Id[]) =>
            [...counted(items)].every(([name, count]) => count <= limitOf(name))
          const isPossible = must.length <= k && keepsCaps(must) && !must.some((item) => not.includes(item))
          if (!isPossible) {
            await expect(reranker.apply(list, options)).rejects.toMatchObject({ code: 'ERR_RULES' })
            return
          }
          const ranked = await reranker.apply(list, options)
          const items = ranked.map(({ item }) => item)
          expect(new Set(items).size).toBe(items.length)
          expect(items.length).toBeLessThanOrEqual(k)
          for (const item of items) expect(not).not.toContain(item)
          for (const item of must) expect(items).toContain(item)
          expect(keepsCaps(items)).toBe(true)
          if (items.length < k)
            for (const { item } of list)
              if (!items.includes(item) && !not.includes(item)) expect(keepsCaps([...items, item])).toBe(false)
          const given = new Set([...list.map(({ item }) => item as Id), ...must])
          for (const item of items) expect(given.has(item)).toBe(true)
          expect(await reranker.apply(list, options)).toEqual(ranked)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('give exactly k without caps, and the list itself without steps', async () => {
    await fc.assert(
      fc.asyncProperty(anyList, fc.nat(45), fc.constantFrom(...Object.keys(softSteps)), async (list, k, name) => {
        const ranked = await rerank(list, [softSteps[name]!()], { k, now: 50, history: [{ item: 1 }] })
        expect(ranked.length).toBe(Math.min(k, list.length))
        const same = await rerank(list, [], { k })
        expect(same).toEqual(list.slice(0, k).map((entry) => ({ ...entry, reasons: [] })))
      }),
    )
  })

  it('say why', async () => {
    const list = [1, 2, 3, 4, 5].map((item) => ({ item, score: 1 - item / 10 }))
    const ranked = await rerank(
      list,
      [
        new MustInclude([5, 9]),
        new AttributeCap((item) => (Number(item) < 4 ? 'early' : 'late'), { limit: 2, name: 'half' }),
        new Boost({ where: (item) => item === 4, factor: 1.2 }),
      ],
      { k: 4 },
    )
    expect(ranked).toEqual([
      { item: 1, score: 0.9, reasons: [] },
      { item: 2, score: 0.8, reasons: [] },
      { item: 5, score: 0.5, reasons: ['must be listed: was at 5'] },
      { item: 9, score: 0.5, reasons: ['must be listed: was at 6'] },
    ])
    const capped = await rerank(list, [new AttributeCap((item) => Number(item) < 4, { limit: 2, name: 'early' })], {
      k: 4,
    })
    expect(capped.map(({ item, reasons }) => [item, reasons])).toEqual([
      [1, []],
      [2, []],
      [4, ['moved up: others were held back by the cap of early "true"']],
      [5, ['moved up: others were held back by the cap of early "true"']],
    ])
    await expect(rerank(list, [new MustInclude([3]), new MustNot({ items: [3] })])).rejects.toThrow(
      'Item 3 must be listed and must not: MustNot (listed by the rule).',
    )
    await expect(rerank(list, [new MustInclude([1, 2, 3])], { k: 2 })).rejects.toThrow(
      '3 items must be listed but a list of k = 2 has no place for them',
    )
  })

  it('read attributes from maps, functions and tables alike', async () => {
    const table = Table.from([
      { id: 1, genre: ['x', 'y'], price: 3, day: new Date(100) },
      { id: 2, genre: ['x'], price: null, day: new Date(900) },
      { id: 3, genre: [], price: 3, day: null },
    ])
    const list = [1, 2, 3, 4].map((item) => ({ item, score: 1 }))
    const given = {
      table: { table, id: 'id', column: 'genre' },
      map: new Map([
        [1, ['x', 'y']],
        [2, ['x']],
      ]),
      function: (item: Id) => (item === 1 ? ['x', 'y'] : item === 2 ? 'x' : undefined),
    }
    for (const attribute of Object.values(given)) {
      const ranked = await rerank(list, [new AttributeCap(attribute, { limit: 1 })])
      expect(ranked.map(({ item }) => item)).toEqual([1, 3, 4])
    }
    const price = await rerank(list, [new AttributeCap({ table, id: 'id', column: 'price' }, { limit: 1 })])
    expect(price.map(({ item }) => item)).toEqual([1, 2, 4])
    const times = { table, id: 'id', column: 'day' }
    const fresh = await rerank(list, [new Freshness(times, { halfLife: 400 })], { now: 900 })
    expect(fresh.map(({ item, score }) => [item, score])).toEqual([
      [2, 1],
      [3, 1],
      [4, 1],
      [1, 0.25],
    ])
    const recent = await rerank(list, [new Freshness(times, { maxAge: 400, unknown: 'exclude' })], { now: 900 })
    expect(recent.map(({ item }) => item)).toEqual([2])
    expect(() => new AttributeCap({ table, id: 'genre', column: 'price' }, { limit: 1 })).toThrow(/expected ids/)
    expect(() => new AttributeCap({ table, id: 'id', column: 'prize' }, { limit: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_COLUMN' }),
    )
  })

  it('refuse what they cannot use', async () => {
    const mmr = new MaximalMarginalRelevance(features)
    await expect(mmr.apply([{ item: 1, score: Number.NaN }])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(
      mmr.apply([
        { item: 1, score: 1 },
        { item: 1, score: 2 },
      ]),
    ).rejects.toMatchObject({ code: 'ERR_DUPLICATE' })
    await expect(mmr.apply([], { k: -1 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(mmr.apply([], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(rerank([], [], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    const refused: [() => unknown, RegExp][] = [
      [() => new MustNot({}), /expected items, attribute and values, or where/],
      [() => new MustNot({ attribute: genresOf }), /attribute and values together/],
      [() => new Boost({ items: [1], factor: 0 }), /factor: expected a finite number above 0/],
      [() => new AttributeCap(genresOf, {}), /expected limit or limits/],
      [() => new AttributeCap('genre' as never, { limit: 1 }), /expected a function, a Map or/],
      [() => new Freshness(genresOf, {}), /expected halfLife or maxAge/],
      [() => new ExposureCap(new ExposureCounter(), {}), /expected perUser or overall/],
      [() => new MaximalMarginalRelevance([] as never), /expected Features/],
      [() => new MaximalMarginalRelevance(features, { lambda: 2 }), /lambda: expected a finite number from 0 to 1/],
      [() => new CalibratedList(genresOf, { target: { a: -1 } }), /target.a/],
      [() => new ReRanker([{} as never]), /step 0: expected an object with a method apply/],
      [() => new MustInclude('ab' as never), /expected a list of ids/],
    ]
    for (const [make, message] of refused) expect(make).toThrow(message)
    const wrong = new AttributeCap(() => ({}) as never, { limit: 1 })
    await expect(rerank([{ item: 1, score: 1 }], [wrong])).rejects.toThrow(/of item 1 but received/)
  })
})

describe('ExposureCounter', () => {
  const entry = fc.record({
    items: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    user: fc.option(fc.constantFrom('ann', 'bob', 1), { nil: undefined }),
    now: fc.integer({ min: 0, max: 60 }),
  })
  const allShown = (counter: ExposureCounter, now: number) =>
    [0, 1, 2, 3, 4].map((item) => [
      counter.shown(item, { now }),
      ...['ann', 'bob', 1].map((user) => counter.shown(item, { user, now })),
    ])

  it('shares what several count, and tells each count once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), entry), { maxLength: 30 }), (shownBy) => {
        const options = { window: 20, parts: 4 }
        const one = new ExposureCounter(options)
        const several = [0, 1, 2].map(() => new ExposureCounter(options))
        for (const [n, { items, user, now }] of shownBy) {
          const given = user === undefined ? { now } : { user, now }
          one.record(items, given)
          several[n]!.record(items, given)
          if (now % 3 > 0) continue
          const delta = structuredClone(several[n]!.exportDelta())
          for (const other of several) if (other !== several[n]) other.importDelta(delta)
        }
        for (const own of several) {
          const delta = own.exportDelta()
          for (const other of several) if (other !== own) other.importDelta(delta)
        }
        const now = 60
        for (const own of several) {
          expect(allShown(own, now)).toEqual(allShown(one, now))
          expect(own.exportDelta().keys).toEqual([])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is saved and loaded', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kindred-exposures-'))
    const counter = new ExposureCounter({ window: 100, parts: 10, maxEntries: 5 })
    for (let now = 0; now < 90; now += 3) counter.record([now % 4, 'x'], { user: now % 2 === 0 ? 'ann' : 7, now })
    await counter.save(join(dir, 'counter'))
    const loaded = await ExposureCounter.load(join(dir, 'counter'))
    expect(loaded.options).toEqual(counter.options)
    expect(loaded.size).toBe(counter.size)
    for (const now of [90, 120, 160]) expect(allShown(loaded, now)).toEqual(allShown(counter, now))
    await expect(ExposureCounter.load(dir)).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
    await expect(counter.save(dir, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    rmSync(dir, { recursive: true })
  })

  it('refuses what is no delta of its options, and counts nothing of it', () => {
    const counter = new ExposureCounter({ window: 100, parts: 10 })
    counter.record([1], { user: 'ann', now: 5 })
    const delta = counter.exportDelta()
    const other = new ExposureCounter({ window: 100, parts: 10 })
    for (const wrong of [
      { ...delta, window: 50 },
      { ...delta, keys: ['[null,1]', 'nonsense'] },
      { ...delta, counts: Float64Array.of(1, -1) },
      { ...delta, at: Float64Array.of(0.5, 1) },
      { ...delta, at: Float64Array.of(1) },
    ])
      expect(() => other.importDelta(wrong)).toThrow(expect.objectContaining({ code: 'ERR_DATA' }))
    expect(() => other.importDelta(null as never)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }))
    expect(other.size).toBe(0)
    other.importDelta(delta)
    expect(other.shown(1, { user: 'ann', now: 5 })).toBe(1)
  })

  it('counts within its window, to a part of it, as a list of all that was shown does', () => {
    const event = fc.record({ item: fc.nat(3), user: fc.nat(2), time: fc.nat(60) })
    fc.assert(
      fc.property(fc.array(event), fc.nat(60), (events, now) => {
        const counter = new ExposureCounter({ window: 20, parts: 4 })
        const sorted = events.sort((a, b) => a.time - b.time).filter(({ time }) => time <= now)
        for (const { item, user, time } of sorted) counter.record([item], { user, now: time })
        const counts = ({ time }: { time: number }) => Math.floor(time / 5) > Math.floor(now / 5) - 4
        for (const item of [0, 1, 2, 3]) {
          const own = sorted.filter((one) => one.item === item && counts(one))
          expect(counter.shown(item, { now })).toBe(own.length)
          for (const user of [0, 1, 2])
            expect(counter.shown(item, { user, now })).toBe(own.filter((one) => one.user === user).length)
        }
      }),
    )
  })

  it('is of a bounded size, and tells ids of two types apart', () => {
    const counter = new ExposureCounter({ window: 1e6, maxEntries: 10 })
    counter.record(
      Array.from({ length: 25 }, (_, item) => item),
      { now: 0 },
    )
    expect([counter.size, counter.forgotten]).toEqual([10, 15])
    expect([counter.shown(14, { now: 1 }), counter.shown(15, { now: 1 }), counter.shown('15', { now: 1 })]).toEqual([
      0, 1, 0,
    ])
    counter.record([99], { now: 1e7 })
    expect([counter.size, counter.forgotten]).toEqual([1, 15])
  })

  it('caps what lists show', async () => {
    const counter = new ExposureCounter({ window: 100 })
    const cap = new ExposureCap(counter, { perUser: 1, overall: 2 })
    const list = [1, 2, 3, 4, 5].map((item) => ({ item, score: -item }))
    const items = async (options: object) => (await rerank(list, [cap], { k: 2, ...options })).map(({ item }) => item)
    expect(await items({ user: 'ann', now: 0 })).toEqual([1, 2])
    expect(await items({ user: 'ann', now: 1 })).toEqual([3, 4])
    expect(await items({ user: 'bob', now: 2 })).toEqual([1, 2])
    expect(await items({ user: 'cat', now: 3 })).toEqual([3, 4])
    expect(await items({ now: 4 })).toEqual([5])
    expect(await items({ user: 'ann', now: 200 })).toEqual([1, 2])
  })
})
