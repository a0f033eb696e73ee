import { compare, evaluate, evaluateSampled, Interactions, Popularity, RandomBaseline } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { percentiles } from '#lib/evaluate/statistics/bootstrap.js'
import { code, tasteLog } from '../support/logs.js'

const { train, test } = tasteLog({ users: 60, perUser: 9 }).split({ by: 'leave-last-out' })

describe('models that know different users', () => {
  const half = (log: Interactions, parity: number) => log.filter(({ user }) => Number(user) % 2 === parity)

  it('are compared on the users that all know, of whom each tells its own coverage', async () => {
    const everybody = await new Popularity().fit(train)
    const some = await new Popularity().fit(half(train, 0))
    const { models } = await compare({ everybody, some }, test, { resamples: 5, permutations: 5 })
    const known = half(test, 0).users.size
    for (const { userCoverage, report } of Object.values(models)) {
      expect(userCoverage).toMatchObject({ value: 1, users: known })
      expect(report).toMatchObject({ users: known, unknownUsers: test.users.size - known })
    }
    expect((await evaluate(some, test, { resamples: 5 })).userCoverage.value).toBeCloseTo(known / test.users.size, 12)
  })

  it('are refused where they share none', async () => {
    const even = await new Popularity().fit(half(train, 0))
    const odd = await new Popularity().fit(half(train, 1))
    await expect(compare({ even, odd }, test)).rejects.toEqual(code('ERR_DATA', /known to all models/))
  })
})

it('compare refuses what is no model, by its name, and a log that is none', async () => {
  const popularity = await new Popularity().fit(train)
  for (const wrong of [{}, null, new Map(), 'model'])
    await expect(compare({ popularity, wrong: wrong as never }, test)).rejects.toEqual(code('ERR_VALUE', /"wrong"/))
  await expect(compare({ popularity, other: popularity }, [] as never)).rejects.toEqual(
    code('ERR_VALUE', /Interactions/),
  )
})

it('compare refuses a metric that is none before it measures the second model', async () => {
  const popularity = await new Popularity().fit(train)
  const random = await new RandomBaseline().fit(train)
  const calls: number[] = []
  const counting = Object.create(random, {
    scoreRows: {
      value: (...args: Parameters<typeof random.scoreRows>) => {
        calls.push(1)
        return random.scoreRows(...args)
      },
    },
  })
  const wrong = compare({ popularity, counting }, test, { metrics: ['foo@10' as never] })
  await expect(wrong).rejects.toEqual(code('ERR_VALUE', /foo@10/))
  expect(calls).toEqual([])
})

it('an empty log to test on says that nothing was held out', async () => {
  const popularity = await new Popularity().fit(train)
  await expect(evaluate(popularity, Interactions.from([]))).rejects.toEqual(code('ERR_DATA', /nothing was held out/))
})

describe('given negatives', () => {
  it('refuse a user that comes twice, and what is no id', async () => {
    const popularity = await new Popularity().fit(train)
    const [user] = test.users
    for (const [negatives, expected] of [
      [
        [
          [user, [1]],
          [user, [2]],
        ],
        code('ERR_DUPLICATE'),
      ],
      [[[user, [{}]]], code('ERR_VALUE', /an id/)],
      [[[null, [1]]], code('ERR_VALUE', /an id/)],
    ] as const)
      await expect(evaluateSampled(popularity, test, { negatives: negatives as never })).rejects.toEqual(expected)
  })
})

it.each([1, 2, 100, 16_384, 16_385, 50_000, 100_001])(
  'the percentiles of %s figures are those of all in order',
  async (count) => {
    const random = createRandom(count)
    const figures = Float64Array.from({ length: count }, (_, i) => (i % 97 === 5 ? Number.NaN : random.normal()))
    const sorted = figures.filter((figure) => !Number.isNaN(figure)).sort()
    const at = (q: number) => {
      const place = q * (sorted.length - 1)
      const below = Math.floor(place)
      return sorted[below]! + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - sorted[below]!)
    }
    const before = figures.slice()
    const { low, high } = await percentiles(figures, 0.9)
    expect([low, high]).toEqual([at((1 - 0.9) / 2), at(1 - (1 - 0.9) / 2)])
    expect(figures).toEqual(before)
  },
)
