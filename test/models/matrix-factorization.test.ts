import { backendInfo, Interactions, MatrixFactorization, setThreads } from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { code, tasteLog } from '../support/logs.js'

const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

const bias = (id: number) => ((id * 7) % 11) / 10 - 0.5

/** Ratings around 3 with biases of users and items, and a taste: plus 1 for items of one's own parity, minus 1 else. */
function ratings({ users = 150, items = 80, perUser = 25, seed = 3 } = {}) {
  const random = createRandom(seed)
  return Array.from({ length: users * perUser }, (_, n) => {
    const [user, item] = [Math.floor(n / perUser), random.integer(items)]
    return { user, item, weight: truth(user, item) + 0.1 * random.normal() }
  })
}

const truth = (user: number, item: number) => 3 + bias(user) + bias(item + 3) + (user % 2 === item % 2 ? 1 : -1)

describe('MatrixFactorization', () => {
  it('predicts ratings it has not seen', async () => {
    const log = Interactions.from(ratings())
    const model = await new MatrixFactorization({ factors: 8, learningRate: 0.03, iterations: 100 }).fit(log)
    const seen = new Set([...log].map(({ user, item }) => `${user} ${item}`))
    let [squares, count] = [0, 0]
    for (let user = 0; user < 150; user++) {
      const scores = await model.score(user, model.items)
      for (const [row, item] of [...model.items].entries()) {
        if (seen.has(`${user} ${item}`)) continue
        squares += (scores[row]! - truth(user, item as number)) ** 2
        count++
      }
    }
    expect(Math.sqrt(squares / count)).toBeLessThan(0.3)
  })

  it('reports the mean squared error of each epoch, at first that of the mean rating', async () => {
    const log = Interactions.from(ratings())
    const model = await new MatrixFactorization({ factors: 8, learningRate: 1e-9, iterations: 1 }).fit(log)
    const weights = [...log].map(({ weight }) => weight)
    const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length
    const variance = weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / weights.length
    expect(model.losses[0]).toBeCloseTo(variance, 1)
  })

  it('same seed, same bits, for any number of threads', async () => {
    const log = tasteLog({ users: 300, items: 600, perUser: 30 })
    const factors = []
    for (const count of [1, 2, 3, 8]) {
      setThreads(count)
      const model = await new MatrixFactorization({ factors: 20, iterations: 3, seed: 5 }).fit(log)
      factors.push(Buffer.from(model.userFactors.data.buffer).toString('base64'))
    }
    expect(new Set(factors).size).toBe(1)
  })

  it('folds in a user and an item as their ratings say', async () => {
    const model = await new MatrixFactorization({ factors: 8, learningRate: 0.03, iterations: 100 }).fit(
      Interactions.from(ratings()),
    )
    const rows = Array.from({ length: 40 }, (_, item) => ({ user: 'new', item, weight: truth(4, item) }))
    const friends = Array.from({ length: 60 }, (_, user) => ({ user, item: 'novel', weight: truth(user, 5) }))
    await model.update(Interactions.from([...rows, ...friends]))
    const mine = await model.score('new', [70, 71, 72, 73])
    expect((mine[0]! + mine[2]!) / 2).toBeGreaterThan((mine[1]! + mine[3]!) / 2 + 0.5)
    const [even, odd] = [await model.score(100, ['novel']), await model.score(101, ['novel'])]
    expect(odd[0]! - bias(101)).toBeGreaterThan(even[0]! - bias(100) + 0.5)
  })

  it('refuses a learning rate that leads nowhere, and keeps no half-fitted model', async () => {
    const model = new MatrixFactorization({ factors: 4, learningRate: 10 })
    await expect(model.fit(Interactions.from(ratings()))).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/Lower learningRate/),
    })
    await expect(model.recommend(1)).rejects.toEqual(code('ERR_NOT_FITTED'))
    expect(() => new MatrixFactorization({ negativeSampling: 'uniform' } as never)).toThrow(code('ERR_VALUE'))
  })
})
