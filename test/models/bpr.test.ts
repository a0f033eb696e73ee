import { BayesianPersonalizedRanking, backendInfo, Interactions, loadModel, setThreads } from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import type { Csr } from '#lib/native/addon.js'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

/** Small histories with stray entries: longer steps than the defaults, fewer factors, and a firmer hand. */
const eager = { factors: 2, learningRate: 0.1, regularization: 0.05 }

/** BPR by Adam on batches, every number of the model in every step; the mean loss of each epoch. */
function plainBprLosses(
  log: Csr,
  settings: {
    factors: number
    learningRate: number
    regularization: number
    batchSize: number
    iterations: number
    initialScale: number
    seed: number
  },
): number[] {
  const { factors, learningRate, regularization, batchSize, iterations, initialScale, seed } = settings
  const random = createRandom(seed)
  const [users, items] = [log.rows, log.cols]
  // Users' factors, items' factors, items' biases.
  const [b0, size] = [(users + items) * factors, (users + items) * factors + items]
  const values = Float64Array.from({ length: size }, (_, n) => (n < b0 ? initialScale * random.normal() : 0))
  const [mean, square] = [new Float64Array(size), new Float64Array(size)]
  const has = Array.from({ length: users }, (_, u) => new Set(log.indices.subarray(log.indptr[u], log.indptr[u + 1])))
  const positives = has.flatMap((set, u) => [...set].map((i) => [u, i] as const))
  const losses = []
  let step = 0
  for (let epoch = 0; epoch < iterations; epoch++) {
    let total = 0
    for (let n = positives.length - 1; n > 0; n--) {
      const other = random.integer(n + 1)
      ;[positives[n], positives[other]] = [positives[other]!, positives[n]!]
    }
    for (let begin = 0; begin < positives.length; begin += batchSize) {
      const batch = positives.slice(begin, begin + batchSize)
      const gradient = new Float64Array(size)
      for (const [u, i] of batch) {
        let j = random.integer(items)
        while (has[u]!.has(j)) j = random.integer(items)
        const at = (place: number, f: number) => place * factors + f
        const [x, y, z] = [u, users + i, users + j]
        let difference = values[b0 + i]! - values[b0 + j]!
        for (let f = 0; f < factors; f++) difference += values[at(x, f)]! * (values[at(y, f)]! - values[at(z, f)]!)
        total += Math.log1p(Math.exp(-difference))
        const wrong = 1 / (1 + Math.exp(difference))
        const pull = (place: number, slope: number) => {
          gradient[place]! += (slope + regularization * values[place]!) / batch.length
        }
        for (let f = 0; f < factors; f++) {
          const [a, b, c] = [values[at(x, f)]!, values[at(y, f)]!, values[at(z, f)]!]
          pull(at(x, f), wrong * (c - b))
          pull(at(y, f), -wrong * a)
          pull(at(z, f), wrong * a)
        }
        pull(b0 + i, -wrong)
        pull(b0 + j, wrong)
      }
      step++
      for (let n = 0; n < size; n++) {
        mean[n] = 0.9 * mean[n]! + 0.1 * gradient[n]!
        square[n] = 0.999 * square[n]! + 0.001 * gradient[n]! ** 2
        const [m, q] = [mean[n]! / (1 - 0.9 ** step), square[n]! / (1 - 0.999 ** step)]
        values[n]! -= (learningRate * m) / (Math.sqrt(q) + 1e-8)
      }
    }
    losses.push(total / positives.length)
  }
  return losses
}

const evens = (list: { item: unknown }[]) => list.filter(({ item }) => (item as number) % 2 === 0).length

