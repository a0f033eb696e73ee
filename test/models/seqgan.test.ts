import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  Blend,
  backendInfo,
  EASE,
  evaluate,
  evaluateFoldIn,
  type Id,
  type Interaction,
  Interactions,
  loadModel,
  SeqGAN,
  type SeqGANOptions,
  setThreads,
} from 'kindred'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { code } from '../support/logs.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-seqgan-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

const ITEMS = 12
/** Sequences that go on by one from item to item, but for a share of leaps. */
function steps(count: number, length: number, leaps: number, seed = 1): Int32Array[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => {
    let item = random.integer(ITEMS)
    return Int32Array.from({ length }, () => {
      const now = item
      item = random.next() < leaps ? random.integer(ITEMS) : (item + 1) % ITEMS
      return now
    })
  })
}

/** Users who go through the films of a series, which has ten, in their order. */
function series(users = 60): Interaction[] {
  const random = createRandom(3)
  return Array.from({ length: users }, (_, user) => {
    const [of, begin] = [random.integer(3), random.integer(3)]
    return Array.from({ length: 7 }, (_, n) => ({ user, item: `${of}-${begin + n}`, weight: 1, time: n }))
  }).flat()
}

const SMALL: SeqGANOptions = {
  dims: 8,
  hidden: 12,
  length: 4,
  context: 3,
  pretrainEpochs: 12,
  discriminatorEpochs: 1,
  adversarialSteps: 3,
  discriminatorSteps: 1,
  rollouts: 2,
  batchSize: 16,
  lists: 16,
  learningRate: 0.03,
  discriminatorDims: 6,
  widths: 2,
  filters: 4,
  seed: 1,
}

/** The share of neighbours in lists of which one goes on from the other. */
function goingOn(lists: readonly ArrayLike<number>[]): number {
  let [right, all] = [0, 0]
  for (const list of lists)
    for (let n = 1; n < list.length; n++, all++) if (list[n] === (list[n - 1]! + 1) % ITEMS) right++
  return right / all
}

