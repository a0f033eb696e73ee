import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backendInfo, Features, Interactions, loadModel, Matrix, setThreads, TwoTower } from 'kindred'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { positives } from '#lib/models/base/positive-rows.js'
import { type TowerData, towerBatch } from '#lib/models/towers/tower-batch.js'
import { newTowers, towerLoss } from '#lib/models/towers/tower-network.js'
import { Graph, Program } from '#lib/nn/index.js'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-two-tower-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

const OPTIONS = { dims: 8, hidden: 16, epochs: 80, batchSize: 20, learningRate: 0.02, seed: 1 }
const ids = Array.from({ length: 60 }, (_, i) => i)
const features = parityFeatures(ids)
const rows = (data: ArrayLike<number>, cols: number) =>
  Array.from({ length: data.length / cols }, (_, row) => Array.from({ length: cols }, (_, c) => data[row * cols + c]!))

async function smallData(): Promise<TowerData> {
  const log = tasteLog({ users: 15, items: 12, perUser: 6 })
  const histories = await positives(await log.byUser())
  const shares = new Float64Array(log.items.size)
  for (const item of histories.indices) shares[item]! += 1 / histories.indices.length
  const matrix = (count: number, cols: number) =>
    new Matrix(
      count,
      cols,
      Float32Array.from({ length: count * cols }, (_, i) => Math.sin(i)),
    )
  return {
    sizes: { users: log.users.size, items: log.items.size, dims: 3, hidden: 5, itemWidth: 4, userWidth: 2 },
    histories,
    shares,
    itemFeatures: matrix(log.items.size, 4),
    userFeatures: matrix(log.users.size, 2),
  }
}

describe('a batch', () => {
  it('parts what users had into what is wanted and what is known, and corrects for how often candidates come', async () => {
    const data = await smallData()
    const chosen = Int32Array.of(4, 0, 9, 14)
    const batch = await towerBatch(data, chosen, { targets: 2, idDropout: 0.5 }, 7, undefined)
    const { inputs, sizes, candidates } = batch
    const { places, offsets, columns, hiddenPlaces, correction } = inputs as Record<string, Float32Array>
    for (const [n, user] of chosen.entries()) {
      const had = [...data.histories.indices.subarray(data.histories.indptr[user], data.histories.indptr[user + 1])]
      const own = (list: Float32Array) =>
        [...list]
          .filter((place) => Math.floor(place / candidates.length) === n)
          .map((p) => candidates[p % candidates.length]!)
      const known = [...columns!.subarray(offsets![n], offsets![n + 1])]
      expect(own(places!)).toHaveLength(Math.min(2, Math.ceil(had.length / 2)))
      expect([...own(places!), ...known].sort((a, b) => a - b)).toEqual(had)
      expect(own(hiddenPlaces!)).toEqual(known.filter((item) => candidates.includes(item)))
    }
    for (const [n, item] of candidates.entries())
      expect(correction![n]).toBeCloseTo(-Math.log(1 - (1 - data.shares[item]!) ** sizes.wanted!), 5)
    expect(await towerBatch(data, chosen, { targets: 2, idDropout: 0.5 }, 7, undefined)).toEqual(batch)
  })

  it('loses as the formulas say, entry by entry in double', async () => {
    const data = await smallData()
    const { sizes } = data
    const weights = await newTowers(sizes, 3)
    const batch = await towerBatch(data, Int32Array.of(1, 6, 11), { targets: 3, idDropout: 0.3 }, 5, undefined)
    const graph = new Graph(weights)
    const itemFeatures = graph.input('itemFeatures', [graph.dim('candidates'), 4])
    const { told, objective } = towerLoss(graph, sizes, { dropout: 0, regularization: 0.01 }, itemFeatures)
    const [loss, whole] = await new Program(graph, [told, objective]).run(batch.inputs, batch.sizes)

    const read = async (name: string) => rows(await weights.read(name), weights.entry(name).shape[1] ?? 1)
    const erf = (x: number) => {
      let [sum, term] = [x, x]
      for (let n = 1; n < 60; n++) {
        term *= -(x * x) / n
        sum += term / (2 * n + 1)
      }
      return (2 / Math.sqrt(Math.PI)) * sum
    }
    const gelu = (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2))
    const ofFeatures = async (side: string) => {
      const [first, out] = [await read(`${side}.hidden.weight`), await read(`${side}.out.weight`)]
      const product = (x: number[], w: number[][]) => w.map((row) => row.reduce((sum, v, n) => sum + v * x[n]!, 0))
      return (x: number[]) => product(product(x, first).map(gelu), out)
    }
    const [ofItem, ofPast, ofUser] = [await ofFeatures('item'), await ofFeatures('past'), await ofFeatures('user')]
    const [users, items, history] = [await read('users'), await read('items'), await read('history')]
    const given = batch.inputs as Record<string, Float32Array>
    const { candidates } = batch
    const plus = (...vectors: number[][]) => vectors[0]!.map((_, d) => vectors.reduce((sum, v) => sum + v[d]!, 0))
    const times = (v: number[], by: number) => v.map((x) => x * by)
    const squares = (v: number[]) => v.reduce((sum, x) => sum + x * x, 0)
    let penalty = 0
    const itemVectors = [...candidates].map((item, n) => {
      const own = times(items[item]!, given.itemKeep![n]!)
      penalty += squares(own) / candidates.length
      return plus(own, ofItem([...data.itemFeatures.row(item)]))
    })
    let sum = 0
    for (let n = 0; n < 3; n++) {
      const known = [...given.columns!.subarray(given.offsets![n], given.offsets![n + 1])]
      const scale = 1 / Math.sqrt(known.length)
      const past = times(plus(...known.map((item) => history[item]!)), scale * given.pastKeep![n]!)
      const own = times(users[given.userIds![n]!]!, given.userKeep![n]!)
      penalty += (squares(own) + squares(past)) / 3
      const pastFeatures = times(plus(...known.map((item) => [...data.itemFeatures.row(item)])), scale)
      const user = plus(own, past, ofPast(pastFeatures), ofUser([...data.userFeatures.row(given.userIds![n]!)]))
      const logits = itemVectors.map((item, c) => {
        const dot = user.reduce((total, value, d) => total + value * item[d]!, item[3]!)
        return known.includes(candidates[c]!) ? Number.NEGATIVE_INFINITY : dot + given.correction![c]!
      })
      const top = Math.log(logits.reduce((total, x) => total + Math.exp(x), 0))
      for (const place of given.places!)
        if (Math.floor(place / candidates.length) === n) sum += top - logits[place % candidates.length]!
    }
    expect(loss![0]).toBeCloseTo(sum / given.places!.length, 4)
    expect(whole![0]).toBeCloseTo(sum / given.places!.length + 0.01 * penalty, 4)
  })
})

