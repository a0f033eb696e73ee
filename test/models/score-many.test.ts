import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Id, Interactions, loadModel, MatrixFactorization, type Recommender } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { anyLog, code, tasteLog } from '../support/logs.js'
import { ALGORITHMS, fitSmall, smallModel } from '../support/models.js'

const bits = (scores: Float32Array) => Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString('hex')

/** One call of `score` for each pair. */
const oneByOne = async (model: Recommender, pairs: (readonly [Id, Id])[]) =>
  Float32Array.from(await Promise.all(pairs.map(async ([user, item]) => (await model.score(user, [item]))[0]!)))

describe.each(ALGORITHMS)('scoreMany of %s', (name) => {
  it('is score, pair by pair and to the bit, in any order and form', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.infiniteStream(fc.nat(1000)), async (log, picks) => {
        const model = await fitSmall(name, log)
        const [users, items] = [[...model.users], [...model.items]]
        const pick = (ids: Id[]) => ids[picks.next().value % ids.length]!
        const pairs = Array.from({ length: 40 }, () => [pick(users), pick(items)] as const)
        const expected = bits(await oneByOne(model, pairs))
        expect(bits(await model.scoreMany(pairs))).toBe(expected)
        expect(bits(await model.scoreMany(pairs.map(([user, item]) => ({ user, item, rank: 3 }))))).toBe(expected)
        const other = Interactions.from(pairs.map(([user, item]) => ({ user, item })))
        const distinct = [...other].map(({ user, item }) => [user, item] as const)
        expect(bits(await model.scoreMany(other))).toBe(bits(await oneByOne(model, distinct)))
      }),
      { numRuns: 20 },
    )
  })

  it('refuses unknown ids, or leaves them NaN, and says what a pair is', async () => {
    const model = await fitSmall(name, tasteLog())
    const known = await model.score(1, [2])
    for (const pair of [
      [1, 'nothing'],
      [999, 2],
      ['1', 2],
    ] as const)
      for (const pairs of [
        [[1, 2], pair] as const,
        Interactions.from([
          { user: 1, item: 2 },
          { user: pair[0], item: pair[1] },
        ]),
      ]) {
        await expect(model.scoreMany(pairs)).rejects.toEqual(code('ERR_UNKNOWN_ID'))
        expect(await model.scoreMany(pairs, { unknown: 'nan' })).toEqual(Float32Array.of(known[0]!, Number.NaN))
      }
    expect(await model.scoreMany([])).toEqual(new Float32Array(0))
    for (const pairs of [null, 'ab', 7, [[1]], [[1, 2, 3]], ['ab'], [{ user: 1 }], [null]])
      await expect(model.scoreMany(pairs as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.scoreMany([[1, 2]], { unknown: 'zero' as never })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.scoreMany([[1, 2]], { k: 3 } as never)).rejects.toThrow(/unknown option "k"/)
    await expect(model.scoreMany([[1, 2]], { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
    await expect(smallModel(name).scoreMany([[1, 2]])).rejects.toEqual(code('ERR_NOT_FITTED'))
    if (name !== 'MatrixFactorization')
      await expect(model.scoreMany([[1, 2]], { unknown: 'mean' })).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
  })
})

describe('MatrixFactorization predicts ratings', () => {
  const random = createRandom(4)
  /** Ratings from 1 to 5, many at the ends, so that predictions leave the scale. */
  const rows = Array.from({ length: 1500 }, () => {
    const [user, item] = [random.integer(60), random.integer(40)]
    const rating = 3 + (user % 3) - 1 + (item % 5) - 2 + random.normal()
    return { user, item, weight: Math.min(5, Math.max(1, Math.round(rating))) }
  })
  const log = Interactions.from(rows)
  const options = { factors: 4, iterations: 40, learningRate: 0.03 }
  const every = [...log.users].flatMap((user) => [...log.items].map((item) => [user, item] as const))

  it('clips to the scale of the log, in score and scoreMany and not in lists', async () => {
    const raw = await new MatrixFactorization({ ...options, clip: false }).fit(log)
    const model = await new MatrixFactorization(options).fit(log)
    expect(model.options.clip).toBe(true)
    const free = await raw.scoreMany(every)
    const beyond = free.filter((score) => score < 1 || score > 5).length
    expect(beyond).toBeGreaterThan(20)
    const clipped = free.map((score) => Math.min(5, Math.max(1, score)))
    expect(await model.scoreMany(every)).toEqual(clipped)
    expect(await model.score(7, model.items)).toEqual(clipped.filter((_, n) => every[n]![0] === 7))
    for (const user of [3, 8, 11]) {
      const list = await model.recommend(user, { k: 40, exclude: 'none' })
      expect(list).toEqual(await raw.recommend(user, { k: 40, exclude: 'none' }))
    }
    expect(await model.recommendUsers(4)).toEqual(await raw.recommendUsers(4))
  })

  it('predicts what is known of unknown users and items: mean and biases', async () => {
    const model = await new MatrixFactorization({ ...options, clip: false }).fit(log)
    const mean = [...log].reduce((sum, { weight }) => sum + weight, 0) / log.size
    const ofUser = model.userFactors.row(model.users.indexOf(7))
    const ofItem = model.itemFactors.row(model.items.indexOf(9))
    const pairs = [
      ['new', 'new'],
      [7, 'new'],
      ['new', 9],
      [7, 9],
    ] as const
    const scores = await model.scoreMany(pairs, { unknown: 'mean' })
    const expected = [mean, ofUser.at(-1)!, mean + ofItem.at(-2)!, (await model.score(7, [9]))[0]!]
    for (const [n, score] of expected.entries()) expect(scores[n]).toBeCloseTo(score, 5)
  })

  it('keeps the scale through save and load, and widens it by an update', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kindred-ratings-'))
    const model = await new MatrixFactorization(options).fit(log)
    await model.save(folder)
    const loaded = await loadModel(folder)
    await rm(folder, { recursive: true })
    expect(bits(await loaded.scoreMany(every))).toBe(bits(await model.scoreMany(every)))
    expect(Math.max(...(await model.scoreMany(every)))).toBe(5)
    await model.update(Interactions.from([{ user: 0, item: 0, weight: 9 }]))
    expect(Math.max(...(await model.scoreMany(every)))).toBeGreaterThan(5)
  })
})
