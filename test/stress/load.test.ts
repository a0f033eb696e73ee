import { AlternatingLeastSquares, type Recommendation } from 'kindred'
import { describe, expect, it } from 'vitest'
import { dir } from '../support/table-files.js'
import { runScript } from './run-script.js'
// @ts-expect-error plain JavaScript, shared with the scripts
import { makeLog, slowAls } from './scripts/logs.mjs'
// @ts-expect-error plain JavaScript, shared with the scripts
import { SLOW_CALLS } from './scripts/slow-calls.mjs'

type Prepare = () => Promise<(signal: AbortSignal) => Promise<unknown>>

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an AbortSignal', () => {
  it.each(['fit', 'topK', 'kernelRidge', 'recommendMany', 'evaluate', 'embed'])('stops %s soon', async (kind) => {
    const start = await (SLOW_CALLS as Record<string, Prepare>)[kind]!()
    const controller = new AbortController()
    const outcome = start(controller.signal).then(
      () => 'finished',
      (error) => error,
    )
    await pause(200)
    const begun = performance.now()
    controller.abort('enough')
    expect(await outcome).toMatchObject({ name: 'AbortError', code: 'ERR_ABORTED', cause: 'enough' })
    expect(performance.now() - begun).toBeLessThan(3000)
  })

  it('leaves a fitted model as it was', async () => {
    const model: AlternatingLeastSquares = slowAls()
    const quick = new AlternatingLeastSquares({ factors: 1024, iterations: 1, cgSteps: 1 })
    const small = makeLog({ users: 20, items: 30 })
    await quick.fit(small)
    const lists = (): Promise<Recommendation[][]> => quick.recommendMany(quick.users)
    const before = await lists()
    await expect(quick.fit(makeLog(), { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(await lists()).toEqual(before)
    await expect(model.fit(makeLog(), { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'AbortError',
    })
    await expect(model.recommend(1)).rejects.toMatchObject({ code: 'ERR_NOT_FITTED' })
  })
})

describe('load', () => {
  it('many questions during a fit are answered, and rightly', async () => {
    const { code, output } = await runScript('many-callers')
    expect(code, output).toBe(0)
    expect(JSON.parse(output)).toEqual({ answered: 4000, wrong: 0, before: 4000 })
  })

  it.each([1, 16, 40])('a short call does not wait for %i long ones', async (long) => {
    const { code, output } = await runScript('short-call', [long])
    expect(code, output).toBe(0)
    expect(JSON.parse(output)).toEqual({ product: [10, 14, 14, 20], settled: 0, ended: ['AbortError'] })
  })

  it.skipIf(process.platform !== 'linux')(
    'a large fit and many lists do not block the event loop',
    { retry: 2 },
    async () => {
      const { code, output } = await runScript('loop-delay')
      expect(code, output).toBe(0)
      const { fit, lists } = JSON.parse(output)
      expect(fit).toBeLessThan(40)
      expect(lists).toBeLessThan(40)
    },
  )

  it.skipIf(process.platform !== 'linux')(
    'training a text model and its checkpoints do not block the event loop',
    { retry: 2 },
    async () => {
      const { code, output } = await runScript('training-delay', [dir])
      expect(code, output).toBe(0)
      expect(JSON.parse(output).fit).toBeLessThan(20)
    },
  )

  it('memory does not grow with the number of calls, saves and loads', async () => {
    const { code, output } = await runScript('memory', [], ['--expose-gc'])
    expect(code, output).toBe(0)
    const { begun, ended } = JSON.parse(output)
    expect(ended - begun).toBeLessThan(60)
  })
})
