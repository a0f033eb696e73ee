import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  EventLog,
  Interactions,
  ItemKNN,
  LiveModel,
  loadModel,
  Popularity,
  type Recommender,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'kindred-live-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = () => join(root, String(folders++))

const ROWS = Array.from({ length: 60 }, (_, n) => ({ user: n % 12, item: `i${(n * 7) % 20}`, weight: 1 + (n % 3) }))
const als = () =>
  new AlternatingLeastSquares({ factors: 4, iterations: 3, seed: 1, alpha: 5, regularization: 1 }).fit(
    Interactions.from(ROWS, { duplicates: 'last' }),
  )
const seen = (model: Recommender, user: number) => [...model.seenItems(user)].sort()

describe('LiveModel', () => {
  it('has events in the next list once they are accepted', async () => {
    const log = await EventLog.open(newFolder())
    const live = new LiveModel(await als(), { log })
    for (let user = 100; user < 120; user++) {
      const before = live.version
      await live.accept([
        { user, item: 'i1' },
        { user, item: `new ${user}`, weight: 2 },
      ])
      expect(seen(live.current, user)).toEqual(['i1', `new ${user}`])
      expect(live.version).not.toBe(before)
      const list = await live.current.recommend(user, { k: 50 })
      expect(list.map(({ item }) => item)).not.toContain('i1')
      expect(list).toHaveLength(live.current.items.size - 2)
    }
    expect(live.counts).toMatchObject({ applied: 40, refused: 0, deferred: 0, waiting: 0 })
    expect(live.next).toBe(40)
    expect(log.next).toBe(40)
    await log.close()
  })

  it('learns the same from events one by one as from all in one update', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            user: fc.integer({ min: 0, max: 15 }),
            item: fc.constantFrom('i1', 'i2', 'x', 'y'),
            weight: fc.constantFrom(1, 2),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        async (events) => {
          const live = new LiveModel(await new Popularity().fit(Interactions.from(ROWS, { duplicates: 'last' })))
          await Promise.all(events.map((event) => live.accept([event])))
          const whole = await new Popularity().fit(Interactions.from([...ROWS, ...events], { duplicates: 'last' }))
          // The order of equal scores is that in which items came first, which duplicates change.
          const scores = async (model: Recommender) =>
            new Map((await model.recommend(0, { k: 30, exclude: 'none' })).map(({ item, score }) => [item, score]))
          expect(await scores(live.current)).toEqual(await scores(whole))
        },
      ),
      { numRuns: 20 },
    )
  })

  it('takes what comes during an update in one further update', async () => {
    const live = new LiveModel(await als())
    await Promise.all(Array.from({ length: 100 }, (_, n) => live.accept([{ user: n, item: 'i3' }])))
    expect(live.counts.updates).toBeLessThan(100)
    expect(live.counts.applied).toBe(100)
    const small = new LiveModel(await als(), { maxBatch: 10 })
    await Promise.all(Array.from({ length: 100 }, (_, n) => small.accept([{ user: n, item: 'i3' }])))
    expect(small.counts.updates).toBeGreaterThanOrEqual(10)
  })

  it('keeps a model that was taken, whatever comes after', async () => {
    const live = new LiveModel(await als())
    const taken = live.current
    const answer = taken.recommend(0, { k: 5 })
    const other = await new ItemKNN().fit(Interactions.from(ROWS, { duplicates: 'last' }))
    await live.swap(other, { version: 'b' })
    expect(live.current).toBe(other)
    expect(live.version).toBe('b.0')
    expect(await taken.recommend(0, { k: 5 })).toEqual(await answer)
  })

  it('answers every request while models are swapped and events come', async () => {
    const live = new LiveModel(await als())
    let isDone = false
    let answers = 0
    const reader = async () => {
      while (!isDone) {
        const model = live.current
        const list = await model.recommend(3, { k: 5 })
        expect(list).toHaveLength(5)
        answers++
      }
    }
    const readers = [reader(), reader()]
    for (let n = 0; n < 10; n++) {
      const model = await als()
      const swapped = live.swap(model)
      const accepted = live.accept([{ user: 1000 + n, item: 'i5' }])
      await Promise.all([swapped, accepted])
      expect(live.current).toBe(model)
      expect(seen(live.current, 1000 + n)).toEqual(['i5'])
    }
    isDone = true
    await Promise.all(readers)
    expect(answers).toBeGreaterThan(0)
    expect(live.counts.swaps).toBe(10)
  })

  it('refits while events come, and loses none', async () => {
    let begin = () => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const live = new LiveModel(await als(), {
      maxBatch: 4,
      refit: async (current, { signal }) => {
        expect(signal).toBe(undefined)
        expect(current).toBe(live.current)
        const model = await als()
        begin()
        await ended
        return model
      },
    })
    await live.accept([{ user: 500, item: 'i1' }])
    const refit = live.refit()
    await expect(live.refit()).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await begun
    for (let n = 0; n < 11; n++) await live.accept([{ user: 600 + n, item: 'i1' }])
    end()
    const late = live.accept([{ user: 700, item: 'i2' }])
    await refit
    await late
    for (let n = 0; n < 11; n++) expect(seen(live.current, 600 + n)).toEqual(['i1'])
    expect(seen(live.current, 700)).toEqual(['i2'])
    // What came before it began is for the function to read.
    expect(live.current.users.has(500)).toBe(false)
    expect(live.version.startsWith('2.')).toBe(true)
  })

  it('fits anew by itself what the model has in its log', async () => {
    const live = new LiveModel(
      await new Popularity({ by: 'weight' }).fit(Interactions.from(ROWS, { duplicates: 'last' })),
    )
    await live.accept([{ user: 77, item: 'fresh', weight: 50 }])
    const scores = async () => {
      const list = await live.current.recommend(0, { exclude: 'none', k: 30 })
      return new Map(list.map(({ item, score }) => [item, score]))
    }
    const before = await scores()
    const taken = live.current
    await live.refit()
    expect(live.current).not.toBe(taken)
    expect(await scores()).toEqual(before)
  })

  it('stays as it is where a refit fails or is aborted', async () => {
    const live = new LiveModel(await als(), {
      refit: async () => {
        throw new Error('no data today')
      },
    })
    const { current, version } = live
    await expect(live.refit()).rejects.toThrow('no data today')
    expect(live.current).toBe(current)
    expect(live.version).toBe(version)
    const controller = new AbortController()
    const aborted = live.reload(newFolder(), { signal: controller.signal })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: expect.stringMatching(/ERR_ABORTED|ERR_MODEL_FILE|ERR_IO/) })
    expect(live.current).toBe(current)
    await live.accept([{ user: 1, item: 'i2' }])
  })

  it('begins after a restart where the last save was, and replays the rest', async () => {
    const [dir, events] = [newFolder(), newFolder()]
    let log = await EventLog.open(events)
    const live = new LiveModel(await als(), { log })
    await live.accept([{ user: 200, item: 'i1' }])
    await live.save(dir)
    expect(log.checkpointed).toBe(1)
    await live.accept([
      { user: 201, item: 'i2' },
      { user: 'ann', item: 'i3', weight: 3 },
    ])
    await live.accept([{ user: 202, item: 'brand new' }])
    const wanted = await live.current.recommend('ann', { k: 30 })
    await log.close()
    expect((await loadModel(dir)).users.has(201)).toBe(false)
    log = await EventLog.open(events)
    const again = await LiveModel.open(dir, { log })
    expect(again.counts).toMatchObject({ applied: 3 })
    expect(again.next).toBe(4)
    const list = await again.current.recommend('ann', { k: 30 })
    expect(list.map(({ item }) => item).sort()).toEqual(wanted.map(({ item }) => item).sort())
    for (const user of [200, 201, 202, 'ann']) expect(again.current.users.has(user)).toBe(true)
    // And while it runs.
    await again.accept([{ user: 203, item: 'i1' }])
    await again.reload(dir, { version: 'reloaded' })
    expect(again.version).toBe('reloaded.0')
    for (const user of [200, 201, 202, 203, 'ann']) expect(again.current.users.has(user)).toBe(true)
    await log.close()
  })

  it('keeps events for a model that cannot learn them, and counts them', async () => {
    const model = await als()
    const fixed = new Proxy(model, {
      get: (target, key) =>
        key === 'update'
          ? async () => {
              const { KindredError } = await import('kindred')
              throw new KindredError('ERR_NOT_SUPPORTED', 'no update')
            }
          : Reflect.get(target, key, target),
    })
    const log = await EventLog.open(newFolder())
    const live = new LiveModel(fixed, { log })
    await live.accept([{ user: 1, item: 'i1' }])
    expect(live.counts).toMatchObject({ deferred: 1, applied: 0 })
    expect(log.next).toBe(1)
    await log.close()
  })

  it('refuses for those alone whose events the model refuses', async () => {
    const model = await als()
    const update = model.update.bind(model)
    const strict = new Proxy(model, {
      get: (target, key) =>
        key === 'update'
          ? async (rows: Interactions) => {
              if (rows.users.has('bad')) throw new Error('not this one')
              return update(rows)
            }
          : Reflect.get(target, key, target),
    })
    const live = new LiveModel(strict)
    const all = await Promise.allSettled(['a', 'b', 'bad', 'c', 'd'].map((user) => live.accept([{ user, item: 'i1' }])))
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    for (const user of ['a', 'b', 'c', 'd']) expect(model.users.has(user)).toBe(true)
    expect(live.counts).toMatchObject({ applied: 4, refused: 1 })
    await expect(live.accept([{ user: 1 } as never])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(live.swap({} as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    expect(() => new LiveModel(model, { log: {} as never })).toThrow(/EventLog/)
  })
})
