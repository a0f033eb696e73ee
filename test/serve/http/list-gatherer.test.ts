import { AlternatingLeastSquares, type Recommender } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { ListGatherer } from '#lib/serve/http/list-gatherer.js'
import { code, tasteLog } from '../../support/logs.js'

let model: AlternatingLeastSquares
beforeAll(async () => {
  model = await new AlternatingLeastSquares({ factors: 8, seed: 1 }).fit(tasteLog())
})

/** The model, and the numbers of users of its calls. */
function counted(): { counting: Recommender; calls: number[] } {
  const calls: number[] = []
  const counting = new Proxy(model, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (name !== 'recommendMany') return typeof value === 'function' ? value.bind(target) : value
      return (...given: Parameters<typeof model.recommendMany>) => {
        calls.push([...given[0]].length)
        return model.recommendMany(...given)
      }
    },
  })
  return { counting, calls }
}

describe('lists of single users', () => {
  it('are made by few calls, each as alone', async () => {
    const { counting, calls } = counted()
    const gatherer = new ListGatherer(100)
    const users = [...model.users]
    const lists = users.map((user, n) =>
      gatherer.list(counting, user, { k: n % 2 === 0 ? 6 : 3, exclude: n % 3 === 0 ? 'none' : 'seen' }),
    )
    expect(gatherer.waiting).toBe(60)
    for (const [n, user] of users.entries())
      expect(await lists[n]).toEqual(
        await model.recommend(user, { k: n % 2 === 0 ? 6 : 3, exclude: n % 3 === 0 ? 'none' : 'seen' }),
      )
    // Four kinds of 10 or 20 requests, 16 at most of one call.
    expect(calls.reduce((sum, count) => sum + count)).toBe(60)
    expect(calls).toHaveLength(6)
    expect(gatherer.waiting).toBe(0)
  })

  it('are refused where too many wait, and taken again later', async () => {
    const gatherer = new ListGatherer(3)
    const list = () => gatherer.list(model, 1, { k: 2, exclude: 'seen' })
    const waiting = [list(), list(), list()]
    await expect(list()).rejects.toEqual(code('ERR_OVERLOADED', /More than 3/))
    await Promise.all(waiting)
    expect(await list()).toEqual(await model.recommend(1, { k: 2 }))
  })

  it('fail alone', async () => {
    const gatherer = new ListGatherer(100)
    const controller = new AbortController()
    const options = { k: 2, exclude: 'seen' } as const
    const good = [gatherer.list(model, 1, options), gatherer.list(model, 2, options)]
    const unknown = gatherer.list(model, 'nobody', options)
    const left = gatherer.list(model, 3, { ...options, signal: controller.signal })
    controller.abort()
    await expect(unknown).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(left).rejects.toEqual(code('ERR_ABORTED'))
    expect(await Promise.all(good)).toEqual(await model.recommendMany([1, 2], { k: 2 }))
    const failing = { users: model.users, recommendMany: () => Promise.reject(new Error('all')) }
    const alone = Object.assign(Object.create(null), failing, { recommend: model.recommend.bind(model) })
    expect(await gatherer.list(alone, 1, options)).toEqual(await model.recommend(1, { k: 2 }))
  })
})
