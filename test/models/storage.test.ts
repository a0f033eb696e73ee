import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AlternatingLeastSquares, type BaseRecommender, loadModel, Popularity, type Recommender } from 'kindred'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MODELS } from '#lib/models/registry.js'
import { code, parityFeatures, tasteLog } from '../support/logs.js'
import { ALGORITHMS, fitSmall } from '../support/models.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kindred-model-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const ids = Array.from({ length: 60 }, (_, i) => i)
const als = (seed = 0) =>
  new AlternatingLeastSquares({ factors: 8, seed, tolerance: 1e-6 }).fit(tasteLog(), {
    itemFeatures: parityFeatures(ids),
  })

async function answers(model: Recommender) {
  return {
    list: await model.recommend(3, { k: 20 }),
    folded: await model.recommendFor([{ item: 4 }], { k: 20 }),
    items: [...model.items],
    users: [...model.users],
  }
}

/** Options that folders of version 0.1.0 do not name. */
const ADDED_SINCE = {
  UserKNN: ['neighborhood'],
  ItemKNN: ['normalize'],
  MatrixFactorization: ['initialScale', 'clip'],
  BayesianPersonalizedRanking: ['initialScale', 'optimizer', 'batchSize'],
  AlternatingLeastSquares: ['newItemScale', 'newItemCost'],
}

describe('a saved model', () => {
  it.each(ALGORITHMS)('answers as before without its training data: %s', async (name) => {
    const model = (await fitSmall(name, tasteLog())) as BaseRecommender
    await model.save(dir)
    const Class = MODELS[name] as typeof AlternatingLeastSquares
    for (const loaded of [await loadModel<BaseRecommender>(dir), await Class.load(dir)]) {
      expect(loaded.constructor).toBe(MODELS[name])
      expect(loaded.options).toEqual(model.options)
      expect(await answers(loaded)).toEqual(await answers(model))
    }
  })

  it('keeps its feature map, and what it learned from features', async () => {
    const model = await als()
    await model.save(dir)
    const loaded = await AlternatingLeastSquares.load(dir)
    expect(await answers(loaded)).toEqual(await answers(model))
    expect([loaded.featureMap, loaded.losses]).toEqual([model.featureMap, model.losses])
    expect(loaded.capabilities).toEqual(model.capabilities)
  })

  it('is loaded by its own class only', async () => {
    await (await als()).save(dir)
    await expect(Popularity.load(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await expect(Popularity.load(dir)).rejects.toThrow(/class Popularity .* AlternatingLeastSquares.load/)
    class Own extends AlternatingLeastSquares {}
    expect(await Own.load(dir)).toBeInstanceOf(Own)
  })

  it.each([
    ['UserKNN', { neighbors: 4, neighborhood: 'reverse' }],
    ['ItemKNN', { neighbors: 4, normalize: false }],
    // Steps so long that predictions leave the scale of the log.
    ['MatrixFactorization', { factors: 3, learningRate: 0.1, initialScale: null, clip: false }],
    ['BayesianPersonalizedRanking', { factors: 3, iterations: 4, optimizer: 'sgd', batchSize: 1, initialScale: null }],
    ['AlternatingLeastSquares', { factors: 3, iterations: 2, alpha: 5, regularization: 1, newItemScale: 1 }],
  ] as const)('of the first release, which names fewer options, loads as it was: %s', async (name, options) => {
    const log = tasteLog().transform({ weight: (_weight, { item }) => 1 + (Number(item) % 5) })
    const model = await new (MODELS[name] as new (options: object) => BaseRecommender)(options).fit(log)
    await model.save(dir)
    const path = join(dir, 'config.json')
    const config = JSON.parse(await readFile(path, 'utf8'))
    for (const added of ADDED_SINCE[name]) {
      expect(config.options).toHaveProperty(added)
      delete config.options[added]
    }
    await writeFile(path, JSON.stringify(config))
    const scores = async (of: BaseRecommender) =>
      [...(await Promise.all([...log.users].map((user) => of.score(user, log.items))))].map((row) => [...row])
    const Class = MODELS[name] as unknown as typeof AlternatingLeastSquares
    for (const loaded of [await loadModel<BaseRecommender>(dir), (await Class.load(dir)) as BaseRecommender]) {
      expect(loaded.options).toEqual(model.options)
      expect(await scores(loaded)).toEqual(await scores(model))
      expect(await answers(loaded)).toEqual(await answers(model))
    }
  })

  it('still takes new items and updates', async () => {
    await (await als()).save(dir)
    const loaded = await loadModel(dir)
    const later = parityFeatures([...ids, 60, 61])
    expect(await loaded.addItems(later)).toMatchObject({ added: 2 })
    await loaded.update(tasteLog({ users: 3 }))
    await loaded.save(dir)
    expect((await loadModel(dir)).items.size).toBe(62)
  })

  it('is replaced whole, and leaves one weights file', async () => {
    await (await als()).save(dir)
    const other = await als(7)
    await other.save(dir)
    expect(await answers(await loadModel(dir))).toEqual(await answers(other))
    expect((await readdir(dir)).filter((name) => name.endsWith('.safetensors'))).toHaveLength(1)
  })

  it('is refused when truncated, altered, newer, of an unknown class, or no model at all', async () => {
    await (await als()).save(dir)
    const configPath = join(dir, 'config.json')
    const config = JSON.parse(await readFile(configPath, 'utf8'))
    const weightsPath = join(dir, config.weights.file)
    const weights = await readFile(weightsPath)

    await writeFile(weightsPath, weights.subarray(0, weights.length - 10))
    await expect(loadModel(dir)).rejects.toThrow(/truncated/)
    const altered = Buffer.from(weights)
    altered[altered.length - 5]! ^= 1
    await writeFile(weightsPath, altered)
    await expect(loadModel(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await writeFile(weightsPath, weights)

    await writeFile(configPath, JSON.stringify({ ...config, version: 99 }))
    await expect(loadModel(dir)).rejects.toThrow(/newer kindred/)
    await writeFile(configPath, JSON.stringify({ ...config, algorithm: 'Oracle' }))
    await expect(loadModel(dir)).rejects.toThrow(/class "Oracle"; this release knows Alt/)
    await writeFile(configPath, JSON.stringify({ ...config, algorithm: 'constructor' }))
    await expect(loadModel(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await writeFile(configPath, JSON.stringify({ ...config, options: { factors: 9 } }))
    await expect(loadModel(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await writeFile(configPath, JSON.stringify({ ...config, options: { factors: -1 } }))
    await expect(loadModel(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await expect(loadModel(join(dir, 'missing'))).rejects.toEqual(code('ERR_MODEL_FILE'))
  })
})
