import fc from 'fast-check'
import {
  type Gathered,
  gather,
  gatherEmbeddings,
  gatherRecommendations,
  ItemKNN,
  KindredError,
  loadEmbedder,
  type Recommender,
  setThreads,
} from 'kindred'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { code, tasteLog } from '../support/logs.js'

setThreads(1)

/** A function of many whose calls are settled by hand. */
function byHand() {
  const calls: {
    inputs: number[]
    signal: AbortSignal
    resolve: (o: number[]) => void
    reject: (e: unknown) => void
  }[] = []
  const fn = (inputs: number[], { signal }: { signal: AbortSignal }) =>
    new Promise<number[]>((resolve, reject) => calls.push({ inputs, signal, resolve, reject }))
  return { calls, fn }
}

describe('gather', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('makes one call of those that come within the deadline of the first', async () => {
    const batches: number[][] = []
    const double = gather(async (inputs: number[]) => {
      batches.push(inputs)
      return inputs.map((x) => 2 * x)
    })
    const first = [double(1), double(2)]
    await vi.advanceTimersByTimeAsync(1)
    first.push(double(3))
    expect(double.statistics.waiting).toBe(3)
    await vi.advanceTimersByTimeAsync(1)
    first.push(double(4))
    await vi.advanceTimersByTimeAsync(2)
    expect(await Promise.all(first)).toEqual([2, 4, 6, 8])
    expect(batches).toEqual([[1, 2, 3], [4]])
    expect(double.statistics).toEqual({
      waiting: 0,
      running: 0,
      inputs: 4,
      batches: 2,
      largest: 3,
      overloaded: 0,
      aborted: 0,
    })
  })

  it('does not wait for the deadline where a batch is full, nor begin more than may run', async () => {
    const { calls, fn } = byHand()
    const call = gather(fn, { maxBatch: 2, deadlineMs: 1000, maxConcurrent: 1 })
    const results = [1, 2, 3, 4, 5].map((x) => call(x))
    expect(calls.map(({ inputs }) => inputs)).toEqual([[1, 2]])
    await vi.advanceTimersByTimeAsync(5000)
    expect(calls.length).toBe(1)
    calls[0]!.resolve([1, 2])
    await vi.advanceTimersByTimeAsync(0)
    calls[1]!.resolve([3, 4])
    await vi.advanceTimersByTimeAsync(0) // 5 has waited for long enough
    expect(calls.map(({ inputs }) => inputs)).toEqual([[1, 2], [3, 4], [5]])
    calls[2]!.resolve([5])
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5])
  })

  it('refuses what does not fit into the queue, and says when to try again', async () => {
    const { calls, fn } = byHand()
    const call = gather(fn, { maxBatch: 2, maxQueue: 3, maxConcurrent: 1 })
    const taken = [1, 2, 3, 4, 5].map((x) => call(x))
    const error = await call(6).then(
      () => undefined,
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(KindredError)
    expect(error).toMatchObject({ code: 'ERR_OVERLOADED', name: 'KindredError' })
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(1)
    expect(call.statistics).toMatchObject({ waiting: 3, overloaded: 1 })
    calls[0]!.resolve([1, 2])
    await vi.advanceTimersByTimeAsync(0)
    const seventh = call(7)
    calls[1]!.resolve([3, 4])
    await vi.advanceTimersByTimeAsync(2)
    calls[2]!.resolve([5, 7])
    expect(await Promise.all([...taken, seventh])).toEqual([1, 2, 3, 4, 5, 7])
  })

  it('lets a caller give up, before and during the call, while others go on', async () => {
    const { calls, fn } = byHand()
    const call = gather(fn, { maxBatch: 3 })
    const [a, b] = [new AbortController(), new AbortController()]
    const results = [call(1), call(2, { signal: a.signal }), call(3, { signal: b.signal })].map((p) =>
      p.catch((error) => error.code),
    )
    const early = new AbortController()
    const gone = call(4, { signal: early.signal }).catch((error) => error.name)
    early.abort()
    expect(await gone).toBe('AbortError')
    a.abort()
    expect(calls.map(({ inputs }) => inputs)).toEqual([[1, 2, 3]])
    expect(calls[0]!.signal.aborted).toBe(false)
    expect(await results[1]).toBe('ERR_ABORTED')
    calls[0]!.resolve([1, 2, 3])
    expect(await Promise.all(results)).toEqual([1, 'ERR_ABORTED', 3])
    expect(call.statistics).toMatchObject({ waiting: 0, aborted: 2 })
    await expect(call(5, { signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_ABORTED'))
    await vi.advanceTimersByTimeAsync(10)
    expect(calls.length).toBe(1)
  })

  it('aborts a call that nobody waits for any more', async () => {
    const { calls, fn } = byHand()
    const call = gather(fn, { maxBatch: 2 })
    const controllers = [new AbortController(), new AbortController()]
    const results = controllers.map(({ signal }, i) => call(i, { signal }).catch((error) => error.code))
    controllers[0]!.abort()
    expect(calls[0]!.signal.aborted).toBe(false)
    controllers[1]!.abort()
    expect(calls[0]!.signal.aborted).toBe(true)
    expect(await Promise.all(results)).toEqual(['ERR_ABORTED', 'ERR_ABORTED'])
    calls[0]!.reject(new Error('nobody hears it'))
    await vi.advanceTimersByTimeAsync(10)
    expect(call.statistics.running).toBe(0)
  })

  it('gives an error to the callers of its batch alone', async () => {
    const call = gather(
      async (inputs: number[]) => {
        if (inputs.includes(2)) throw new Error('two')
        return inputs
      },
      { maxBatch: 2 },
    )
    const results = await Promise.allSettled([1, 2, 3, 4].map((x) => call(x)))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled'])
    const short = gather(async () => [1], { maxBatch: 2 })
    await Promise.all([1, 2].map((x) => expect(short(x)).rejects.toThrow(code('ERR_SHAPE'))))
    const sync = gather((): number[] => {
      throw new Error('at once')
    })
    const thrown = expect(sync(1)).rejects.toThrow('at once')
    await vi.advanceTimersByTimeAsync(2)
    await thrown
  })

  it('with onError: split finds those at fault, and every result is its own', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ value: fc.integer({ min: 0, max: 9 }), wait: fc.integer({ min: 0, max: 4 }) }), {
          maxLength: 60,
        }),
        fc.record({
          deadlineMs: fc.integer({ min: 0, max: 5 }),
          maxBatch: fc.integer({ min: 1, max: 10 }),
          maxConcurrent: fc.integer({ min: 1, max: 3 }),
        }),
        async (asked, options) => {
          let running = 0
          const call: Gathered<number, number> = gather(
            async (inputs: number[]) => {
              expect(inputs.length).toBeLessThanOrEqual(options.maxBatch)
              expect(++running).toBeLessThanOrEqual(options.maxConcurrent)
              await new Promise((resolve) => setTimeout(resolve, inputs.length))
              running--
              const bad = inputs.find((x) => x === 0)
              if (bad !== undefined) throw new Error('zero')
              return inputs.map((x) => x * x)
            },
            { ...options, onError: 'split' },
          )
          const results: Promise<number | string>[] = []
          for (const { value, wait } of asked) {
            results.push(call(value).catch((error) => error.message))
            await vi.advanceTimersByTimeAsync(wait)
          }
          await vi.runAllTimersAsync()
          expect(await Promise.all(results)).toEqual(asked.map(({ value }) => (value === 0 ? 'zero' : value * value)))
          expect(call.statistics).toMatchObject({ waiting: 0, running: 0, inputs: asked.length })
        },
      ),
      { numRuns: 100 },
    )
  })

  it('refuses illegal options', () => {
    for (const options of [
      { deadlineMs: -1 },
      { maxBatch: 0 },
      { maxQueue: 0.5 },
      { maxConcurrent: 0 },
      { onError: 'x' as never },
      { maxbatch: 3 } as never,
    ])
      expect(() => gather(async (x: number[]) => x, options)).toThrow(code('ERR_VALUE'))
    expect(() => gather(5 as never)).toThrow(code('ERR_VALUE'))
  })
})

