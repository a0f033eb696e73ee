import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { AlternatingLeastSquares, evaluate, Features, type Id, Interactions, loadModel, Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { holdOut } from '#lib/models/als/held-out.js'
import { bestScale, type JudgedUser, mergedHits } from '#lib/models/als/new-item-scale.js'
import { anyLog, code } from '../support/logs.js'

/** Items around topics, of which each user likes one; features that tell the topic, or noise. */
function topicLog({ users = 600, items = 400, topics = 8, perUser = 16, seed = 1 } = {}) {
  const random = createRandom(seed)
  const rows = []
  for (let user = 0; user < users; user++)
    for (let n = 0; n < perUser; n++) {
      const topic = random.next() < 0.1 ? random.integer(topics) : user % topics
      rows.push({ user, item: topic + topics * Math.floor((items / topics) * random.next() ** 1.5) })
    }
  const features = (tells: boolean) => {
    const matrix = new Matrix(items, topics)
    for (let i = 0; i < items; i++)
      for (let t = 0; t < topics; t++)
        matrix.row(i)[t] = (tells && i % topics === t ? 1 : 0) + (tells ? 0.2 : 1) * random.normal()
    return Features.from(
      Array.from({ length: items }, (_, i) => i),
      matrix,
    )
  }
  return { log: Interactions.from(rows), telling: features(true), noise: features(false) }
}

const { log, telling, noise } = topicLog()
const { train: rest, test: cold } = log.split({ by: 'cold-items', fraction: 0.2, seed: 1 })
const { train, test: warm } = rest.split({ by: 'random', fraction: 0.1, seed: 1 })
const options = { factors: 16, regularization: 1, seed: 1 }
const fitted = (more = {}, itemFeatures: Features = telling) =>
  new AlternatingLeastSquares({ ...options, ...more }).fit(train, { itemFeatures })
const recall = async (model: AlternatingLeastSquares, test: Interactions) =>
  (await evaluate(model, test, { k: 20, resamples: 1 }))['recall@20']!.value
const rowOf = (model: AlternatingLeastSquares, item: Id) => model.itemFactors.row(model.items.indexOf(item))

describe('items known by their features only, ranked among all', () => {
  it('are recommended to those who want them, at little cost to the others', async () => {
    const asMapped = await fitted({ newItemScale: 1 })
    const model = await fitted({ newItemCost: 0.05 })
    expect(asMapped.newItemScale).toBe(1)
    expect(model.newItemScale!).toBeGreaterThan(1.1)
    expect(await recall(model, cold)).toBeGreaterThan((await recall(asMapped, cold)) + 0.1)
    expect(await recall(model, warm)).toBeGreaterThan(0.9 * (await recall(asMapped, warm)))
  })

  it('come the further up the more they may cost', async () => {
    const scales = []
    for (const newItemCost of [0, 0.05, 1]) scales.push((await fitted({ newItemCost })).newItemScale!)
    expect(scales[0]!).toBeLessThanOrEqual(scales[1]!)
    expect(scales[1]!).toBeLessThan(scales[2]!)
  })

  it('do not flood the lists where features say nothing', async () => {
    const model = await fitted({ newItemCost: 1 }, noise)
    const lists = await model.recommendMany([...train.users], { k: 20 })
    const known = new Set<Id>(train.items)
    const places = lists.flat().filter(({ item }) => !known.has(item)).length
    expect(places / (20 * lists.length)).toBeLessThan(0.1)
  })

  it('have the length that was asked for, in the same direction', async () => {
    const one = await fitted({ newItemScale: 1 })
    const three = await fitted({ newItemScale: 3 })
    for (const item of new Set(cold.items))
      for (const [t, value] of rowOf(one, item).entries()) expect(rowOf(three, item)[t]!).toBeCloseTo(3 * value, 5)
    for (const item of train.items)
      for (const [t, value] of rowOf(one, item).entries()) expect(rowOf(three, item)[t]!).toBeCloseTo(value, 5)
    const similar = async (model: AlternatingLeastSquares) =>
      (await model.similarItems([...cold.items][0]!, { k: 10 })).map(({ item }) => item)
    expect(await similar(three)).toEqual(await similar(one))
  })

  it('are placed alike at fit, by addItems, and by a model saved and loaded', async () => {
    const model = await fitted({ newItemCost: 0.2 })
    expect(model.newItemScale!).toBeGreaterThan(1.1)
    const item = [...cold.items][0]!
    const vector = telling.matrix.row(telling.ids.indexOf(item)).slice()
    const folder = mkdtempSync(join(tmpdir(), 'kindred-'))
    try {
      await model.save(folder)
      const loaded = await loadModel<AlternatingLeastSquares>(folder)
      expect(loaded.newItemScale).toBe(model.newItemScale)
      expect(loaded.options).toEqual(model.options)
      await loaded.addItems(Features.from(['later'], [vector]))
      expect(rowOf(loaded, 'later')).toEqual(rowOf(model, item))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('stay in the lists of those who want them when their first interaction comes', async () => {
    const model = await fitted({ newItemCost: 0.2 })
    const places = async (items: readonly Id[]) => {
      const set = new Set(items)
      const lists = await model.recommendMany([...train.users], { k: 20 })
      return lists.flat().filter(({ item }) => set.has(item)).length
    }
    const first = new Map<Id, Id>()
    for (const { user, item } of cold) if (train.users.has(user)) first.set(item, user)
    const items = [...first.keys()]
    const before = await places(items)
    expect(before).toBeGreaterThan(100)
    await model.update(Interactions.from(items.map((item) => ({ user: first.get(item)!, item }))))
    expect(await places(items)).toBeGreaterThan(0.5 * before)
  })

  it('are placed the same by the same seed', async () => {
    const [a, b] = await Promise.all([fitted(), fitted()])
    expect(a.newItemScale).toBe(b.newItemScale)
    expect(a.itemFactors.data).toEqual(b.itemFactors.data)
  })

  it('are placed as the map places them where there is too little to hold out', async () => {
    const few = Interactions.from([
      { user: 1, item: 'a' },
      { user: 2, item: 'b' },
    ])
    const itemFeatures = Features.from(['a', 'b', 'c'], [[0], [1], [2]])
    const model = await new AlternatingLeastSquares({ factors: 2 }).fit(few, { itemFeatures })
    expect(model.newItemScale).toBe(1)
    const plain = await new AlternatingLeastSquares({ factors: 2 }).fit(few)
    expect(plain.newItemScale).toBeNull()
  })

  it('refuses scales and costs that make no sense', () => {
    for (const newItemScale of [0, -1, 1e4, Number.NaN, 'all' as never, '2' as never])
      expect(() => new AlternatingLeastSquares({ newItemScale })).toThrow(code('ERR_VALUE'))
    for (const newItemCost of [-0.1, 1.1, Number.NaN, '0.1' as never])
      expect(() => new AlternatingLeastSquares({ newItemCost })).toThrow(code('ERR_VALUE'))
  })

  it('stops when asked to', async () => {
    const controller = new AbortController()
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      if (done === total) setImmediate(() => controller.abort())
    }
    const model = new AlternatingLeastSquares(options)
    const { signal } = controller
    await expect(model.fit(train, { itemFeatures: telling, signal, onProgress })).rejects.toEqual(code('ERR_ABORTED'))
  })
})

describe('what is held out to choose the scale', () => {
  it('is all of some items, some of the others, and the rest in both directions', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(99), async (any, seed) => {
        const [Cui, Ciu] = [await any.byUser(), await any.byItem()]
        const described = Int32Array.from({ length: Cui.cols }, (_, item) => item)
        const parts = await holdOut(Cui, Ciu, described, { share: 0.3, seed })
        if (parts === null) {
          expect(Math.floor(0.3 * Cui.cols)).toBeLessThan(2)
          return
        }
        const pairs = (csr: typeof Cui, turned: boolean, rowOf = (row: number) => row) => {
          const set = new Map<string, number>()
          for (let row = 0; row < csr.rows; row++)
            for (let n = csr.indptr[row]!; n < csr.indptr[row + 1]!; n++) {
              const column = csr.indices[n]!
              set.set(turned ? `${column} ${row}` : `${rowOf(row)} ${column}`, csr.values![n]!)
            }
          return set
        }
        const kept = pairs(parts.Cui, false)
        expect(new Map([...pairs(parts.Ciu, true)].sort())).toEqual(new Map([...kept].sort()))
        const wanted = pairs(parts.wanted, false, (judge) => parts.judges[judge]!)
        expect(new Map([...kept, ...wanted].sort())).toEqual(new Map([...pairs(Cui, false)].sort()))
        expect(kept.size + wanted.size).toBe(Cui.indices.length)
        expect(parts.newItems.length).toBe(Math.floor(0.3 * Cui.cols))
        for (const pair of kept.keys()) expect(parts.known[Number(pair.split(' ')[1])]).toBe(1)
        for (const item of parts.newItems) expect(parts.known[item]).toBe(0)
      }),
    )
  })
})

