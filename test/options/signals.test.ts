import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as kindred from 'kindred'
import { AlternatingLeastSquares, ContentBased, loadModel, Matrix, RandomBaseline, SimilarityIndex } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALGORITHMS, MODELS } from '#lib/models/registry.js'
import { addon } from '#lib/native/addon.js'
import { untilAborted } from '#lib/native/native-call.js'
import { parityFeatures, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-signals-'))
afterAll(() => rmSync(dir, { recursive: true }))
const path = (name: string) => join(dir, name)

const log = tasteLog()
const features = parityFeatures([...log.items] as number[])
const arrivals = parityFeatures([1000, 1001, 1003], 6, 5)
const reason = new Error('enough')
const aborted = { code: 'ERR_ABORTED', name: 'AbortError', cause: reason }
const fired = () => ({ signal: AbortSignal.abort(reason) })

/** Options whose signal fires once the event loop has turned `turns` times. */
function firing(turns: number) {
  const controller = new AbortController()
  const turn = (left: number) => (left === 0 ? controller.abort(reason) : setImmediate(() => turn(left - 1)))
  turn(turns)
  return { signal: controller.signal }
}

/** Of models whose defaults are for larger logs. */
const OPTIONS: Partial<Record<string, object>> = { SeqGAN: { pretrainEpochs: 1, adversarialSteps: 1 } }

describe.each(ALGORITHMS)('%s', (algorithm) => {
  const model = new MODELS[algorithm](OPTIONS[algorithm] as never)
  const itemFeatures = () => (model.capabilities.itemFeatures ? features : undefined)
  beforeAll(async () => {
    await model.fit(log, { itemFeatures: itemFeatures() })
  })

  it('is not saved over an older one after an abort', async () => {
    const folder = path(algorithm)
    await model.save(folder)
    const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')])
    await expect(model.save(folder, fired())).rejects.toMatchObject(aborted)
    for (const turns of [1, 2, 3, 5])
      await model.save(folder, firing(turns)).catch(({ cause }) => expect(cause).toBe(reason))
    const after = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')])
    expect(after).toEqual(before)
  })

  it('is not loaded after an abort', async () => {
    const Class = MODELS[algorithm] as unknown as typeof AlternatingLeastSquares
    await model.save(path(algorithm))
    await expect(loadModel(path(algorithm), fired())).rejects.toMatchObject(aborted)
    await expect(Class.load(path(algorithm), fired())).rejects.toMatchObject(aborted)
    const { signal } = new AbortController()
    expect(await (await loadModel(path(algorithm), { signal })).recommend(1)).toEqual(await model.recommend(1))
  })
})

describe.each([new AlternatingLeastSquares({ factors: 4 }), new ContentBased()])(
  'addItems of $constructor.name',
  (model) => {
    it('changes nothing after an abort, before or during the call, or while it waits', async () => {
      await model.fit(log, { itemFeatures: features })
      const before = await model.recommendFor([{ item: 1 }, { item: 3 }], { k: 50 })
      await expect(model.addItems(arrivals, fired())).rejects.toMatchObject(aborted)
      const fitting = model.fit(log, { itemFeatures: features })
      await expect(model.addItems(arrivals, firing(0))).rejects.toMatchObject(aborted)
      await fitting
      expect(model.items.has(1000)).toBe(false)
      expect(await model.recommendFor([{ item: 1 }, { item: 3 }], { k: 50 })).toEqual(before)
      expect(await model.addItems(arrivals, { signal: new AbortController().signal })).toMatchObject({ added: 3 })
      expect(model.items.has(1000)).toBe(true)
    })
  },
)

describe.each(['m.npy', 'm.safetensors'])('%s', (name) => {
  const big = new Matrix(4000, 1000)
  for (let i = 0; i < big.data.length; i += 97) big.data[i] = i

  it('is neither written nor read after an abort, and leaves nothing behind', async () => {
    const small = new Matrix(1, 2, Float32Array.of(1, 2))
    await small.write(path(name))
    await expect(big.write(path(name), fired())).rejects.toMatchObject(aborted)
    await expect(big.write(path(name), firing(2))).rejects.toMatchObject(aborted)
    expect((await Matrix.read(path(name))).data).toEqual(small.data)
    await big.write(path(name), { signal: new AbortController().signal })
    await expect(Matrix.read(path(name), fired())).rejects.toMatchObject(aborted)
    await expect(Matrix.read(path(name), firing(2))).rejects.toMatchObject(aborted)
    expect(Buffer.from((await Matrix.read(path(name))).data.buffer).equals(Buffer.from(big.data.buffer))).toBe(true)
    expect(readdirSync(dir).filter((file) => file.endsWith('.tmp'))).toEqual([])
  })
})

describe('others', () => {
  it('stop as well', async () => {
    const index = await SimilarityIndex.build(new Matrix(3, 2, Float32Array.of(1, 0, 0, 1, 1, 1)))
    await expect(index.remove([1], fired())).rejects.toMatchObject(aborted)
    expect(index.size).toBe(3)
    await index.remove([1], { signal: new AbortController().signal })
    expect(index.size).toBe(2)
    let ended = false
    const adding = index.add(new Matrix(200_000, 2, new Float32Array(400_000).fill(1))).then(() => {
      ended = true
    })
    const leaving = new AbortController()
    const removing = index.remove([0], { signal: leaving.signal }) // waits for the other change
    leaving.abort(reason)
    await expect(removing).rejects.toMatchObject(aborted)
    expect(ended).toBe(false)
    await adding
    expect(index.size).toBe(200_002)
    const random = await new kindred.RandomBaseline().fit(log)
    await expect(random.score([...log.users][0]!, [...log.items], fired())).rejects.toMatchObject(aborted)
    await expect(kindred.WordPieceTokenizer.create(['[UNK]', 'a'], fired())).rejects.toMatchObject(aborted)
    const encoder = { vocabulary: ['[UNK]', 'a'], embeddings: Int8Array.of(1, 2), scales: Float32Array.of(1, 1) }
    await expect(kindred.StaticEmbedder.from(encoder, fired())).rejects.toMatchObject(aborted)
    const pooling = kindred.AttentionPooling.zeros({ dims: 4 })
    await expect(pooling.save(path('p.safetensors'), fired())).rejects.toMatchObject(aborted)
  })
})

describe('a native call whose flag is raised', () => {
  const native = addon()
  const flag = new native.AbortFlag()
  flag.raise()
  const csr = {
    rows: 2,
    cols: 2,
    indptr: Int32Array.of(0, 1, 2),
    indices: Int32Array.of(0, 1),
    values: Float32Array.of(1, 2),
  }
  const one = { ...csr, rows: 1, indptr: Int32Array.of(0, 2) }
  const square = new Matrix(2, 2, Float32Array.of(1, 0, 0, 1))
  const kernel = {
    regularization: 1,
    regularizationExponent: 0,
    unobservedWeight: 1,
    alpha: 1,
    solver: 'cholesky' as const,
    cgSteps: 3,
    blockSize: 16,
  }
  const walk = { alpha: 1, beta: 0, neighbors: 1, normalize: false }
  const knn = { similarity: 'cosine' as const, neighbors: 1, shrinkage: 0 }
  it.each<[string, () => Promise<unknown>]>([
    ['orderOfKeys', () => native.orderOfKeys(Float64Array.of(2, 1), flag)],
    ['normalizeLog', () => native.normalizeLog(csr, flag)],
    ['lowPass', () => native.lowPass(square, Float32Array.of(1, 1), flag)],
    ['lengthNorms', () => native.lengthNorms(csr, flag)],
    ['alsContributions', () => native.alsContributions(one, square, Float64Array.of(1, 0, 0, 1), 0, kernel, flag)],
    ['walkWeights', () => native.walkWeights(csr, csr, walk, flag)],
    ['nearestRows', () => native.nearestRows(csr, knn, flag)],
    ['inverseLengths', () => native.inverseLengths(csr, flag)],
    ['fillFeatures', () => native.fillFeatures(square, [], flag)],
  ])('%s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })
})

describe('a promise that several calls wait for', () => {
  it('is left by a call whose signal fires, and goes on for the others', async () => {
    let resolve = (_: number) => {}
    const promise = new Promise<number>((done) => {
      resolve = done
    })
    const controller = new AbortController()
    const left = untilAborted(promise, controller.signal)
    const others = [untilAborted(promise, new AbortController().signal), untilAborted(promise, undefined)]
    controller.abort(reason)
    await expect(left).rejects.toMatchObject(aborted)
    await expect(untilAborted(promise, controller.signal)).rejects.toMatchObject(aborted)
    resolve(7)
    expect(await Promise.all(others)).toEqual([7, 7])
  })

  it('passes a failure on', async () => {
    const failing = () => Promise.reject(new Error('no'))
    await expect(untilAborted(failing(), new AbortController().signal)).rejects.toThrow('no')
    await expect(untilAborted(failing(), undefined)).rejects.toThrow('no')
  })
})

it('RandomBaseline hears an abort between the users whom it scores', async () => {
  const controller = new AbortController()
  let drawn = 0
  class Drawing extends RandomBaseline {
    protected override draw(...given: Parameters<RandomBaseline['draw']>) {
      if (++drawn === 3) controller.abort(reason)
      super.draw(...given)
    }
  }
  const rows = Array.from({ length: 6000 }, (_, n) => ({ user: n % 1500, item: n }))
  const model = await new Drawing().fit(kindred.Interactions.from(rows))
  await expect(model.recommendUsers(0, { signal: controller.signal })).rejects.toMatchObject(aborted)
  expect(drawn).toBeLessThan(1500)
})
