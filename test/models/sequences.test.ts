// Models of sequences: what they learn, histories in order, features of items, interruptions.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BERT4Rec,
  evaluate,
  evaluateFoldIn,
  Features,
  GRU4Rec,
  Interactions,
  loadModel,
  SASRec,
  type SASRecOptions,
  SequenceEncoder,
  type SequenceModel,
  setThreads,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { seedOfDraw } from '#lib/models/sequence/train-sequences.js'
import { chainLog, following, groupFeatures } from '../support/chains.js'
import { code } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-sequences-'))
afterAll(() => {
  rmSync(dir, { recursive: true })
  setThreads(2)
})

const log = chainLog()
const { train, test } = log.split({ by: 'leave-last-out' })
const small = { dims: 16, maxLength: 8, batchSize: 8, learningRate: 5e-3, seed: 3 }
/** Nothing falls away: few items are learnt in fewer epochs so. */
const still = { ...small, dropout: 0 }

const MODELS: Record<string, () => SequenceModel> = {
  SASRec: () => new SASRec({ ...still, epochs: 20 }),
  'SASRec by drawn items': () => new SASRec({ ...still, epochs: 20, loss: 'sampled-softmax', negatives: 10 }),
  'SASRec by gBCE': () => new SASRec({ ...still, epochs: 60, loss: 'gbce', negatives: 5, learningRate: 1e-2 }),
  GRU4Rec: () => new GRU4Rec({ ...still, epochs: 10 }),
  BERT4Rec: () => new BERT4Rec({ ...still, epochs: 60 }),
  'SequenceEncoder of LSTM': () => new SequenceEncoder({ ...still, type: 'lstm', epochs: 10 }),
  'SequenceEncoder of attention': () => new SequenceEncoder({ ...still, type: 'attention', epochs: 20 }),
}

const items = (history: readonly number[]) => history.map((item) => ({ item }))

describe.each(Object.entries(MODELS))('%s', (_name, make) => {
  it('learns what follows what, and judges itself by it', async () => {
    const model = await make().fit(train, { validation: test })
    const scores = model.history!.map(({ score }) => score!)
    expect(scores.at(-1)!).toBeGreaterThan(0.5)
    const random = createRandom(9)
    let hits = 0
    for (let n = 0; n < 20; n++) {
      const history = [random.integer(28)]
      while (history.length < 8) history.push(following(history.at(-1)!))
      const [first] = await model.recommendFor(items(history), { k: 1, exclude: 'none' })
      if (first!.item === following(history.at(-1)!)) hits++
    }
    expect(hits).toBeGreaterThan(13)
    const { value } = (await evaluate(model, test, { k: 10, resamples: 1 }))['ndcg@10']!
    const known = [...test].filter(({ user, item }) => !model.seenItems(user).includes(item)).length
    expect((value * test.users.size) / known).toBeCloseTo(Math.max(...scores), 2)
  })
})