describe('SeqGAN on sequences', () => {
  it('nears the entropy of what it learns by maximum likelihood', async () => {
    const model = new SeqGAN({
      ...SMALL,
      context: 0,
      repeats: true,
      pretrainEpochs: 15,
      learningRate: 0.01,
      discriminatorEpochs: 0,
      adversarialSteps: 0,
    })
    await model.fitSequences(steps(1000, 4, 0.2), { items: ITEMS })
    // The first item is one of 12; each other one goes on with probability 0.8 + 0.2 / 12, else is one of the rest.
    const [on, other] = [0.8 + 0.2 / ITEMS, 0.2 / ITEMS]
    const entropy = (Math.log(ITEMS) - 3 * (on * Math.log(on) + (ITEMS - 1) * other * Math.log(other))) / 4
    const found = await model.negativeLogLikelihood(steps(400, 4, 0.2, 2))
    expect(found).toBeGreaterThan(entropy - 0.1)
    expect(found).toBeLessThan(entropy + 0.1)
    expect(goingOn(await model.sample(500))).toBeGreaterThan(0.72)
  })

  it('makes lists that are more like the true ones against the discriminator than by maximum likelihood', async () => {
    const found: Record<string, number> = {}
    const model = new SeqGAN({
      ...SMALL,
      length: 6,
      context: 0,
      repeats: true,
      pretrainEpochs: 2,
      discriminatorEpochs: 10,
      discriminatorLearningRate: 0.01,
      adversarialSteps: 60,
      discriminatorSteps: 4,
      rollouts: 4,
      batchSize: 32,
      lists: 32,
      widths: 3,
      filters: 16,
    })
    await model.fitSequences(steps(300, 6, 0), {
      items: ITEMS,
      onEpoch: async ({ phase, sample }) => {
        found[phase] = goingOn(await sample(500))
      },
    })
    expect(found.discriminator).toBe(found.pretraining)
    expect(found.adversarial).toBeGreaterThan(found.pretraining! + 0.1)
    expect(goingOn(await model.sample(500))).toBe(found.adversarial)
  })

  it('has the items below `items`, no users, and lists of any length', async () => {
    const model = await new SeqGAN(SMALL).fitSequences(steps(80, 9, 0), { items: ITEMS })
    expect([...model.items]).toEqual(Array.from({ length: ITEMS }, (_, n) => n))
    expect(model.users.size).toBe(0)
    const [list] = await model.generate([{ item: 3 }, { item: 4 }], { length: 8 })
    expect(list!.items).toHaveLength(8)
    expect(await model.sample(0)).toEqual([])
    expect((await model.sample(300)).map(({ length }) => length)).toEqual(Array(300).fill(4))
  })

  it('learns shorter lists where no sequence is as long', async () => {
    const model = await new SeqGAN({ ...SMALL, length: 9 }).fitSequences(steps(40, 5, 0), { items: ITEMS })
    expect((await model.sample(3)).map(({ length }) => length)).toEqual([9, 9, 9])
  })

  it('refuses what are no sequences of items', async () => {
    const model = new SeqGAN(SMALL)
    for (const [given, message] of [
      [[], /list of Int32Array/],
      [[new Int32Array(0)], /sequences\[0\]/],
      [[Int32Array.of(1), [2]], /sequences\[1\]/],
      [[Int32Array.of(1, 12)], /from 0 to 11 but received 12/],
      [[Int32Array.of(-1)], /received -1/],
    ] as const)
      await expect(model.fitSequences(given as never, { items: ITEMS })).rejects.toThrow(code('ERR_VALUE', message))
    await expect(model.fitSequences(steps(3, 4, 0), {} as never)).rejects.toThrow(code('ERR_VALUE', /items/))
    await expect(model.sample(1)).rejects.toThrow(code('ERR_NOT_FITTED'))
    await expect(model.generate([])).rejects.toThrow(code('ERR_NOT_FITTED'))
    await expect(model.negativeLogLikelihood([Int32Array.of(0)])).rejects.toThrow(code('ERR_NOT_FITTED'))
  })
})

