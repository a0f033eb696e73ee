// Options are own enumerable properties: an instance of a class does not lend its getters, Object.prototype lends nothing.
import { execFileSync } from 'node:child_process'
import { runInNewContext } from 'node:vm'
import { AlternatingLeastSquares, Catalogue, EASE, Interactions, ItemKNN, Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'

const log = () =>
  Interactions.from(Array.from({ length: 60 }, (_, i) => ({ user: i % 10, item: (i * 7 + i * i) % 13, time: i })))

describe('an option that is inherited is refused', () => {
  class Settings {
    get factors() {
      return 7
    }
    get k() {
      return 3
    }
    get seed() {
      return 5
    }
  }
  it.each<[string, () => unknown]>([
    ['by a getter of a class', () => new AlternatingLeastSquares(new Settings())],
    ['by a property of a prototype', () => new EASE(Object.create({ regularization: 3 }))],
    ['from a prototype of a prototype', () => new EASE(Object.create(Object.create({ maxBytes: 3 })))],
    ['of a split', () => log().split(Object.assign(new Settings(), { by: 'random' as const }))],
    ['of a file', () => Interactions.read('none.csv', Object.create({ user: 'u', item: 'i' }))],
    ['of a call', async () => (await new ItemKNN().fit(log())).recommend(1, new Settings())],
    ['of a search', () => new Matrix(1, 1).write('none.npy', Object.create({ tensor: 'x' }))],
  ])('%s', async (_, call) => {
    await expect((async () => call())()).rejects.toEqual(code('ERR_VALUE'))
    await expect((async () => call())()).rejects.toThrow(/is inherited\. Give a plain object/)
  })

  it('own properties of an instance, of another realm or without a prototype are read', () => {
    class Own {
      factors = 7
    }
    const bare = Object.assign(Object.create(null), { factors: 7 })
    for (const options of [new Own(), bare, runInNewContext('({ factors: 7 })')])
      expect(new AlternatingLeastSquares(options).options.factors).toBe(7)
  })

  it('fields of a row may be getters of its class', () => {
    class Row {
      get user() {
        return 'ann'
      }
      get item() {
        return 3
      }
      get weight() {
        return 2
      }
    }
    expect([...Interactions.from([new Row()])]).toEqual([{ user: 'ann', item: 3, weight: 2 }])
  })
})

describe('what Object.prototype holds', () => {
  const SCENARIO = `
    const k = require('kindred')
    const rows = Array.from({ length: 120 }, (_, i) => ({ user: i % 12, item: (i * 7 + i * i) % 17, time: i }))
    const log = k.Interactions.from(rows)
    const items = k.Catalogue.from(Array.from({ length: 17 }, (_, id) => ({ id, name: 'n' + id })), { id: 'id', text: '{name}' })
    ;(async () => {
      const out = [log.size, [...log].slice(0, 5), items.ids.size]
      const { train, test } = log.split({ by: 'leave-last-out' })
      for (const Model of [k.AlternatingLeastSquares, k.BayesianPersonalizedRanking, k.MatrixFactorization, k.EASE, k.SLIM,
        k.ItemKNN, k.UserKNN, k.P3alpha, k.RP3beta, k.GFCF, k.PureSVD, k.Popularity]) {
        const model = await new Model().fit(train)
        out.push(model.options, await model.recommend(1), [...(await model.score(2, [0, 1, 2].map((n) => log.items.idAt(n))))])
        out.push(await model.recommendFor([{ item: log.items.idAt(0) }]).catch(({ code }) => code), await model.similarItems(log.items.idAt(0)).catch(({ code }) => code))
        out.push(await k.evaluate(model, test, { resamples: 50 }))
      }
      const vectors = new k.Matrix(9, 4, Float32Array.from({ length: 36 }, (_, i) => (i * 7) % 11))
      const index = await k.SimilarityIndex.build(vectors)
      const found = await index.search(vectors)
      out.push([...found.indices], [...found.scores], [...(await k.similarityMatrix(vectors, vectors)).data])
      out.push(log.folds().map(({ train }) => train.size), log.transform({ weight: 'log' }).size)
      console.log(JSON.stringify(out))
    })()`
  const OTHER = {
    factors: 3,
    regularization: 9,
    regularizationExponent: 1,
    unobservedWeight: 0.1,
    alpha: 3,
    iterations: 2,
    solver: 'cholesky',
    trackLoss: true,
    seed: 77,
    k: 2,
    exclude: 'none',
    candidates: [1, 2],
    unknown: 'ignore',
    minScore: 0.5,
    neighbors: 2,
    similarity: 'jaccard',
    weighting: 'bm25',
    shrinkage: 5,
    normalize: true,
    beta: 0.9,
    l1Ratio: 0.9,
    tolerance: 0.5,
    maxBytes: 1,
    device: 'cuda',
    learningRate: 0.9,
    optimizer: 'adam',
    batchSize: 7,
    metric: 'euclidean',
    dtype: 'int8',
    exact: false,
    weight: 9,
    time: 4,
    duplicates: 'sum',
    minInteractions: 5,
    validation: 1,
    by: 'users',
    folds: 2,
    scale: 3,
    resamples: 10,
    confidence: 0.5,
    withoutList: 'ignore',
    clip: false,
    gain: 'exponential',
    perUser: true,
    neighborhood: 1,
    popularNegatives: true,
    lockFree: true,
    itemFeatures: 5,
    keep: ['x'],
    tensor: 'x',
    negatives: 5,
    train: 5,
    choose: 'random',
    fraction: 0.5,
    at: 3,
    clusters: 3,
    threads: 1,
    text: 'x',
    id: 'x',
  } // prettier-ignore

  const run = (before: string) => execFileSync(process.execPath, ['-e', before + SCENARIO], { encoding: 'utf8' })

  it('changes no result', { timeout: 300_000 }, () => {
    const plain = run('')
    expect(JSON.parse(plain)).toHaveLength(12 * 6 + 8)
    expect(run(`Object.assign(Object.prototype, ${JSON.stringify(OTHER)});`)).toBe(plain)
  })
})

it('fields of items that Object.prototype holds are none', () => {
  const prototype = Object.prototype as unknown as Record<string, unknown>
  Object.defineProperty(prototype, 'plot', { value: 'lent', configurable: true, writable: true })
  try {
    expect(() => Catalogue.from([{ id: 1 }] as never[], { id: 'id', text: '{plot}' } as never)).toThrow(
      code('ERR_COLUMN'),
    )
  } finally {
    delete prototype.plot
  }
})
