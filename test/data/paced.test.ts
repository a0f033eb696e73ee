import fc from 'fast-check'
import { Features, Interactions, Matrix, type TwoParts } from 'kindred'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { anyLog } from '../support/logs.js'

const plain = (log: Interactions) => ({
  rows: [...log],
  users: [...log.users],
  items: [...log.items],
  report: log.report,
})
const parts = (divided: TwoParts) =>
  Object.fromEntries(Object.entries(divided).map(([name, log]) => [name, plain(log)]))

/** A log whose division takes several steps. */
const long = Interactions.from(
  Array.from({ length: 200_000 }, (_, n) => ({ user: n % 5000, item: (n * 7) % 3001, weight: (n % 9) + 1, time: n })),
)

const ids = Array.from({ length: 200_000 }, (_, n) => n)

/** Lets ten milliseconds pass at each look at the clock, so that every step of a long loop is over its time. */
function hurryTheClock() {
  let now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 10
    return now
  })
  onTestFinished(() => clock.mockRestore())
}

/** How often the event loop turned during a call. */
async function turnsDuring(call: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let running = true
  const turn = () => {
    turns++
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  await call()
  running = false
  return turns
}

const odd = ({ item }: { item: string | number }) => String(item).length % 2 === 1

describe('the calls that let the event loop run', () => {
  it('give what the synchronous ones give', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, async (log) => {
        expect(plain(await log.filterAsync(odd))).toEqual(plain(log.filter(odd)))
        for (const options of [
          { by: 'leave-last-out' },
          { by: 'random', fraction: 0.3, seed: 4, validation: 0.2 },
          { by: 'users', minInteractions: 1 },
        ] as const)
          expect(parts(await log.splitAsync(options))).toEqual(parts(log.split(options)))
        if (log.size > 1)
          expect((await log.foldsAsync({ folds: 2 })).map(parts)).toEqual(log.folds({ folds: 2 }).map(parts))
        expect(plain(await log.transformAsync({ weight: 'rank' }))).toEqual(plain(log.transform({ weight: 'rank' })))
      }),
      { numRuns: 30 },
    )
  })

  it('give features, and refuse them, as the synchronous one does', async () => {
    const vectors = [
      [1, 2],
      [3, 4],
    ]
    const features = await Features.fromAsync(['a', 1], vectors)
    expect([...features.ids]).toEqual(['a', 1])
    expect(features.matrix).toEqual(Features.from(['a', 1], vectors).matrix)
    for (const [ids, given] of [
      [['a', 'a'], vectors],
      [['a'], vectors],
      [
        ['a', 'b'],
        [[1], [2, 3]],
      ],
      [['a', 'b'], new Matrix(2, 1, Float32Array.of(1, Number.POSITIVE_INFINITY))],
    ] as const) {
      const { code, message } = await Features.fromAsync(ids, given).catch((error) => error)
      expect(() => Features.from(ids, given)).toThrow(expect.objectContaining({ code, message }))
    }
  })

  it.each<[string, (signal?: AbortSignal) => Promise<unknown>]>([
    ['filterAsync', (signal) => long.filterAsync(odd, { signal })],
    ['splitAsync', (signal) => long.splitAsync({ by: 'random', signal })],
    ['foldsAsync', (signal) => long.foldsAsync({ folds: 3, signal })],
    ['transformAsync', (signal) => long.transformAsync({ weight: 'rank', signal })],
    ['Features.fromAsync', (signal) => Features.fromAsync(ids, new Matrix(ids.length, 20), { signal })],
  ])('%s lets it run, and stops on a signal', async (_, call) => {
    hurryTheClock()
    expect(await turnsDuring(() => call())).toBeGreaterThan(0)
    await expect(call(AbortSignal.abort())).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    const controller = new AbortController()
    setImmediate(() => controller.abort())
    await expect(call(controller.signal)).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })

  it("pass on what the caller's function throws", async () => {
    const thrown = new Error('of the caller')
    const failing = () => {
      throw thrown
    }
    await expect(long.filterAsync(failing)).rejects.toBe(thrown)
    await expect(long.transformAsync({ weight: failing })).rejects.toBe(thrown)
    expect(() => long.filter('odd' as never)).toThrow(/expected a function/)
    await expect(long.filterAsync('odd' as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(long.splitAsync({ by: 'time', signal: 5 } as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})