describe('SeqGAN on a log', () => {
  const fitted = new SeqGAN({ ...SMALL, pretrainEpochs: 60 }).fit(Interactions.from(series()))

  it('ranks what comes next in time, and goes on with it', async () => {
    const model = await fitted
    const history = [{ item: '1-2' }, { item: '1-3' }, { item: '1-4' }]
    expect((await model.recommendFor(history, { k: 1 }))[0]!.item).toBe('1-5')
    const lists = await model.generate(history, { count: 20, length: 3 })
    const same = lists.filter(({ items }) => items.join() === '1-5,1-6,1-7').length
    expect(same).toBeGreaterThan(5)
    expect(lists.map(({ score }) => score)).toEqual(lists.map(({ score }) => score).sort((a, b) => b - a))
  })

  it('lists valid items alone: none of the history, none twice, of the candidates, not of the excluded', async () => {
    const model = await fitted
    const all = [...model.items]
    const some = fc.uniqueArray(fc.constantFrom(...all), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(some, some, some, fc.integer({ min: 0, max: 1e6 }), async (past, exclude, left, seed) => {
        const history = past.map((item) => ({ item }))
        const candidates = all.filter((item) => !left.includes(item))
        const lists = await model.generate(history, { count: 3, length: 5, exclude, candidates, seed })
        for (const { items, score } of lists) {
          expect(new Set(items).size).toBe(5)
          for (const item of items) {
            expect(candidates).toContain(item)
            expect([...past, ...exclude]).not.toContain(item)
          }
          expect(score).toBeGreaterThan(0)
          expect(score).toBeLessThan(1)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('repeats items where it is told so', async () => {
    const model = await fitted
    const only = { candidates: ['0-3', '0-4'], length: 10 }
    const [list] = await model.generate([{ item: '0-3' }], { ...only, repeats: true })
    expect(new Set(list!.items).size).toBeLessThanOrEqual(2)
    await expect(model.generate([{ item: '0-3' }], only)).rejects.toThrow(code('ERR_VALUE', /at most 1/))
    await expect(model.generate([], { candidates: [], repeats: true })).rejects.toThrow(code('ERR_VALUE', /at most 0/))
  })

  it('draws the same lists for the same seed', async () => {
    const model = await fitted
    const lists = (seed: number) => model.generate([{ item: '2-3' }], { count: 8, seed })
    expect(await lists(1)).toEqual(await lists(1))
    expect(await lists(1)).not.toEqual(await lists(2))
  })

  it('refuses unknown items and options', async () => {
    const model = await fitted
    await expect(model.generate([{ item: 'x' }])).rejects.toThrow(code('ERR_UNKNOWN_ID'))
    await expect(model.generate([], { candidates: ['x'] })).rejects.toThrow(code('ERR_UNKNOWN_ID'))
    expect(await model.generate([{ item: 'x' }], { unknown: 'ignore' })).toHaveLength(1)
    await expect(model.generate([], { top: 3 } as never)).rejects.toThrow(code('ERR_VALUE', /top/))
    for (const options of [{ length: 0 }, { rollouts: 0 }, { dropout: 1 }, { repeats: 1 }, { epochs: 3 }])
      expect(() => new SeqGAN(options as never)).toThrow(code('ERR_VALUE'))
  })

  it('takes the histories of an update, and knows nothing of new items', async () => {
    const model = await new SeqGAN(SMALL).fit(Interactions.from(series()))
    const before = [...(await model.score(0, [...model.items]))]
    await model.update(
      Interactions.from([
        { user: 0, item: 'new', time: 90 },
        { user: 0, item: '2-1', time: 91 },
      ]),
    )
    const after = [...(await model.score(0, [...model.items]))]
    expect(after.at(-1)).toBe(0)
    expect(after.slice(0, -1)).not.toEqual(before)
    const history = [...series().filter(({ user }) => user === 0), { item: '2-1' }].map(({ item }) => ({ item }))
    const list = await model.recommendFor(history, { exclude: 'none', k: 3 })
    const expected = await model.recommend(0, { exclude: 'none', k: 3 })
    expect(list).toEqual(expected)
  })

  it('scores by popularity where a history is empty', async () => {
    const model = await fitted
    expect(new Set((await model.recommendFor([], { k: 5 })).map(({ score }) => score))).toEqual(new Set([0]))
  })

  it('is saved and loaded', async () => {
    const model = await fitted
    const folder = join(dir, 'saved')
    await model.save(folder)
    const [loaded, same] = [await SeqGAN.load(folder), await loadModel<SeqGAN>(folder)]
    const history = [{ item: '0-1' }, { item: '0-2' }]
    for (const other of [loaded, same]) {
      expect(other.options).toEqual(model.options)
      expect(await other.recommend(1)).toEqual(await model.recommend(1))
      expect(await other.generate(history, { count: 4 })).toEqual(await model.generate(history, { count: 4 }))
    }
  })
})

describe('a fit of SeqGAN', () => {
  const sequences = steps(60, 5, 0.1)
  const answers = async (model: SeqGAN): Promise<unknown> => [
    await model.negativeLogLikelihood(sequences),
    await model.sample(20),
    await model.generate([{ item: 1 as Id }], { count: 5 }),
  ]

  it('has the same bits for the same seed and any number of threads', async () => {
    const found: unknown[] = []
    for (const count of [1, 4]) {
      setThreads(count)
      found.push(await answers(await new SeqGAN(SMALL).fitSequences(sequences, { items: ITEMS })))
    }
    expect(found[1]).toEqual(found[0])
    const other = await new SeqGAN({ ...SMALL, seed: 2 }).fitSequences(sequences, { items: ITEMS })
    expect(await answers(other)).not.toEqual(found[0])
  })

  it('goes on in each part where it was interrupted, to the same bits', async () => {
    const whole = await answers(await new SeqGAN(SMALL).fitSequences(sequences, { items: ITEMS }))
    const folder = join(dir, 'checkpoint')
    // Steps: 12 epochs of four, one of four, and three.
    for (const stop of [10, 49, 53]) {
      const controller = new AbortController()
      const fit = new SeqGAN(SMALL).fitSequences(sequences, {
        items: ITEMS,
        checkpoint: folder,
        checkpointEvery: 1,
        signal: controller.signal,
        onProgress: ({ done }) => {
          if (done >= stop) controller.abort()
        },
      })
      await expect(fit).rejects.toThrow(code('ERR_ABORTED'))
    }
    const seen: string[] = []
    const model = await new SeqGAN(SMALL).fitSequences(sequences, {
      items: ITEMS,
      checkpoint: folder,
      checkpointEvery: 1,
      onProgress: ({ phase }) => seen.push(phase),
    })
    expect(await answers(model)).toEqual(whole)
    expect(new Set(seen)).toEqual(new Set(['adversarial']))
    const again = new SeqGAN({ ...SMALL, hidden: 5 }).fitSequences(sequences, { items: ITEMS, checkpoint: folder })
    await expect(again).rejects.toThrow(code('ERR_VALUE', /another training/))
  })

  it('tells how far it is, part by part', async () => {
    const told: { phase: string; done: number; total: number }[] = []
    const epochs: string[] = []
    await new SeqGAN({ ...SMALL, pretrainEpochs: 2, adversarialSteps: 12 }).fitSequences(sequences, {
      items: ITEMS,
      onProgress: ({ phase, done, total }) => told.push({ phase, done, total }),
      onEpoch: ({ phase, epoch }) => {
        epochs.push(`${phase} ${epoch}`)
      },
    })
    expect(told.map(({ done }) => done)).toEqual(told.map((_, n) => n + 1))
    expect(new Set(told.map(({ total }) => total))).toEqual(new Set([told.length]))
    expect([...new Set(told.map(({ phase }) => phase))]).toEqual(['pretraining', 'discriminator', 'adversarial'])
    expect(epochs).toEqual(['pretraining 1', 'pretraining 2', 'discriminator 1', 'adversarial 1', 'adversarial 2'])
  })

  it('leaves the model as it was where it fails', async () => {
    const model = await new SeqGAN(SMALL).fitSequences(sequences, { items: ITEMS })
    const before = await answers(model)
    const oops = new Error('oops')
    for (const phase of ['pretraining', 'discriminator', 'adversarial']) {
      const fit = model.fitSequences(steps(50, 5, 0.5, 4), {
        items: ITEMS,
        onEpoch: (at) => {
          if (at.phase === phase) throw oops
        },
      })
      await expect(fit).rejects.toBe(oops)
      expect(await answers(model)).toEqual(before)
    }
    await expect(
      new SeqGAN({ ...SMALL, learningRate: 3e38 }).fitSequences(sequences, { items: ITEMS }),
    ).rejects.toThrow(code('ERR_NOT_FINITE'))
  })

  it('learns the same whatever the order of the rows, where times tell it', async () => {
    const rows = series(20)
    const scores = async (given: Interaction[]) => {
      const model = await new SeqGAN({ ...SMALL, pretrainEpochs: 2 }).fit(Interactions.from(given))
      return [...(await model.score(3, ['0-4', '1-4', '2-4']))]
    }
    expect(await scores([...rows].reverse())).toEqual(await scores(rows))
  })
})

it('evaluateFoldIn reads histories as those of the log, also in a blend', async () => {
  const { train, test } = Interactions.from(series()).split({ by: 'leave-last-out' })
  const gan = await new SeqGAN(SMALL).fit(train)
  const blend = await new Blend([new SeqGAN(SMALL), new EASE()], { weights: [1, 1] }).fit(train)
  for (const model of [gan, blend])
    expect((await evaluateFoldIn(model, train, test, { k: [3] }))['ndcg@3']).toEqual(
      (await evaluate(model, test, { k: [3] }))['ndcg@3'],
    )
})