const right = (list: readonly { item: unknown }[], parity: number) =>
  list.filter(({ item }) => (item as number) % 2 === parity).length / list.length

it('learns tastes of ids alone, of histories, and ranks items that nobody had by their features', async () => {
  const log = tasteLog()
  const plain = await new TwoTower(OPTIONS).fit(log)
  expect(right(await plain.recommend(3, { k: 10 }), 1)).toBeGreaterThanOrEqual(0.9)
  expect(
    right(await plain.recommendFor([{ item: 2 }, { item: 8 }, { item: 10 }], { k: 10 }), 0),
  ).toBeGreaterThanOrEqual(0.8)
  expect(plain.capabilities.addItems).toBe(false)
  const model = await new TwoTower(OPTIONS).fit(log, { itemFeatures: features })
  const cold = ids.filter((id) => !log.items.has(id))
  expect(cold.length).toBeGreaterThanOrEqual(20)
  const half = Math.floor(cold.length / 2)
  for (const user of [3, 8])
    expect(right(await model.recommend(user, { k: half, candidates: cold }), user % 2)).toBeGreaterThan(0.8)
  const arrivals = parityFeatures([100, 101, 102, 103, 104, 105], 6, 9)
  expect(await model.addItems(arrivals)).toEqual({ added: 6, replaced: 0, kept: 0 })
  expect(right(await model.recommend(3, { k: 3, candidates: [...arrivals.ids] }), 1)).toBe(1)
  expect(await model.addItems(features)).toEqual({ added: 0, replaced: cold.length, kept: 60 - cold.length })
  // A history of items that nobody had in the log counts by their features.
  expect(right(await model.recommendFor([{ item: 100 }, { item: 102 }], { k: 10 }), 0)).toBeGreaterThanOrEqual(0.8)
})

