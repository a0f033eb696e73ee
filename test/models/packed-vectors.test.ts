import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  ContentBased,
  Interactions,
  loadModel,
  Matrix,
  MatrixFactorization,
  PureSVD,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { addon } from '#lib/native/addon.js'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-packed-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const MODELS = {
  AlternatingLeastSquares: () =>
    new AlternatingLeastSquares({ factors: 5, iterations: 2, regularization: 0.1, alpha: 2 }),
  BayesianPersonalizedRanking: () => new BayesianPersonalizedRanking({ factors: 5, iterations: 3 }),
  MatrixFactorization: () => new MatrixFactorization({ factors: 5, iterations: 3 }),
  PureSVD: () => new PureSVD({ factors: 5 }),
  ContentBased: () => new ContentBased(),
}
type Model = ReturnType<(typeof MODELS)[keyof typeof MODELS]>

const log = tasteLog({ users: 70, items: 90 })
const features = parityFeatures(Array.from({ length: 90 }, (_, item) => item))
const news = Interactions.from([{ user: 'new', item: 'new' }, ...[3, 4, 5, 6].map((item) => ({ user: 'new', item }))])

/** Vectors without the columns that a model of biases adds. */
function compared(model: Model, vectors: Matrix): Matrix {
  if (!(model instanceof BayesianPersonalizedRanking || model instanceof MatrixFactorization)) return vectors
  const out = new Matrix(vectors.rows, model.options.factors)
  for (let row = 0; row < out.rows; row++) out.row(row).set(vectors.row(row).subarray(0, out.cols))
  return out
}

/** What the vectors of now say, packed by nobody. */
async function expected(model: Model, of: 'items' | 'users', id: string | number) {
  const vectors = compared(model, of === 'items' ? model.itemFactors : model.userFactors)
  const row = model[of].indexOf(id)
  const top = await addon().topK(vectors.subarray(row, row + 1), vectors, 'cosine', 11, null, null)
  return [...top.indices]
    .flatMap((other, n) => (other === row ? [] : [[model[of].idAt(other), top.scores[n]]]))
    .slice(0, 10)
}

async function check(model: Model) {
  for (const item of [0, 7, 41]) {
    const list = await model.similarItems(item, { k: 10 })
    expect(list.map((entry) => [entry.item, entry.score])).toEqual(await expected(model, 'items', item))
  }
  for (const user of [0, 7, 41]) {
    const list = await model.similarUsers(user, { k: 10 })
    expect(list.map((entry) => [entry.user, entry.score])).toEqual(await expected(model, 'users', user))
  }
}

describe.each(Object.keys(MODELS) as (keyof typeof MODELS)[])('%s', (name) => {
  const itemFeatures = name === 'ContentBased' || name === 'AlternatingLeastSquares' ? features : undefined

  it('lists what is similar by the vectors of now, after every change', async () => {
    const model = MODELS[name]()
    await model.fit(log, { itemFeatures })
    await check(model)
    await check(model)
    await model.update(news)
    await check(model)
    if (model.capabilities.addItems) {
      await model.addItems(parityFeatures([7, 200, 201], 6, 9))
      await check(model)
    }
    await model.save(join(dir, name))
    await check((await loadModel(join(dir, name))) as unknown as Model)
    await model.fit(tasteLog({ users: 50, items: 60, seed: 3 }), { itemFeatures })
    await check(model)
  })

  it('scores single items as all of them, to the bit', async () => {
    const model = MODELS[name]()
    await model.fit(log, { itemFeatures })
    const items = [...model.items]
    const row = model.users.indexOf(9)
    const query = model.userFactors.subarray(row, row + 1)
    const all = await addon().similarityMatrix(query, model.itemFactors, 'dot')
    const [low, high] = model instanceof MatrixFactorization ? [1, 1] : [-Infinity, Infinity]
    const limited = all.map((score) => Math.min(high, Math.max(low, score)))
    expect(await model.score(9, items)).toEqual(limited)
    for (const n of [0, 30, 89]) expect(await model.score(9, [items[n]!])).toEqual(limited.subarray(n, n + 1))
    expect(await model.score(9, [items[3]!, 'none'], { unknown: 'nan' })).toEqual(
      Float32Array.of(limited[3]!, Number.NaN),
    )
  })
})

it('lists vectors that cannot be packed as those that can', async () => {
  const model = await MODELS.AlternatingLeastSquares().fit(log)
  model.itemFactors.row(5).fill(Number.NaN)
  for (let n = 0; n < 2; n++) {
    const list = await model.similarItems(0, { k: 100 })
    expect(list.map(({ item }) => item)).not.toContain(model.items.idAt(5))
    expect(list).toHaveLength(model.items.size - 2)
  }
})

it('a call that is aborted while vectors are packed leaves them to others', async () => {
  const model = await MODELS.AlternatingLeastSquares().fit(log)
  const stop = new AbortController()
  const aborted = model.similarItems(0, { signal: stop.signal })
  const other = model.similarItems(0)
  stop.abort()
  await expect(aborted).rejects.toEqual(code('ERR_ABORTED'))
  expect((await other).map((entry) => [entry.item, entry.score])).toEqual(await expected(model, 'items', 0))
})

it('who had an item is known after every change', async () => {
  const model = await MODELS.PureSVD().fit(log)
  const had = (item: string | number, rows: Interactions[]) =>
    new Set(rows.flatMap((some) => [...some].filter((row) => row.item === item).map(({ user }) => user)))
  for (const rows of [[log], [log, news]]) {
    if (rows.length > 1) await model.update(news)
    for (const item of [3, 3, 8]) {
      const listed = new Set((await model.recommendUsers(item, { k: 1000 })).map(({ user }) => user))
      expect(listed).toEqual(new Set([...model.users].filter((user) => !had(item, rows).has(user))))
    }
  }
})
