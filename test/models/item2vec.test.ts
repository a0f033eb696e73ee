import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Interaction, Interactions, Item2Vec, loadModel } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { itemSequences } from '#lib/models/sequence/item-sequences.js'
import { code, tasteLog } from '../support/logs.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-item2vec-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Users who go through phases: in each they take items of one group of ten, and in all they come to every group. */
function phases({ users = 300, groups = 6, inPhase = 5, seed = 1 } = {}): Interaction[] {
  const random = createRandom(seed)
  const rows: Interaction[] = []
  for (let user = 0; user < users; user++) {
    const order = random.shuffle(Int32Array.from({ length: groups }, (_, g) => g))
    let time = 0
    for (const group of order)
      for (const item of random.shuffle(Int32Array.from({ length: 10 }, (_, i) => i)).subarray(0, inPhase))
        rows.push({ user, item: `${group}-${item}`, weight: 1, time: time++ })
  }
  return rows
}

const OPTIONS = { factors: 16, window: 3, sample: 0, iterations: 20, learningRate: 0.05, seed: 1 }

/** The share of the 5 items most similar to each that are of its group. */
async function groupPrecision(model: Item2Vec): Promise<number> {
  let same = 0
  for (const item of model.items as Iterable<string>)
    for (const other of await model.similarItems(item, { k: 5 }))
      if ((other.item as string).startsWith(item.slice(0, 2))) same++
  return same / (5 * model.items.size)
}

describe('Item2Vec', () => {
  it('learns from what is near in time, where sets tell nothing', async () => {
    const rows = phases()
    const timed = await new Item2Vec(OPTIONS).fit(Interactions.from(rows))
    expect(await groupPrecision(timed)).toBeGreaterThan(0.95)
    const sets = Interactions.from(rows.map(({ user, item }) => ({ user, item })))
    expect(await groupPrecision(await new Item2Vec(OPTIONS).fit(sets))).toBeLessThan(0.75)
  })

  it('learns from sets, where users have tastes', async () => {
    const rows = [...tasteLog({ users: 200 })].map(({ user, item }) => ({ user, item }))
    const model = await new Item2Vec({ ...OPTIONS, iterations: 60 }).fit(Interactions.from(rows))
    let right = 0
    for (let user = 0; user < 50; user++)
      for (const { item } of await model.recommend(user, { k: 5 })) if ((item as number) % 2 === user % 2) right++
    expect(right / 250).toBeGreaterThan(0.9)
  })

  it('has the sequences of the log: by time, then without, in runs shuffled by epoch', async () => {
    const rows = [
      { user: 'a', item: 'late', time: 30 },
      { user: 'a', item: 'early', time: 10 },
      { user: 'a', item: 'never', weight: -1, time: 20 },
      { user: 'a', item: 'middle', time: 20 },
      ...Array.from({ length: 8 }, (_, i) => ({ user: 'b', item: `tie${i}`, time: 5 })),
      { user: 'b', item: 'early', time: 9 },
      { user: 'b', item: 'timeless' },
    ]
    const model = new (class extends Item2Vec {
      async sequences(log: Interactions) {
        return itemSequences(await this.logOf(log), 1, 1, undefined)
      }
    })()
    for (const given of [rows, [...rows].reverse()]) {
      const log = Interactions.from(given)
      const found = await model.sequences(log)
      const named = async (epoch: number) => {
        const sentences = [...(await found.tokensOf(epoch))]
          .map((token) => (token < 0 ? '|' : log.items.idAt(found.items[token]!)))
          .join(' ')
          .split(' |')
        return sentences
          .map((sentence) => sentence.trim())
          .filter(Boolean)
          .sort()
      }
      const [first, second] = [await named(0), await named(1)]
      expect(first[0]).toBe('early middle late')
      expect(first[1]).toMatch(/^(tie\d ){8}early timeless$/)
      expect(second[1]).not.toBe(first[1])
      expect(second[1]!.split(' ').sort()).toEqual(first[1]!.split(' ').sort())
      expect(found.counts[0]).toBe(2)
      expect(log.items.idAt(found.items[0]!)).toBe('early')
    }
  })

  it('leaves out rare items, which score 0, and negative weights', async () => {
    const log = Interactions.from([...phases({ users: 40 }), { user: 0, item: 'rare', weight: 1, time: 0 }])
    const model = await new Item2Vec({ ...OPTIONS, minCount: 2, iterations: 2 }).fit(log)
    expect([...(await model.score(1, ['rare']))]).toEqual([0])
    expect((await model.recommend(1, { k: 100 })).at(-1)!.item).toBe('rare')
    const disliked = await new Item2Vec({ ...OPTIONS, iterations: 1 }).fit(
      Interactions.from([
        { user: 1, item: 1, weight: -1 },
        { user: 2, item: 1 },
        { user: 2, item: 2 },
      ]),
    )
    expect([...(await disliked.score(1, [1, 2]))]).toEqual([0, 0])
  })

  it('folds a history in as it placed the user, and new interactions', async () => {
    const log = Interactions.from(phases({ users: 60 }))
    const model = await new Item2Vec({ ...OPTIONS, iterations: 3 }).fit(log)
    const history = [...log].filter(({ user }) => user === 7).map(({ item }) => ({ item }))
    expect(await model.recommendFor(history, { k: 5 })).toEqual(await model.recommend(7, { k: 5 }))
    await model.update(
      Interactions.from([
        { user: 'new', item: '3-1' },
        { user: 'new', item: 'new' },
      ]),
    )
    const known = await model.recommendFor([{ item: '3-1' }], { k: 5 })
    expect((await model.recommend('new', { k: 5 })).map(({ item }) => item)).toEqual(known.map(({ item }) => item))
    const folder = join(dir, 'model')
    await model.save(folder)
    const loaded = await loadModel(folder)
    expect(await loaded.recommend(3)).toEqual(await model.recommend(3))
    expect(await loaded.similarItems('3-1')).toEqual(await model.similarItems('3-1'))
  })

  it('counts progress and hears an abort', async () => {
    const controller = new AbortController()
    const seen: number[] = []
    const call = new Item2Vec({ ...OPTIONS, iterations: 1000 }).fit(Interactions.from(phases()), {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (seen.push(done) === 3) controller.abort()
      },
    })
    await expect(call).rejects.toEqual(code('ERR_ABORTED'))
    expect(seen).toHaveLength(3)
  })
})