describe('a history', () => {
  const fitted = new SASRec({ ...small, epochs: 4 }).fit(train)

  it('counts in its order, repeats and all, and items that the model has no vector of not at all', async () => {
    const model = await fitted
    const scores = async (list: readonly { item: number | string; weight?: number }[]) =>
      (await model.recommendFor(list, { k: 40, exclude: 'none', unknown: 'ignore' })).map(({ score }) => score)
    expect(await scores(items([3, 22, 5]))).not.toEqual(await scores(items([5, 22, 3])))
    expect(await scores(items([3, 22, 3]))).not.toEqual(await scores(items([3, 22])))
    expect(await scores([{ item: 3 }, { item: 'nothing' }, { item: 22, weight: 0 }, { item: 5, weight: 4 }])).toEqual(
      await scores(items([3, 5])),
    )
  })

  it('of 10,000 items is its last maxLength', async () => {
    const model = await fitted
    const random = createRandom(4)
    const long = Array.from({ length: 10_000 }, () => random.integer(29))
    const all = await model.recommendFor(items(long), { k: 5, exclude: 'none' })
    expect(all).toEqual(await model.recommendFor(items(long.slice(-8)), { k: 5, exclude: 'none' }))
  })

  it('of a user in the log is that of recommendFor, before and after an update at any time', async () => {
    const model = await new SASRec({ ...small, epochs: 4 }).fit(train)
    const same = async (user: number, own: readonly number[]) => {
      const list = await model.recommend(user, { k: 30, exclude: 'none' })
      const folded = await model.recommendFor(items(own), { k: 30, exclude: 'none' })
      const of = new Map(folded.map(({ item, score }) => [item, score]))
      for (const { item, score } of list) expect(score).toBeCloseTo(of.get(item)!, 4)
    }
    const rows = [...train].filter(({ user }) => user === 7).map(({ item }) => item as number)
    await same(7, rows)
    const missing = [...Array(29).keys()].filter((item) => !rows.includes(item)).slice(0, 2)
    await model.update(
      Interactions.from([
        { user: 7, item: missing[0]!, time: 0.5 },
        { user: 7, item: rows[2]!, time: 100 }, // moves to the end
        { user: 7, item: rows[1]!, weight: 0 }, // goes
        { user: 7, item: missing[1]! }, // without a time: the last
        { user: 7, item: 'new', time: 101 }, // has no vector
        { user: 'late', item: missing[0]! },
      ]),
    )
    await same(7, [rows[0]!, missing[0]!, ...rows.slice(3), rows[2]!, missing[1]!])
    expect((await model.score('late' as never, ['new']))[0]).toBe(0)
  })

  it('without a known item gives zeros; unknown items are refused by name', async () => {
    const model = await fitted
    const states = await model.encode([[], items([3]), [{ item: 3, weight: 0 }]])
    expect([states.rows, states.cols]).toEqual([3, 16])
    expect([0, 2].every((row) => states.row(row).every((value) => value === 0))).toBe(true)
    expect(states.row(1).some((value) => value !== 0)).toBe(true)
    await expect(model.encode([[{ item: 'nothing' }]])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.recommendFor([{ item: 'nothing' }])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.encode(5 as never)).rejects.toEqual(code('ERR_VALUE'))
    expect((await model.recommendFor([], { k: 3 })).every(({ score }) => score === 0)).toBe(true)
  })
})

it('rows without times count in the order of the log', async () => {
  const rows = [...train]
  const timed = await new SASRec({ ...small, epochs: 2 }).fit(train)
  const plain = await new SASRec({ ...small, epochs: 2 }).fit(
    Interactions.from(rows.map(({ user, item }) => ({ user, item }))),
  )
  expect(plain.userFactors.data).toEqual(timed.userFactors.data)
})

it('evaluateFoldIn reads histories in the order of their times', async () => {
  const model = await new SASRec({ ...small, epochs: 4 }).fit(train)
  const shuffled = Interactions.from([...train].reverse())
  const folded = await evaluateFoldIn(model, shuffled, test, { k: 10, resamples: 1 })
  const own = await evaluate(model, test, { k: 10, resamples: 1 })
  expect(folded['ndcg@10']!.value).toBeCloseTo(own['ndcg@10']!.value, 3)
})

