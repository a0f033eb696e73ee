import { evaluate, Interactions } from 'kindred'
import { describe, expect, it, vi } from 'vitest'
import { ChangeQueue } from '#lib/data/change-queue.js'
import { code, tasteLog } from '../support/logs.js'
import { ALGORITHMS, fitSmall, smallModel, tiedFeatures } from '../support/models.js'

const log = tasteLog({ users: 40 })
const others = tasteLog({ users: 25, seed: 8 })
const added = Interactions.from([
  { user: 'late', item: 2 },
  { user: 'late', item: 3 },
  { user: 1, item: 'new' },
])
const strip = ({ report: _, ...figures }: Awaited<ReturnType<typeof evaluate>>) => figures

describe.each(ALGORITHMS)('%s', (name) => {
  const itemFeatures = name === 'ContentBased' ? tiedFeatures(log.items) : undefined

  it('takes changes in the order of the calls, and loses none', async () => {
    const queued = smallModel(name)
    await Promise.all([
      queued.fit(others, { itemFeatures }),
      queued.fit(log, { itemFeatures }),
      queued.update(added),
      queued.update(Interactions.from([{ user: 'last', item: 2 }])),
    ])
    const awaited = smallModel(name)
    await awaited.fit(log, { itemFeatures })
    await awaited.update(added)
    await awaited.update(Interactions.from([{ user: 'last', item: 2 }]))
    expect([...queued.users]).toEqual([...awaited.users])
    expect([...queued.items]).toEqual([...awaited.items])
    for (const user of [0, 'late', 'last'])
      expect(await queued.recommend(user, { k: 50 })).toEqual(await awaited.recommend(user, { k: 50 }))
  })

  it('answers from the state in which a call began', async () => {
    const model = await fitSmall(name, log)
    const test = Interactions.from([...others].filter(({ user }) => log.users.has(user)))
    const read = () =>
      Promise.all([
        model.recommendMany(log.users, { k: 20 }),
        model.recommendFor([{ item: 2 }, { item: 5, weight: 2 }], { k: 20 }),
        model.recommendUsers(2, { k: 20 }),
        model.score(0, [...log.items]),
        model.capabilities.similarItems ? model.similarItems(2) : [],
        model.capabilities.explain ? model.explain(0, 2) : [],
        evaluate(model, test, { k: 5, resamples: 3 }).then(strip),
      ])
    const before = await read()
    const reading = read()
    await model.update(added)
    expect(await reading).toEqual(before)
    expect(model.users.has('late')).toBe(true)
  })
})

describe('a queue of changes', () => {
  it('goes on after one that fails, and leaves out what is aborted while it waits', async () => {
    const queue = new ChangeQueue()
    const done: number[] = []
    const step = (n: number) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      done.push(n)
      return n
    }
    const controller = new AbortController()
    const first = queue.run(async () => {
      await step(1)()
      throw new Error('first')
    })
    const left = queue.run(step(2), controller.signal)
    const last = queue.run(step(3))
    controller.abort()
    await expect(left).rejects.toEqual(code('ERR_ABORTED'))
    expect(done).toEqual([])
    await expect(first).rejects.toThrow('first')
    expect(await last).toBe(3)
    expect(done).toEqual([1, 3])
    await expect(queue.run(step(4), AbortSignal.abort())).rejects.toEqual(code('ERR_ABORTED'))
  })

  it('listens to a signal once, however many changes wait with it', async () => {
    const { signal } = new AbortController()
    const listened = vi.spyOn(signal, 'addEventListener')
    const queue = new ChangeQueue()
    await Promise.all(Array.from({ length: 20 }, () => queue.run(async () => {}, signal)))
    expect(listened).toHaveBeenCalledTimes(1)
  })
})
