import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  ContentBased,
  EASE,
  GFCF,
  ItemKNN,
  loadModel,
  MatrixFactorization,
  P3alpha,
  Popularity,
  PureSVD,
  RandomBaseline,
  type Recommender,
  RP3beta,
  SLIM,
  UserKNN,
} from 'kindred'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

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

describe('a saved model', () => {
  it.each<[string, () => Promise<Recommender>]>([
    ['AlternatingLeastSquares', () => als()],
    ['BayesianPersonalizedRanking', () => new BayesianPersonalizedRanking({ factors: 5 }).fit(tasteLog())],
    ['MatrixFactorization', () => new MatrixFactorization({ factors: 5 }).fit(tasteLog())],
    ['ContentBased', () => new ContentBased().fit(tasteLog(), { itemFeatures: parityFeatures(ids) })],
    ['EASE', () => new EASE({ regularization: 3 }).fit(tasteLog())],
    ['P3alpha', () => new P3alpha({ neighbors: 7, alpha: 0.8 }).fit(tasteLog())],
    ['RP3beta', () => new RP3beta({ neighbors: 7, normalize: false }).fit(tasteLog())],
    ['PureSVD', () => new PureSVD({ factors: 5 }).fit(tasteLog())],
    ['SLIM', () => new SLIM({ neighbors: 8 }).fit(tasteLog())],
    ['GFCF', () => new GFCF({ factors: 5, alpha: 0.2 }).fit(tasteLog())],
    ['Popularity', () => new Popularity({ by: 'weight' }).fit(tasteLog())],
    ['ItemKNN', () => new ItemKNN({ neighbors: 9, similarity: 'jaccard', shrinkage: 1 }).fit(tasteLog())],
    ['UserKNN', () => new UserKNN({ neighbors: 9, weighting: 'bm25' }).fit(tasteLog())],
    ['RandomBaseline', () => new RandomBaseline({ seed: 2 }).fit(tasteLog())],
  ])('answers as before without its training data: %s', async (name, make) => {
    const model = await make()
    await model.save(dir)
    const loaded = await loadModel(dir)
    expect(loaded.constructor.name).toBe(name)
    expect(await answers(loaded)).toEqual(await answers(model))
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

  it('is refused when truncated, altered, newer, of another algorithm, or no model at all', async () => {
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
    await expect(loadModel(dir)).rejects.toThrow(/algorithm "Oracle"; this release knows/)
    await writeFile(configPath, JSON.stringify({ ...config, algorithm: 'constructor' }))
    await expect(loadModel(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await writeFile(configPath, JSON.stringify({ ...config, options: { factors: 9 } }))
    await expect(loadModel(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await writeFile(configPath, JSON.stringify({ ...config, options: { factors: -1 } }))
    await expect(loadModel(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await expect(loadModel(join(dir, 'missing'))).rejects.toEqual(code('ERR_MODEL_FILE'))
  })
})
