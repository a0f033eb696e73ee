import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Catalogue, CrossEncoder, EASE, evaluate, Interactions, loadModel, Popularity, TextRanker } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { code, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-text-ranker-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** A small BERT with random weights. */
const BERT = join(__dirname, '..', 'fixtures', 'tiny-bert')

describe('TextRanker', () => {
  const log = tasteLog({ users: 60, items: 30, perUser: 10 })
  const texts = Catalogue.from(
    [...log.items].map((id) => ({ id, text: Number(id) % 2 === 0 ? 'good film' : 'the movie was not' })),
    { id: 'id', text: '{text}' },
  )
  const options = { depth: 12, history: 2, epochs: 6, learningRate: 5e-3, batchSize: 8, seed: 1 }
  let model: TextRanker
  const progress: number[] = []
  beforeAll(async () => {
    model = await new TextRanker(new Popularity(), BERT, { ...options, negativeSampling: 'uniform' }).fit(log, {
      texts,
      onProgress: ({ done, total }) => progress.push(done / total),
    })
  })

  it('learns from texts what users like, and ranks by it', async () => {
    const { train, test } = log.split({ by: 'leave-k-out', k: 2, choose: 'last' })
    const ranked = await new TextRanker(new Popularity(), BERT, {
      ...options,
      depth: 30,
      negativeSampling: 'uniform',
    }).fit(train, { texts })
    const of = async (model: Parameters<typeof evaluate>[0]) =>
      (await evaluate(model, test, { k: [10] }))['ndcg@10']!.value
    const [popular, read] = [await of(ranked.retriever), await of(ranked)]
    expect(read).toBeGreaterThan(1.15 * popular)
    expect(progress.at(-1)).toBe(1)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect(progress.length).toBeGreaterThan(20)
  })

  it('gives the encoder the last items of the user, the last one first', async () => {
    const item = (await model.recommend(3, { k: 1 }))[0]!
    const own = [...log].filter(({ user }) => user === 3).sort((a, b) => a.time! - b.time!)
    const last = own.slice(-2).map((row) => row.item)
    const textOf = (id: string | number) => texts.texts[texts.ids.indexOf(id)]!
    const history = `${textOf(last[1]!)}; ${textOf(last[0]!)}`
    const [score] = await model.encoder.predict([[history, textOf(item.item)]])
    expect(item.score).toBeCloseTo(score!, 5)
    const [first] = await model.recommendFor([{ item: 2 }, { item: 3 }, { item: 4 }], { k: 1 })
    const [other] = await model.encoder.predict([[`${textOf(4)}; ${textOf(3)}`, textOf(first!.item)]])
    expect(first!.score).toBeCloseTo(other!, 5)
  })

  it('lists as many as are asked for, the best of the retriever ranked', async () => {
    const list = await model.recommend(5, { k: 100 })
    expect(list).toHaveLength(log.items.size - model.seenItems(5).length)
    expect(list.filter(({ score }) => score > 0)).toHaveLength(12)
    const popular = (await model.retriever.recommend(5, { k: 100 })).map(({ item }) => item)
    expect(new Set(list.slice(0, 12).map(({ item }) => item))).toEqual(new Set(popular.slice(0, 12)))
    expect(list.slice(12).map(({ item }) => item)).toEqual(popular.slice(12))
  })

  it('is saved with its encoder, loads in the same state, and takes updates', async () => {
    const folder = join(dir, 'saved')
    await model.save(folder)
    const loaded = await loadModel<TextRanker>(folder)
    expect(loaded).toBeInstanceOf(TextRanker)
    expect(loaded.options).toEqual(model.options)
    expect(await loaded.recommend(3, { k: 40 })).toEqual(await model.recommend(3, { k: 40 }))
    expect(
      await CrossEncoder.load((loaded as unknown as { options: { encoder: string } }).options.encoder),
    ).toBeDefined()
    await loaded.update(
      Interactions.from([
        { user: 'new', item: 2 },
        { user: 3, item: 'other' },
      ]),
    )
    expect(await loaded.recommend('new', { k: 5 })).toHaveLength(5)
    expect(model.users.has('new')).toBe(false)
    // Weights of the retriever count where they are asked to.
    const mixed = loaded.fresh({ retrieverWeight: 1 })
    await mixed.fit(log, { texts })
    const scores = await mixed.recommend(3, { k: 12 })
    expect(scores.map(({ item }) => item)).toEqual(
      (await mixed.retriever.recommend(3, { k: 12 })).map(({ item }) => item),
    )
  })

  it('refuses what it cannot read', async () => {
    const plain = () => new TextRanker(new EASE(), BERT, { epochs: 1 })
    await expect(plain().fit(log)).rejects.toEqual(code('ERR_VALUE', /texts/))
    const others = Catalogue.from([{ id: 'x', text: 'y' }], { id: 'id', text: '{text}' })
    await expect(plain().fit(log, { texts: others })).rejects.toEqual(code('ERR_DATA', /texts/))
    await expect(new TextRanker(new EASE(), join(dir, 'none')).fit(log, { texts })).rejects.toEqual(code('ERR_ENCODER'))
    await expect(plain().fit(log, { texts, clicks: log })).rejects.toEqual(code('ERR_DATA', /clicks/))
    await expect(plain().fit(log, { texts, retriever: 'keep' })).rejects.toEqual(code('ERR_VALUE', /clicks/))
    expect(() => new TextRanker(new EASE(), 5 as never)).toThrow(code('ERR_VALUE', /folder/))
    const before = await model.recommend(3)
    const controller = new AbortController()
    const fitting = model.fit(log, { texts, signal: controller.signal, onProgress: () => controller.abort() })
    await expect(fitting).rejects.toMatchObject({ name: 'AbortError' })
    expect(await model.recommend(3)).toEqual(before)
  })
})