const list = (unique: boolean) =>
  fc
    .array(fc.record({ score: fc.integer({ min: 1, max: 50 }), wanted: fc.boolean() }), { maxLength: 20 })
    .map((entries) => {
      entries.sort((a, b) => b.score - a.score)
      return {
        scores: Float32Array.from(entries, ({ score }) => (unique ? score : score + 0.5)),
        wanted: entries.map(({ wanted }) => wanted),
      }
    })

const judge: fc.Arbitrary<JudgedUser> = fc.record({
  plain: list(true),
  known: list(true),
  placed: list(false),
  wantedKnown: fc.constant(20),
  chance: fc.constantFrom(0, 0.1),
})

describe('the scale', () => {
  it('counts the hits of both lists as one sorted list would have them', () => {
    fc.assert(
      fc.property(judge, fc.double({ min: 1, max: 8, noNaN: true }), (user, scale) => {
        const all = [
          ...user.known.wanted.map((wanted, n) => ({ placed: false, wanted, score: user.known.scores[n]! })),
          ...user.placed.wanted.map((wanted, n) => ({ placed: true, wanted, score: scale * user.placed.scores[n]! })),
        ]
        const top = all.sort((a, b) => b.score - a.score).slice(0, 20)
        expect(mergedHits(user, scale)).toEqual({
          known: top.filter(({ placed, wanted }) => !placed && wanted).length,
          placed: top.filter(({ placed, wanted }) => placed && wanted).length,
          places: top.filter(({ placed }) => placed).length,
        })
      }),
    )
  })

  it('has the most hits beyond chance among those within the cost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(judge, { maxLength: 8 }), fc.constantFrom(0, 0.1, 1), async (users, cost) => {
        const sum = (of: (user: JudgedUser) => number) => users.reduce((total, user) => total + of(user), 0)
        const plain = sum(({ plain: { wanted } }) => wanted.filter(Boolean).length)
        const hits = (scale: number) =>
          sum((user) => {
            const { known, placed, places } = mergedHits(user, scale)
            return known + placed - user.chance * places
          })
        const known = (scale: number) => sum((user) => mergedHits(user, scale).known)
        const least = (1 - cost) * Math.min(plain, known(1))
        const scales = Array.from({ length: 87 }, (_, step) => 1.05 ** step)
        const allowed = scales.filter((scale) => known(scale) >= least - 1e-9)
        const best = await bestScale(users, cost)
        expect(allowed).toContainEqual(best)
        expect(hits(best)).toBeCloseTo(Math.max(...allowed.map(hits)), 6)
      }),
    )
  })
})
