import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setThreads, TokenClassifier } from 'kindred'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { readSafetensors } from '#lib/data/storage/safetensors.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const dir = mkdtempSync(join(tmpdir(), 'kindred-crf-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
afterEach(() => setThreads(2))

const labels = ['O', 'B-WHO', 'I-WHO']
const vocabulary = ['man', 'woman', 'dog', 'king', 'robot', 'love', 'war', 'death', 'the', 'of']
const random = createRandom(3)
/** Tags that no word tells: what follows what alone. An I-WHO comes behind B-WHO, always, and never elsewhere. */
const data = Array.from({ length: 60 }, () => {
  const tags: string[] = []
  while (tags.length < 8) tags.push(...(random.integer(2) ? ['B-WHO', 'I-WHO'] : ['O']))
  return { tags, words: tags.map(() => vocabulary[random.integer(vocabulary.length)]!) }
})
const sentences = data.map(({ words }) => words)
const tags = data.map(({ tags }) => tags)

const load = () => TokenClassifier.load(folder, { labels, crf: true, seed: 1 })
const options = {
  epochs: 12,
  batchSize: 10,
  learningRate: 0.1,
  seed: 2,
  frozen: (name: string) => !name.startsWith('crf.'),
}

describe('TokenClassifier with a conditional random field', () => {
  it('learns which tag follows which, is saved with it, and loaded with it or without', async () => {
    const model = await load()
    expect(model.crf).toBe(true)
    await model.fit(sentences, tags, options)
    const { loss: first } = model.history[0]!
    expect(model.history.at(-1)!.loss).toBeLessThan(0.7 * first)
    const predicted = await model.predict(sentences)
    for (const given of predicted)
      for (const [n, tag] of given.entries()) {
        if (tag === 'I-WHO') expect(given[n - 1]).toBe('B-WHO')
        if (tag === 'B-WHO' && n + 1 < given.length) expect(given[n + 1]).toBe('I-WHO')
      }
    const saved = join(dir, 'saved')
    await model.save(saved)
    const { tensors } = await readSafetensors(join(saved, 'model.safetensors'))
    expect(tensors.get('crf.transitions')!.shape).toEqual([3, 3])
    expect(tensors.get('crf.start_transitions')!.shape).toEqual([3])
    expect(tensors.get('crf.end_transitions')!.shape).toEqual([3])
    const again = await TokenClassifier.load(saved)
    expect(again.crf).toBe(true)
    expect(await again.predict(sentences)).toEqual(predicted)
    const without = await TokenClassifier.load(saved, { crf: false })
    expect(without.crf).toBe(false)
    expect(await without.predict(sentences)).not.toEqual(predicted)
    const renewed = await TokenClassifier.load(saved, { labels: ['x', 'y'] })
    expect(renewed.crf).toBe(false)
  })

  it('gives the same bits for the same seed and any number of threads', async () => {
    const losses: number[][] = []
    for (const threads of [1, 2, 2]) {
      setThreads(threads)
      const model = await load()
      await model.fit(sentences, tags, { ...options, epochs: 2, frozen: undefined, learningRate: 1e-3 })
      losses.push(model.history.map(({ loss }) => loss))
    }
    expect(losses[1]).toEqual(losses[0])
    expect(losses[2]).toEqual(losses[0])
  })

  it('takes sentences without words or without any that have tokens', async () => {
    const model = await load()
    expect(await model.predict([[], ['man', 'war'], []])).toEqual([[], [expect.any(String), expect.any(String)], []])
    await model.fit([[], ['man', 'war']], [[], ['O', 'O']], { epochs: 1 })
    expect(Number.isFinite(model.history[0]!.loss)).toBe(true)
  })

  it('says that ONNX cannot hold it, and refuses what is no boolean', async () => {
    const model = await load()
    await expect(model.exportOnnx(join(dir, 'onnx'))).rejects.toMatchObject({
      code: 'ERR_NOT_SUPPORTED',
      message: expect.stringContaining('crf: false'),
    })
    await expect(TokenClassifier.load(folder, { labels, crf: 1 as never })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    const untrained = await TokenClassifier.load(join(dir, 'saved'), { crf: false })
    await untrained.exportOnnx(join(dir, 'plain'))
    expect(existsSync(join(dir, 'plain', 'onnx', 'model.onnx'))).toBe(true)
    expect(existsSync(join(dir, 'onnx'))).toBe(false)
  })
})
