import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Catalogue, Features, SentenceEncoder, TwoTower, type TwoTowerOptions } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { bertShapes } from '#lib/encode/bert/bert-config.js'
import { code, tasteLog } from '../support/logs.js'

const TINY = 'test/fixtures/tiny-bert'
const dir = mkdtempSync(join(tmpdir(), 'kindred-two-tower-texts-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const WORDS = [
  ['good', 'fun'],
  ['bad', 'slow'],
]
const itemTexts = Catalogue.from(
  Array.from({ length: 50 }, (_, id) => ({ id, text: `a ${WORDS[id % 2]![(id >> 1) % 2]} film of the actor` })),
  { id: 'id', text: '{text}' },
)
const log = tasteLog()
const OPTIONS: TwoTowerOptions = { dims: 6, hidden: 12, epochs: 6, batchSize: 20, learningRate: 0.02, seed: 1 }
const tuned = (tuneEncoder: TwoTowerOptions['tuneEncoder']) => ({ ...OPTIONS, tuneEncoder })
const lora = tuned({ layers: 1, adapter: 'lora', texts: 8, learningRateFactor: 1 })

async function vectors(encoder: SentenceEncoder) {
  return (await encoder.embed(itemTexts.texts)).data
}

describe('tuneEncoder', () => {
  it.each<['lora' | 'none', number]>([
    ['lora', 1],
    ['none', 1],
  ])('%s changes the last layers alone, and what it saves is another encoder', async (adapter, layers) => {
    const encoder = await SentenceEncoder.load(TINY)
    const before = await vectors(encoder)
    const weights = await encoder.tuneWith(async ({ weights, folder }) => ({ weights, config: folder.config }))
    const names = [...bertShapes(weights.config).keys()]
    const old = new Map<string, Float32Array>()
    for (const name of names) old.set(name, await weights.weights.read(name))
    const options = tuned({ layers, adapter, texts: 8, learningRateFactor: 1 })
    const model = await new TwoTower(options).fit(log, { itemTexts, encoder })
    const after = await vectors(encoder)
    expect(after).not.toEqual(before)
    const last = weights.config.order.slice(-layers)
    for (const name of names) {
      const isLast = last.some((n) => name.startsWith(`encoder.layer.${n}.`))
      if (!isLast) expect(await weights.weights.read(name), name).toEqual(old.get(name))
    }
    const changed: string[] = []
    for (const name of names) if (String(await weights.weights.read(name)) !== String(old.get(name))) changed.push(name)
    expect(changed.length).toBeGreaterThan(0)
    if (adapter === 'lora') expect(changed.every((name) => /(query|value)\.weight$/.test(name))).toBe(true)
    // What the tuned encoder makes of an item's text places it where it stands.
    const cold = [...itemTexts.ids].filter((id) => !log.items.has(id)).slice(0, 3)
    expect(cold.length).toBeGreaterThan(0)
    const scores = await model.score(3, cold)
    const folder = join(dir, adapter)
    await encoder.save(folder)
    const loaded = await SentenceEncoder.load(folder)
    const texts = cold.map((id) => itemTexts.text(id))
    const fresh = Features.from(cold, await loaded.embed(texts))
    expect(await model.addItems(fresh)).toEqual({ added: 0, replaced: cold.length, kept: 0 })
    const again = await model.score(3, cold)
    for (const [n, score] of scores.entries()) expect(again[n]).toBeCloseTo(score, 3)
  })

  it('goes on from a checkpoint to the same bits, and leaves the encoder as it was where it fails', async () => {
    const one = await SentenceEncoder.load(TINY)
    const whole = await new TwoTower(lora).fit(log, { itemTexts, encoder: one })
    const encoder = await SentenceEncoder.load(TINY)
    const before = await vectors(encoder)
    const controller = new AbortController()
    const checkpoint = join(dir, 'checkpoint')
    const onProgress = ({ done }: { done: number }) => {
      if (done === 8) controller.abort()
    }
    const broken = new TwoTower(lora).fit(log, {
      itemTexts,
      encoder,
      checkpoint,
      onProgress,
      signal: controller.signal,
    })
    await expect(broken).rejects.toEqual(code('ERR_ABORTED'))
    expect(await vectors(encoder)).toEqual(before)
    const resumed = await new TwoTower(lora).fit(log, { itemTexts, encoder, checkpoint })
    expect(resumed.itemFactors.data).toEqual(whole.itemFactors.data)
    expect(await vectors(encoder)).toEqual(await vectors(one))
  })

  it('has the vectors of texts beside other features, tuned or as they are', async () => {
    const other = Features.from([1, 2, 3], [[1], [2], [5]])
    const encoder = await SentenceEncoder.load(TINY)
    for (const options of [OPTIONS, lora]) {
      const model = await new TwoTower(options).fit(log, { itemTexts, encoder, itemFeatures: other })
      expect(await model.recommend(3, { k: 5 })).toHaveLength(5)
      const folder = join(dir, `beside${options.tuneEncoder ? 1 : 0}`)
      await model.save(folder)
      const loaded = await TwoTower.load(folder)
      expect(loaded.options).toEqual(model.options)
      expect(await loaded.recommend(3)).toEqual(await model.recommend(3))
    }
  })

  it('refuses what it cannot train', async () => {
    const encoder = await SentenceEncoder.load(TINY)
    const fit = (options: TwoTowerOptions, given: object) => new TwoTower(options).fit(log, given as never)
    await expect(fit(lora, {})).rejects.toEqual(code('ERR_VALUE', /itemTexts/))
    await expect(fit(OPTIONS, { encoder })).rejects.toEqual(code('ERR_VALUE', /together/))
    await expect(fit(OPTIONS, { itemTexts: ['a'], encoder })).rejects.toEqual(code('ERR_VALUE', /Catalogue/))
    await expect(fit(OPTIONS, { itemTexts, encoder: TINY })).rejects.toEqual(code('ERR_VALUE', /SentenceEncoder/))
    await expect(fit(tuned({ layers: 9 }), { itemTexts, encoder })).rejects.toEqual(code('ERR_VALUE', /layers/))
    const checkpointed = { itemTexts, encoder, checkpoint: dir, checkpointEvery: 2 }
    await expect(fit(lora, checkpointed)).rejects.toEqual(code('ERR_VALUE', /checkpointEvery/))
    const text = Features.from([1], [[1]])
    await expect(fit(lora, { itemTexts, encoder, itemFeatures: { text } })).rejects.toEqual(code('ERR_VALUE', /text/))
    for (const tuneEncoder of [
      { layers: 0 },
      { adapter: 'adalora' },
      { adapter: { kind: 'bottleneck' } },
      { texts: 0 },
      5,
    ])
      expect(() => new TwoTower(tuned(tuneEncoder as never))).toThrow(code('ERR_VALUE'))
  })
})