describe('gathered models', () => {
  it('texts that come together are one embed, and a text at fault fails alone', async () => {
    using encoder = await loadEmbedder()
    const texts = ['cats', 'dogs and cats', '', 'cats']
    const embed = vi.spyOn(encoder, 'embed')
    const one = gatherEmbeddings(encoder, { maxBatch: 4, deadlineMs: 60_000, normalize: false })
    const vectors = await Promise.all(texts.map((text) => one(text)))
    expect(embed).toHaveBeenCalledTimes(1)
    const { vectors: together } = await encoder.embed(texts, { normalize: false })
    for (const [i, vector] of vectors.entries()) expect(vector).toEqual(together.row(i))
    expect(one.statistics).toMatchObject({ batches: 1, largest: 4 })
    const strict = gatherEmbeddings(encoder, { maxBatch: 3, deadlineMs: 60_000 })
    const results = await Promise.allSettled(['a', 5 as never, 'b'].map((text) => strict(text)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(() => gatherEmbeddings(encoder, { signal: 1 } as never)).toThrow(code('ERR_VALUE'))
    expect(() => gatherEmbeddings(5 as never)).toThrow(code('ERR_VALUE'))
  })

  it('users that come together are one recommendMany for each set of options, of one model', async () => {
    const model = await new ItemKNN().fit(tasteLog())
    const users = [...model.users]
    const many = vi.spyOn(model, 'recommendMany')
    const current = vi.fn((): Recommender => model)
    const recommend = gatherRecommendations(current, { maxBatch: 6, deadlineMs: 60_000 })
    const lists = await Promise.allSettled([
      recommend(users[0]!, { k: 3 }),
      recommend(users[1]!, { k: 3 }),
      recommend(users[2]!, { k: 2, exclude: 'none' }),
      recommend('nobody', { k: 3 }),
      recommend(users[3]!, { k: 3, exclude: [...model.items].slice(0, 1) }),
      recommend(users[1]!, { k: 2, exclude: 'none' }),
    ])
    const values = lists.map((list) => (list.status === 'fulfilled' ? list.value : list.reason.code))
    expect(values).toEqual([
      await model.recommend(users[0]!, { k: 3 }),
      await model.recommend(users[1]!, { k: 3 }),
      await model.recommend(users[2]!, { k: 2, exclude: 'none' }),
      'ERR_UNKNOWN_ID',
      await model.recommend(users[3]!, { k: 3, exclude: [...model.items].slice(0, 1) }),
      await model.recommend(users[1]!, { k: 2, exclude: 'none' }),
    ])
    many.mockClear()
    current.mockClear()
    const fine = gatherRecommendations(current, { maxBatch: 3, deadlineMs: 60_000 })
    await Promise.all(users.slice(0, 3).map((user) => fine(user)))
    expect(many).toHaveBeenCalledTimes(1)
    expect(current).toHaveBeenCalledTimes(1)
    await expect(fine(users[0]!, { K: 3 } as never)).rejects.toThrow(code('ERR_VALUE'))
    expect(() => gatherRecommendations(5 as never)).toThrow(code('ERR_VALUE'))
  })
})
