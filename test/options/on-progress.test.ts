import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluate, Interactions, KindredError, Popularity, TextEmbedder } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { ALGORITHMS, MODELS } from '#lib/models/registry.js'
import { parityFeatures, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-progress-'))
afterAll(() => rmSync(dir, { recursive: true }))
const csv = join(dir, 'log.csv')
writeFileSync(csv, `user,item\n${Array.from({ length: 5000 }, (_, n) => `${n % 50},${n % 77}`).join('\n')}\n`)

const log = tasteLog()
const other = tasteLog({ users: 30, seed: 9 })
const itemFeatures = parityFeatures([...log.items] as number[])
const texts = Array.from({ length: 40 }, (_, n) => `a story of love ${n}`)

/** What a caller may throw: nothing that kindred would take for its own, and all that it might. */
const THROWN: [string, unknown][] = [
  ['an error', new TypeError('of the caller')],
  ['an error of kindred', new KindredError('ERR_DEVICE', 'of the caller')],
  ['an error with a code', Object.assign(new Error('of the caller'), { code: 'ERR_ABORTED' })],
  ['undefined', undefined],
  ['a text', 'enough'],
]

/** What `call` rejects with, in a box: it may be undefined. */
async function rejection(call: (onProgress: () => void) => Promise<unknown>, thrown: unknown): Promise<unknown[]> {
  let count = 0
  const failing = () => {
    count++
    throw thrown
  }
  const box = await call(failing).then(
    () => [],
    (error) => [error],
  )
  expect(count).toBe(1)
  return box
}

/** Of models whose defaults are for larger logs, or that compute elsewhere otherwise. */
const OPTIONS: Partial<Record<string, object>> = {
  BayesianPersonalizedRanking: { device: 'auto' },
  SeqGAN: { pretrainEpochs: 1, adversarialSteps: 1 },
}

describe.each(THROWN)('%s thrown in onProgress comes through as it is', (_, thrown) => {
  it.each(ALGORITHMS)('from fit of %s, which stays as it was', async (algorithm) => {
    const model = new MODELS[algorithm](OPTIONS[algorithm] as never)
    const given = model.capabilities.itemFeatures ? { itemFeatures } : {}
    await model.fit(log, given)
    const before = await model.recommend(1)
    const box = await rejection((onProgress) => model.fit(other, { ...given, onProgress }), thrown)
    expect(box).toEqual([thrown])
    expect(box[0]).toBe(thrown)
    expect(await model.recommend(1)).toEqual(before)
    expect(model.users.size).toBe(log.users.size)
    await model.fit(other, given)
    expect(model.users.size).toBe(other.users.size)
  })

  it('from reading', async () => {
    const box = await rejection(
      (onProgress) => Interactions.read(csv, { user: 'user', item: 'item', onProgress }),
      thrown,
    )
    expect(box).toHaveLength(1)
    expect(box[0]).toBe(thrown)
  })

  it('from evaluate', async () => {
    const model = await new Popularity().fit(log)
    const box = await rejection((onProgress) => evaluate(model, log, { onProgress, exclude: 'none' }), thrown)
    expect(box).toHaveLength(1)
    expect(box[0]).toBe(thrown)
  })

  it.each([undefined, 'test/fixtures/tiny-encoder'])('from embed of %s', async (folder) => {
    const encoder = await TextEmbedder.load(folder)
    try {
      const box = await rejection((onProgress) => encoder.embed(texts, { onProgress }), thrown)
      expect(box).toHaveLength(1)
      expect(box[0]).toBe(thrown)
      expect((await encoder.embed(texts)).vectors.rows).toBe(40)
    } finally {
      encoder.dispose()
    }
  })
})

describe('an onProgress that gives a promise', () => {
  it('fails the call by its rejection, not the process', async () => {
    const thrown = new Error('later')
    const onProgress = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      throw thrown
    }
    const model = await new Popularity().fit(log)
    await expect(model.fit(other, { onProgress })).rejects.toBe(thrown)
    expect(model.users.size).toBe(log.users.size)
    await expect(Interactions.read(csv, { user: 'user', item: 'item', onProgress })).rejects.toBe(thrown)
    await expect(Interactions.read(csv, { format: 'user-items', delimiter: ',', onProgress })).rejects.toBe(thrown)
    await expect(evaluate(model, log, { exclude: 'none', onProgress })).rejects.toBe(thrown)
  })
})