describe('features of items', () => {
  // What follows an item is one of a group: items of a group are alike.
  const random = createRandom(5)
  const rows = Array.from({ length: 200 }, (_, user) => {
    let group = random.integer(5)
    return Array.from({ length: 10 }, (_, time) => {
      group = (group + 1) % 5
      return { user, item: group + 5 * random.integer(8), time }
    })
  }).flat()
  const log = Interactions.from(rows)
  const features = groupFeatures([...Array(40).keys()], 5, 16)
  const news = groupFeatures([100, 101, 102, 103, 104], 5, 16)

  it.each(['added', 'projected', 'frozen'] as const)('%s: a new item can be next', async (itemVectors) => {
    const model = await new SASRec({ ...small, itemVectors, epochs: 8, learningRate: 5e-3 }).fit(log, {
      itemFeatures: features,
    })
    expect(model.capabilities.addItems).toBe(true)
    const history = items([0, 6, 12])
    expect(await model.addItems(news)).toEqual({ added: 5, replaced: 0, kept: 0 })
    const [first] = await model.recommendFor(history, { k: 1, candidates: [100, 101, 102, 103, 104] })
    expect(first!.item).toBe(103)
    const [next] = await model.recommendFor(items([0, 6, 12, 103]), { k: 1, candidates: [100, 101, 102, 103, 104] })
    expect(next!.item).toBe(104)
    const folder = join(dir, itemVectors)
    await model.save(folder)
    const loaded = await loadModel<SASRec>(folder)
    expect(await loaded.recommendFor(history)).toEqual(await model.recommendFor(history))
    expect(await loaded.addItems(groupFeatures([100, 0, 200], 5, 16))).toEqual({ added: 1, replaced: 1, kept: 1 })
    const wrong = groupFeatures([300], 5, 6)
    await expect(loaded.addItems(wrong)).rejects.toEqual(code('ERR_SHAPE'))
  })

  it('items known by their features alone are rankable from the fit on', async () => {
    const all = groupFeatures([...Array(45).keys()], 5, 16)
    const model = await new SASRec({ ...small, epochs: 2 }).fit(log, { itemFeatures: all })
    expect(model.items.has(44)).toBe(true)
    expect((await model.score(0, [44]))[0]).not.toBe(0)
  })

  it('refuses frozen features of another length, and items without features at fit', async () => {
    const other = groupFeatures([...Array(40).keys()], 5, 6)
    await expect(new SASRec({ ...small, itemVectors: 'frozen' }).fit(log, { itemFeatures: other })).rejects.toEqual(
      code('ERR_SHAPE', /16 numbers, as many as dims/),
    )
    const plain = await new SASRec({ ...small, epochs: 1 }).fit(log)
    await expect(plain.addItems(news)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
  })
})

describe('a training', () => {
  const options: SASRecOptions = { ...small, epochs: 4, loss: 'sampled-softmax', negatives: 7 }
  const bits = (model: SequenceModel) => Buffer.from(model.userFactors.data.slice().buffer).toString('hex')

  it('has the same bits for any number of threads', async () => {
    const found = []
    for (const threads of [1, 2, 5]) {
      setThreads(threads)
      for (const make of [() => new SASRec({ ...small, epochs: 2 }), () => new GRU4Rec({ ...small, epochs: 2 })])
        found.push(bits(await make().fit(train)))
    }
    expect(new Set(found).size).toBe(2)
  })

  it('goes on where it was interrupted, to the same bits', async () => {
    const whole = await new SASRec(options).fit(train, { validation: test })
    const checkpoint = join(dir, 'checkpoint')
    const controller = new AbortController()
    const model = new SASRec(options)
    const stopped = model.fit(train, {
      ...{ validation: test, checkpoint, checkpointEvery: 3, signal: controller.signal },
      onProgress: ({ done }) => {
        if (done === 30) controller.abort()
      },
    })
    await expect(stopped).rejects.toEqual(code('ERR_ABORTED'))
    expect(existsSync(join(checkpoint, 'config.json'))).toBe(true)
    await expect(model.recommend(1)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await model.fit(train, { validation: test, checkpoint, checkpointEvery: 3 })
    expect(bits(model)).toBe(bits(whole))
    expect(model.history!.map(({ score }) => score)).toEqual(whole.history!.map(({ score }) => score))
    const other = new SASRec({ ...options, negatives: 8 }).fit(train, { validation: test, checkpoint })
    await expect(other).rejects.toEqual(code('ERR_VALUE', /negatives was 7 and is 8/))
  })

  it('keeps the best epoch, and ends after patience', async () => {
    const model = await new SASRec({ ...small, epochs: 60, patience: 2, schedule: 'constant', learningRate: 0.02 }).fit(
      train,
      { validation: test },
    )
    const scores = model.history!.map(({ score }) => score!)
    expect(scores.length).toBeLessThan(60)
    const { value } = (await evaluate(model, test, { k: 10, resamples: 1 }))['ndcg@10']!
    const known = [...test].filter(({ user, item }) => !model.seenItems(user).includes(item)).length
    expect((value * test.users.size) / known).toBeCloseTo(Math.max(...scores), 2)
  })

  it('that cannot be leaves the model as it was', async () => {
    const model = await new SASRec({ ...small, epochs: 1 }).fit(train)
    const before = await model.recommend(1)
    const foreign = Interactions.from([{ user: 'nobody', item: 1 }])
    await expect(model.fit(train, { validation: foreign })).rejects.toEqual(code('ERR_DATA'))
    await expect(model.fit(train, { validation: [] as never })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.fit(train, { checkpoint: '' })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.fit(train, { epochs: 3 } as never)).rejects.toEqual(code('ERR_VALUE'))
    expect(await model.recommend(1)).toEqual(before)
    const wild = new SASRec({ ...small, epochs: 5, learningRate: 1e20 })
    await expect(wild.fit(train)).rejects.toEqual(code('ERR_NOT_FINITE'))
    const patient = new SASRec({ ...small, patience: 2 })
    await expect(patient.fit(train)).rejects.toEqual(code('ERR_VALUE', /patience/))
  })

  it('without two items of anyone knows nothing', async () => {
    const model = await new SASRec(small).fit(
      Interactions.from([
        { user: 1, item: 1 },
        { user: 2, item: 2 },
      ]),
    )
    expect((await model.recommend(1)).map(({ score }) => score)).toEqual([0])
    await model.save(join(dir, 'nothing'))
    expect(await (await loadModel(join(dir, 'nothing'))).recommend(1)).toEqual(await model.recommend(1))
  })
})

it('options are refused by name', () => {
  for (const options of [{ dims: 0 }, { heads: 3 }, { layers: 65 }, { dropout: 1 }, { loss: 'bpr' }, { epochs: 0 }])
    expect(() => new SASRec(options as never), JSON.stringify(options)).toThrow(code('ERR_VALUE'))
  expect(() => new SASRec({ factors: 3 } as never)).toThrow(/unknown option "factors"/)
  expect(() => new BERT4Rec({ loss: 'gbce' } as never)).toThrow(/unknown option "loss"/)
  expect(() => new GRU4Rec({ heads: 1 } as never)).toThrow(/unknown option "heads"/)
  expect(() => new SequenceEncoder({ type: 'rnn' as never })).toThrow(code('ERR_VALUE'))
})

it('vectors of users are features', async () => {
  const model = await new SequenceEncoder({ ...small, epochs: 2 }).fit(train)
  const all = await model.encodeUsers()
  expect([all.size, all.dims]).toEqual([train.users.size, 16])
  const some = await model.encodeUsers([5, 3])
  expect([...some.ids]).toEqual([5, 3])
  expect(some.vector(3)).toEqual(all.vector(3))
  await expect(model.encodeUsers(['nobody'])).rejects.toEqual(code('ERR_UNKNOWN_ID'))
  await expect(model.encodeUsers([3, 3])).rejects.toEqual(code('ERR_DUPLICATE'))
  await expect(model.encodeUsers(7 as never)).rejects.toEqual(code('ERR_VALUE'))
})

it('every batch of a training draws its own numbers, whatever its seed', () => {
  for (const seed of [0, 1, 2 ** 31, 1_800_000_000_001, Number.MAX_SAFE_INTEGER]) {
    const seeds = Array.from({ length: 5000 }, (_, draw) => seedOfDraw(seed, draw + 1))
    expect(new Set(seeds).size).toBe(seeds.length)
    expect(seeds.every(Number.isSafeInteger)).toBe(true)
  }
})

it('features of none of the items are refused, as ids of another type', async () => {
  const model = await new SASRec({ ...small, epochs: 1 }).fit(train)
  const before = await model.recommend(train.users.idAt(0))
  const own = groupFeatures([...train.items] as number[], 4)
  const itemFeatures = Features.from(Array.from(own.ids, String), own.matrix)
  await expect(model.fit(train, { itemFeatures })).rejects.toEqual(code('ERR_DATA', /itemFeatures/))
  expect(await model.recommend(train.users.idAt(0))).toEqual(before)
})
