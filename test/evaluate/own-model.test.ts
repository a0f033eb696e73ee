import {
  compare,
  evaluate,
  evaluateSampled,
  type Id,
  IdMap,
  type Ids,
  type Interactions,
  Popularity,
  type RankingModel,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { code, tasteLog } from '../support/logs.js'

/** Popularity as a user of the library would write it, on public calls alone. */
class OwnPopularity implements RankingModel {
  readonly users: IdMap
  readonly items: IdMap
  readonly #log: Interactions
  readonly #counts = new Map<Id, number>()

  constructor(log: Interactions) {
    this.#log = log
    this.users = log.users
    this.items = IdMap.from(log.items)
    for (const { item } of log) this.#counts.set(item, (this.#counts.get(item) ?? 0) + 1)
  }

  async score(_user: Id, items: Ids): Promise<number[]> {
    return Array.from(items, (item) => this.#counts.get(item) ?? 0)
  }

  seenItems(user: Id): Id[] {
    return [...this.#log].filter((row) => row.user === user).map(({ item }) => item)
  }
}

describe("a model of the user's own", () => {
  const { train, test } = tasteLog({ users: 50, items: 30, perUser: 9 }).split({ by: 'random', seed: 2 })
  const own = new OwnPopularity(train)

  it('has the figures of the built-in model that it equals', async () => {
    const popularity = await new Popularity().fit(train)
    for (const options of [{ k: [3, 10] }, { exclude: 'none' }, { candidates: [...train.items].slice(4) }] as const) {
      const evaluation = await evaluate(own, test, options)
      expect(evaluation).toEqual(await evaluate(popularity, test, options))
      expect(evaluation.report).toEqual((await evaluate(popularity, test, options)).report)
      expect(evaluation['recall@10'].value).toBeGreaterThan(0)
    }
    const negatives = new Map<Id, Id[]>([...test.users].map((user) => [user, [...train.items].slice(0, 12)]))
    for (const options of [{ negatives: 9, seed: 4 }, { negatives }])
      expect(await evaluateSampled(own, test, options)).toEqual(await evaluateSampled(popularity, test, options))
  })

  it('compares with built-in models, pair by pair', async () => {
    const popularity = await new Popularity().fit(train)
    const { differences, models } = await compare({ popularity, own }, test, { k: 5 })
    expect(models.own).toEqual(models.popularity)
    expect(differences.own!['ndcg@5']).toMatchObject({ value: 0, low: 0, high: 0 })
  })

  it('is asked for its own scores where it extends a built-in one', async () => {
    class Reversed extends Popularity {
      override async score(user: Id, items: Ids): Promise<Float32Array> {
        return (await super.score(user, items)).map((score) => -score)
      }
    }
    const [plain, reversed] = [await new Popularity().fit(train), await new Reversed().fit(train)]
    const [one, other] = [await evaluate(plain, test), await evaluate(reversed, test)]
    expect(other.auc.value).toBeCloseTo(1 - one.auc.value, 2)
    expect(other['ndcg@10'].value).not.toBe(one['ndcg@10'].value)
  })

  it('may keep private members where it extends a built-in one', async () => {
    class Counting extends Popularity {
      #calls = 0
      override score(user: Id, items: Ids): Promise<Float32Array> {
        this.#calls++
        return super.score(user, items)
      }
      get calls(): number {
        return this.#calls
      }
    }
    const counting = await new Counting().fit(train)
    expect(await evaluate(counting, test)).toEqual(await evaluate(await new Popularity().fit(train), test))
    expect(counting.calls).toBeGreaterThan(0)
  })

  it.each([undefined, 'abc', Promise.resolve([1])])('is refused if its seenItems gives %s', async (seen) => {
    const model = { users: own.users, items: own.items, score: own.score.bind(own), seenItems: () => seen as never }
    await expect(evaluate(model, test)).rejects.toEqual(code('ERR_VALUE'))
  })

  it('is refused where it lacks something, or scores what it should not', async () => {
    const scoring = (score: RankingModel['score']) =>
      evaluate({ users: own.users, items: own.items, seenItems: () => [], score }, test)
    const { users, items } = own
    await expect(evaluate({ users, items, score: own.score } as never, test)).rejects.toThrow(
      /expected a model \(users/,
    )
    await expect(
      evaluate({ ...own, score: own.score, seenItems: own.seenItems, users: ['a'] } as never, test),
    ).rejects.toEqual(code('ERR_VALUE'))
    await expect(scoring(async () => [1, 2])).rejects.toEqual(code('ERR_SHAPE'))
    await expect(scoring(async () => undefined as never)).rejects.toEqual(code('ERR_SHAPE'))
    await expect(scoring(async () => new Float32Array(items.size).fill(Number.NaN))).rejects.toEqual(code('ERR_VALUE'))
    await expect(scoring(async () => new Array(items.size).fill('1') as never)).rejects.toThrow(/received "1" for item/)
    await expect(evaluate(own, test, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
  })
})
