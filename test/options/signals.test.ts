import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as kindred from 'kindred'
import { AlternatingLeastSquares, ContentBased, loadModel, Matrix, SimilarityIndex } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALGORITHMS, MODELS } from '#lib/models/registry.js'
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

describe.each(ALGORITHMS)('%s', (algorithm) => {
  const model = new MODELS[algorithm]()
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
    await expect(index.remove([0], firing(1))).rejects.toMatchObject(aborted) // while it waits for the other change
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