describe('BayesianPersonalizedRanking', () => {
  it.each([
    ['adam', 2048, 0.02],
    ['adam', 16, 0.01],
    ['adagrad', 64, 0.1],
    ['sgd', 8, 0.5],
  ] as const)(
    'learns who likes what by %s in batches of %d, and folds in likewise',
    async (optimizer, batchSize, rate) => {
      const options = { ...eager, optimizer, batchSize, learningRate: rate, iterations: 200 }
      const model = new BayesianPersonalizedRanking(options)
      await model.fit(tasteLog({ users: 200 }))
      expect(model.losses.at(-1)).toBeLessThan(0.7 * model.losses[0]!)
      expect(evens(await model.recommend(0, { k: 10 }))).toBeGreaterThanOrEqual(9)
      expect(evens(await model.recommend(1, { k: 10 }))).toBeLessThanOrEqual(1)
      expect(evens(await model.recommendFor([{ item: 3 }, { item: 7 }, { item: 11 }], { k: 10 }))).toBeLessThanOrEqual(
        1,
      )
      const odd = ['a', 'b', 'c', 'd'].flatMap((user) => [1, 3, 5, 7, 'odd'].map((item) => ({ user, item })))
      await model.update(Interactions.from(odd))
      expect(evens(await model.recommend('a', { k: 10 }))).toBeLessThanOrEqual(1)
      const score = async (user: string | number) => (await model.score(user, ['odd']))[0]!
      expect(await score(1)).toBeGreaterThan(await score(0))
    },
  )

  it('descends by batches as a plain implementation does, number by number, of Adam with L2 on the batch', async () => {
    const log = tasteLog({ users: 300, items: 60, perUser: 20 })
    const options = {
      factors: 8,
      learningRate: 0.01,
      regularization: 0.01,
      batchSize: 50,
      iterations: 40,
      initialScale: 0.05,
    }
    // The samples are others: the losses of ten epochs of three seeds differ little.
    const [received, expected] = [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]
    for (const seed of [1, 2, 3]) {
      const { losses } = await new BayesianPersonalizedRanking({ ...options, optimizer: 'adam', seed }).fit(log)
      const plain = plainBprLosses(await log.byUser(), { ...options, seed })
      for (let epoch = 0; epoch < 40; epoch++) {
        received[Math.floor(epoch / 10)]! += losses[epoch]!
        expected[Math.floor(epoch / 10)]! += plain[epoch]!
      }
    }
    for (const [n, loss] of expected.entries()) expect(Math.abs(received[n]! / loss - 1)).toBeLessThan(0.025)
  })

  it.each(['uniform', 'popularity'] as const)('learns who likes what (%s)', async (negativeSampling) => {
    const model = await new BayesianPersonalizedRanking({ ...eager, negativeSampling }).fit(tasteLog({ users: 200 }))
    expect(evens(await model.recommend(0, { k: 10 }))).toBeGreaterThanOrEqual(9)
    expect(evens(await model.recommend(1, { k: 10 }))).toBeLessThanOrEqual(1)
    expect(evens(await model.recommendFor([{ item: 3 }, { item: 7 }], { k: 10 }))).toBeLessThanOrEqual(1)
    expect(evens(await model.similarItems(4, { k: 10 }))).toBeGreaterThanOrEqual(9)
  })

  it('lowers the loss from -ln 1/2 on, and reports it', async () => {
    const seen: number[] = []
    const model = new BayesianPersonalizedRanking({ ...eager, iterations: 60 })
    await model.fit(tasteLog(), { onProgress: ({ loss }) => seen.push(loss!) })
    expect(model.losses).toEqual(seen)
    expect(seen[0]).toBeGreaterThan(0.5)
    expect(seen[0]).toBeLessThan(Math.log(2) + 0.01)
    expect(seen.at(-1)).toBeLessThan(0.7 * seen[0]!)
  })

  it.each(['uniform', 'popularity'] as const)(
    'same seed, same bits, for any number of threads (%s)',
    async (sampling) => {
      const log = tasteLog({ users: 300, items: 600, perUser: 30 })
      const options = { factors: 20, iterations: 3, negativeSampling: sampling }
      const fit = (seed: number) => new BayesianPersonalizedRanking({ ...options, seed }).fit(log)
      const factors = []
      for (const count of [1, 2, 3, 8]) {
        setThreads(count)
        factors.push(Buffer.from((await fit(5)).itemFactors.data.buffer).toString('base64'))
      }
      expect(new Set(factors).size).toBe(1)
      expect((await fit(6)).itemFactors.data).not.toEqual((await fit(5)).itemFactors.data)
    },
  )

  it.each(['sgd', 'adagrad', 'adam'] as const)(
    'same seed, same bits by %s in batches, updates too',
    async (optimizer) => {
      const log = tasteLog({ users: 300, items: 600, perUser: 30 })
      const more = Interactions.from(
        [...tasteLog({ users: 9, seed: 4 })].map((row) => ({ ...row, user: `new ${row.user}` })),
      )
      const factors = []
      for (const count of [1, 3, 8]) {
        setThreads(count)
        const model = new BayesianPersonalizedRanking({
          factors: 20,
          iterations: 3,
          optimizer,
          batchSize: 500,
          seed: 5,
        })
        await model.fit(log)
        await model.update(more)
        factors.push(Buffer.from(model.userFactors.data.buffer).toString('base64'))
      }
      expect(new Set(factors).size).toBe(1)
    },
  )

  it('has defaults for each optimizer, which saved models keep', async () => {
    const of = (optimizer?: 'sgd' | 'adagrad' | 'adam') => new BayesianPersonalizedRanking({ optimizer }).options
    expect(of()).toMatchObject({ optimizer: 'sgd', batchSize: 1, learningRate: 0.05, regularization: 0.01 })
    expect(of('adam')).toMatchObject({ batchSize: 2048, learningRate: 0.001 })
    expect(of('adagrad')).toMatchObject({ batchSize: 2048, learningRate: 0.05 })
  })

  it('learns without locks too', async () => {
    const model = await new BayesianPersonalizedRanking({ factors: 8, lockFree: true }).fit(
      tasteLog({ users: 300, items: 600, perUser: 30 }),
    )
    expect(model.losses.at(-1)).toBeLessThan(0.5 * model.losses[0]!)
  })

  it('dislikes are no likes: a weight of 0 or less takes no step', async () => {
    const liked = tasteLog()
    const both = Interactions.from([...liked, ...[...liked].map(({ item }) => ({ user: 'grumpy', item, weight: -1 }))])
    const model = await new BayesianPersonalizedRanking({ factors: 8, iterations: 5 }).fit(both)
    const row = model.users.indexOf('grumpy')
    const start = await new BayesianPersonalizedRanking({ factors: 8, iterations: 1, learningRate: 0 }).fit(both)
    expect(model.userFactors.row(row)).toEqual(start.userFactors.row(row))
  })

  it.each([
    { optimizer: 'adam', batchSize: 16 },
    { optimizer: 'sgd', batchSize: 16, learningRate: 0.5 },
    { optimizer: 'adagrad', batchSize: 16, learningRate: 0.1 },
    { optimizer: 'sgd', batchSize: 1 },
  ] as const)('folds in by the likes alone, which are what a fit takes: %o', async (options) => {
    const liked = [...tasteLog()]
    const had = new Set(liked.map(({ user, item }) => `${user} ${item}`))
    const pairs = [...new Set(liked.map(({ user }) => user))].flatMap((user) =>
      [...new Set(liked.map(({ item }) => item))].map((item) => ({ user, item, weight: -1 })),
    )
    const disliked = pairs.filter(({ user, item }) => !had.has(`${user} ${item}`))
    expect(disliked.length).toBeGreaterThan(liked.length)
    const more = Interactions.from([
      ...[1, 3, 5].map((item) => ({ user: 'new', item })),
      ...['new', 'newer', 1, 3].map((user) => ({ user, item: 'novel' })),
    ])
    const answers = []
    for (const rows of [liked, [...liked, ...disliked]]) {
      const settings = { factors: 4, iterations: 10, ...options }
      const model = await new BayesianPersonalizedRanking(settings).fit(Interactions.from(rows))
      const folded = await model.recommendFor([{ item: 3 }, { item: 7 }], { k: 8 })
      await model.update(more)
      const novel = await model.recommendUsers('novel', { k: 8 })
      answers.push({ folded, updated: await model.recommend('new', { k: 8 }), novel })
    }
    expect(answers[1]).toEqual(answers[0])
  })

  it('folds users and items in, and leaves the rest alone', async () => {
    const log = tasteLog({ users: 200 })
    const model = await new BayesianPersonalizedRanking(eager).fit(log)
    const [users, items] = [model.userFactors, model.itemFactors]
    const rows = ['a', 'b', 'c', 'd'].map((user) => ({ user, item: 'odd' }))
    const odd = [1, 3, 5, 7].flatMap((item) => ['a', 'b', 'c', 'd'].map((user) => ({ user, item })))
    await model.update(Interactions.from([...odd, ...rows]))
    expect(evens(await model.recommend('a', { k: 10 }))).toBeLessThanOrEqual(1)
    const score = async (user: string | number) => (await model.score(user, ['odd']))[0]!
    expect(await score(1)).toBeGreaterThan(await score(0))
    for (const user of [0, 1, 7])
      expect(model.userFactors.row(model.users.indexOf(user))).toEqual(users.row(log.users.indexOf(user)))
    for (const item of [0, 1, 9])
      expect(model.itemFactors.row(model.items.indexOf(item))).toEqual(items.row(log.items.indexOf(item)))
  })

  it('gives a history and a user with that history the same list', async () => {
    const model = await new BayesianPersonalizedRanking({ factors: 8, negativeSampling: 'popularity' }).fit(tasteLog())
    const history = [{ item: 2 }, { item: 8 }]
    const folded = await model.recommendFor(history, { k: 8 })
    expect(await model.recommendFor(history, { k: 8 })).toEqual(folded)
  })

  it('refuses what makes no sense', async () => {
    for (const options of [
      { factors: 0 },
      { learningRate: -1 },
      { learningRate: Number.NaN },
      { regularization: -1 },
      { iterations: 0 },
      { seed: 0.5 },
      { negativeSampling: 'hard' as never },
      { lockFree: 1 as never },
      { optimizer: 'rmsprop' as never },
      { optimizer: 'adam', lockFree: true } as const,
      { batchSize: 2, lockFree: true },
      { batchSize: 0 },
      { batchSize: 2 ** 25 },
      { initialScale: 0 },
      { alpha: 1 } as never,
    ])
      expect(() => new BayesianPersonalizedRanking(options)).toThrow(code('ERR_VALUE'))
    const model = new BayesianPersonalizedRanking({ factors: 2, iterations: 1 })
    await expect(model.fit(tasteLog(), { itemFeatures: parityFeatures([1]) })).rejects.toEqual(
      code('ERR_NOT_SUPPORTED'),
    )
    await expect(model.fit(Interactions.from([]))).rejects.toEqual(code('ERR_DATA'))
    await expect(model.save('/nowhere')).rejects.toEqual(code('ERR_NOT_FITTED'))
    await model.fit(tasteLog())
    await expect(model.addItems(parityFeatures([1]))).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
    await expect(loadModel('/nowhere')).rejects.toEqual(code('ERR_MODEL_FILE'))
  })

  it('an aborted fit leaves the model as it was', async () => {
    const model = await new BayesianPersonalizedRanking({ factors: 4, iterations: 3 }).fit(tasteLog())
    const before = await model.recommend(1)
    const abort = new AbortController()
    const fit = model.fit(tasteLog({ seed: 9 }), { signal: abort.signal, onProgress: () => abort.abort() })
    await expect(fit).rejects.toEqual(code('ERR_ABORTED'))
    expect(await model.recommend(1)).toEqual(before)
  })
})
