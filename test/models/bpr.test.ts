import { BayesianPersonalizedRanking, backendInfo, Interactions, loadModel, setThreads } from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

/** Small histories with stray entries: longer steps than the defaults, fewer factors, and a firmer hand. */
const eager = { factors: 2, learningRate: 0.1, regularization: 0.05 }

const evens = (list: { item: unknown }[]) => list.filter(({ item }) => (item as number) % 2 === 0).length

describe('BayesianPersonalizedRanking', () => {
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
