import { backendInfo, type Id, type Interaction, Interactions, MatrixFactorization, setThreads } from 'kindred'
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

/** Funk's SVD as Surprise has it: row after row, factors from a normal distribution of mean 0 and deviation 0.1. */
function plainFunk(
  rows: readonly Interaction[],
  settings: { factors: number; learningRate: number; regularization: number; iterations: number },
) {
  const { factors, learningRate, regularization, iterations } = settings
  const random = createRandom(77)
  const sides = [new Map<Id, number[]>(), new Map<Id, number[]>()] as const // factors, and the bias last
  const rowOf = (side: 0 | 1, id: Id) => {
    const known = sides[side].get(id)
    if (known) return known
    const row = [...Array.from({ length: factors }, () => 0.1 * random.normal()), 0]
    sides[side].set(id, row)
    return row
  }
  const mean = rows.reduce((sum, { weight }) => sum + weight, 0) / rows.length
  const predict = (user: Id, item: Id) => {
    const [p, q] = [rowOf(0, user), rowOf(1, item)]
    let sum = mean + p[factors]! + q[factors]!
    for (let f = 0; f < factors; f++) sum += p[f]! * q[f]!
    return sum
  }
  for (let epoch = 0; epoch < iterations; epoch++)
    for (const { user, item, weight } of rows) {
      const error = weight - predict(user, item)
      const [p, q] = [rowOf(0, user), rowOf(1, item)]
      for (let f = 0; f < factors; f++) {
        const [a, b] = [p[f]!, q[f]!]
        p[f] = a + learningRate * (error * b - regularization * a)
        q[f] = b + learningRate * (error * a - regularization * b)
      }
      for (const row of [p, q]) row[factors]! += learningRate * (error - regularization * row[factors]!)
    }
  return predict
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

  it('reaches what a plain implementation of Surprise reaches at its settings', async () => {
    // A low-rank taste that settings of Surprise find only from a start that is not near 0.
    const random = createRandom(8)
    const [users, items] = [400, 300]
    const taste = (rows: number) => Array.from({ length: rows }, () => [random.normal(), random.normal()] as const)
    const [a, b] = [taste(users), taste(items)]
    const rows = Array.from({ length: 40_000 }, () => {
      const [user, item] = [random.integer(users), random.integer(items)]
      const dot = a[user]![0] * b[item]![0] + a[user]![1] * b[item]![1]
      return { user, item, weight: Math.min(5, Math.max(1, 3 + bias(user) + bias(item) + dot + 0.3 * random.normal())) }
    })
    const { train, test } = Interactions.from(rows).split({ by: 'random', fraction: 0.2, seed: 1 })
    const settings = { factors: 20, learningRate: 0.005, regularization: 0.02, iterations: 60 }
    const known = test.filter(({ user, item }) => train.users.has(user) && train.items.has(item))
    const rmse = (predict: (n: number) => number) =>
      Math.sqrt([...known].reduce((sum, { weight }, n) => sum + (weight - predict(n)) ** 2, 0) / known.size)
    const model = await new MatrixFactorization(settings).fit(train)
    const scores = await model.scoreMany(known)
    const plain = plainFunk([...train], settings)
    const expected = rmse((n) =>
      Math.min(5, Math.max(1, plain(known.at(n).user as number, known.at(n).item as number))),
    )
    const reached = rmse((n) => scores[n]!)
    expect(Math.abs(reached - expected)).toBeLessThan(0.01 * expected)
    const flat = await new MatrixFactorization({ ...settings, initialScale: 1e-6 }).fit(train)
    const atBiases = await flat.scoreMany(known)
    expect(rmse((n) => atBiases[n]!)).toBeGreaterThan(1.03 * reached)
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