it('takes several kinds of features on both sides, of which some may be missing', async () => {
  const log = tasteLog()
  const picture = parityFeatures(
    ids.filter((id) => id % 3 > 0),
    4,
    7,
  )
  const userFeatures = parityFeatures([...log.users].slice(0, 30) as number[], 3, 8)
  const model = await new TwoTower(OPTIONS).fit(log, { itemFeatures: { text: features, picture }, userFeatures })
  expect(right(await model.recommend(3, { k: 10 }), 1)).toBeGreaterThanOrEqual(0.9)
  const arrivals = parityFeatures([100, 101], 6, 9)
  expect(await model.addItems({ text: arrivals })).toMatchObject({ added: 2 })
  await expect(model.addItems({ sound: arrivals })).rejects.toEqual(code('ERR_VALUE'))
  await expect(model.addItems({ picture: arrivals })).rejects.toEqual(code('ERR_SHAPE'))
  const folder = join(dir, 'kinds')
  await model.save(folder)
  const loaded = await loadModel<TwoTower>(folder)
  expect(await loaded.recommend(3, { k: 50 })).toEqual(await model.recommend(3, { k: 50 }))
  expect(await loaded.recommendFor([{ item: 2 }])).toEqual(await model.recommendFor([{ item: 2 }]))
  for (const one of [model, loaded]) {
    await one.addItems({ text: parityFeatures([200], 6, 3) })
    await one.update(
      Interactions.from([
        { user: 'new', item: 200 },
        { user: 'new', item: 4 },
        { user: 3, item: 7 },
      ]),
    )
  }
  expect(await loaded.recommend('new', { k: 50 })).toEqual(await model.recommend('new', { k: 50 }))
  expect(await loaded.recommend(3, { k: 50 })).toEqual(await model.recommend(3, { k: 50 }))
})

it('gives the same bits for any number of threads, and after an interruption', async () => {
  const log = tasteLog()
  const options = { ...OPTIONS, epochs: 4 }
  const itemFeatures = features
  setThreads(1)
  const one = await new TwoTower(options).fit(log, { itemFeatures })
  setThreads(4)
  const four = await new TwoTower(options).fit(log, { itemFeatures })
  expect(four.itemFactors.data).toEqual(one.itemFactors.data)
  expect(four.userFactors.data).toEqual(one.userFactors.data)
  const checkpoint = join(dir, 'checkpoint')
  const controller = new AbortController()
  const onProgress = ({ done }: { done: number }) => {
    if (done === 8) controller.abort()
  }
  const broken = new TwoTower(options).fit(log, { itemFeatures, checkpoint, onProgress, signal: controller.signal })
  await expect(broken).rejects.toEqual(code('ERR_ABORTED'))
  let first = 0
  const whole = await new TwoTower(options).fit(log, {
    itemFeatures,
    checkpoint,
    onProgress: ({ done }) => {
      first ||= done
    },
  })
  expect(first).toBeGreaterThan(1)
  expect(whole.itemFactors.data).toEqual(one.itemFactors.data)
})

it('is judged by a validation, of items too that features alone describe', async () => {
  const log = tasteLog({ users: 80, perUser: 10 })
  const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, seed: 1 })
  const model = await new TwoTower({ ...OPTIONS, epochs: 12, patience: 2 }).fit(train, {
    itemFeatures: features,
    validation: test,
  })
  expect(Math.max(...model.history.map(({ score }) => score!))).toBeGreaterThan(0)
})

it('refuses what it cannot learn from', async () => {
  const log = tasteLog()
  const strangers = Features.from(['a'], new Matrix(1, 2))
  await expect(new TwoTower(OPTIONS).fit(log, { itemFeatures: strangers })).rejects.toEqual(code('ERR_DATA'))
  await expect(new TwoTower(OPTIONS).fit(log, { userFeatures: strangers })).rejects.toEqual(code('ERR_DATA'))
  await expect(new TwoTower(OPTIONS).fit(log, { itemFeatures: [] as never })).rejects.toEqual(code('ERR_VALUE'))
  await expect(new TwoTower(OPTIONS).fit(log, { itemFeatures: {} })).rejects.toEqual(code('ERR_VALUE'))
  for (const options of [{ dims: 0 }, { dropout: 1 }, { idDropout: -1 }, { targets: 0 }, { dim: 2 }])
    expect(() => new TwoTower(options as never)).toThrow(code('ERR_VALUE'))
})

it('users who had items before these got their features are placed by them too', async () => {
  const history = [{ item: 100 }, { item: 1 }]
  const model = await new TwoTower({ ...OPTIONS, epochs: 3 }).fit(tasteLog(), { itemFeatures: features })
  await model.update(Interactions.from(history.map(({ item }) => ({ user: 'new', item }))))
  await model.addItems(parityFeatures([100, 101], 6, 5))
  expect(await model.recommend('new', { k: 5 })).toEqual(await model.recommendFor(history, { k: 5 }))
})
