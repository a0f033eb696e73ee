import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  choice,
  type Id,
  Interactions,
  ItemKNN,
  int,
  logUniform,
  type RankingModel,
  type TrialContext,
  type TuneOptions,
  tune,
  uniform,
} from 'kindred'
import { describe, expect, it, vi } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { fingerprintOfIds, fingerprintOfLog } from '#lib/evaluate/tune/fingerprint.js'
import { anyLog, code, tasteLog } from '../support/logs.js'
import { dir } from '../support/table-files.js'

let files = 0
const newPath = () => join(dir, `tune-study-${files++}.jsonl`)

/** The same rows in another order. */
function shuffled(log: Interactions, seed: number): Interactions {
  const rows = [...log]
  const order = createRandom(seed).shuffle(Int32Array.from(rows.keys()))
  return Interactions.from(Array.from(order, (row) => rows[row]!))
}

describe('a value that the space does not have', () => {
  const space = { x: uniform(-1, 1), rate: logUniform(0.01, 1), n: int(1, 9), kind: choice(['a', 'b']) }
  const fit = ({ x, n }: { x: number; n: number }) => x * n

  it('in a study is refused, by its line', async () => {
    const study = newPath()
    await tune(space, fit, { trials: 12, study })
    const text = readFileSync(study, 'utf8')
    const lines = text.split('\n')
    const changed: [string, unknown][] = [
      ['x', 55],
      ['x', -1.0001],
      ['x', '0.5'],
      ['x', null],
      ['x', undefined],
      ['rate', 0],
      ['rate', 1.5],
      ['n', 2.5],
      ['n', 0],
      ['n', 10],
      ['kind', 'c'],
      ['kind', undefined],
    ]
    for (const [name, value] of changed) {
      const trial = JSON.parse(lines[3]!)
      trial.params[name] = value
      const content = lines.toSpliced(3, 1, JSON.stringify(trial)).join('\n')
      writeFileSync(study, content)
      const again = tune(space, fit, { trials: 14, study })
      await expect(again, `${name} ${value}`).rejects.toThrow(code('ERR_DATA'))
      await expect(again).rejects.toThrow(/line 4 is not trial 2 of this study, with a value of the space/)
      expect(readFileSync(study, 'utf8')).toBe(content)
    }
    writeFileSync(study, text)
    expect((await tune(space, fit, { trials: 14, study })).trials).toHaveLength(14)
  })

  it('is drawn from no range, however wide', async () => {
    for (const [low, high] of [
      [-1e308, 1e308],
      [-Number.MAX_VALUE, 1e300],
    ] as const)
      expect(() => uniform(low, high)).toThrow(/finite high - low/)
    expect(() => uniform(-1e308, 1e308)).toThrow(code('ERR_VALUE'))
    for (const [low, high] of [
      [-8e307, 8e307],
      [1e308, Number.MAX_VALUE],
      [0, Number.MIN_VALUE],
      [1, 1 + Number.EPSILON],
    ] as const) {
      const { trials } = await tune({ x: uniform(low, high) }, ({ x }) => x / 1e300, { trials: 14, startup: 3 })
      for (const { params } of trials) expect(params.x >= low && params.x <= high).toBe(true)
    }
  })
})

describe('a study of models', () => {
  const { train, validation } = tasteLog({ users: 40, items: 20 }).split({ by: 'random', validation: 0.2, seed: 1 })
  const space = { neighbors: int(1, 15) }
  const fit = ({ neighbors }: { neighbors: number }, { train }: TrialContext) => new ItemKNN({ neighbors }).fit(train)
  const own: TuneOptions<{ neighbors: number }> = { train, validation, by: 'recall@5', trials: 3 }

  it('goes on only with the logs and the evaluation that it began with', async () => {
    const study = newPath()
    const evaluation = { candidates: [...train.items].slice(0, 12) }
    const first = await tune(space, fit, { ...own, study, evaluation })
    const text = readFileSync(study, 'utf8')
    const others: [string, TuneOptions<{ neighbors: number }>][] = [
      ['exclude', { evaluation: { ...evaluation, exclude: 'none' } }],
      ['candidates', { evaluation: {} }],
      ['candidates', { evaluation: { candidates: [...train.items].slice(1, 13) } }],
      ['unknown', { evaluation: { ...evaluation, unknown: 'ignore' } }],
      ['unrankable', { evaluation: { ...evaluation, unrankable: 'ignore' } }],
      ['gain', { evaluation: { ...evaluation, gain: 'linear' } }],
      ['validation', { validation: validation.filter(({ user }) => user !== 3) }],
      ['train', { train: train.filter(({ user }) => user !== 3) }],
      ['train', { train: validation }],
    ]
    for (const [name, other] of others) {
      const calls = vi.fn(fit)
      const again = tune(space, calls, { ...own, study, evaluation, trials: 5, ...other })
      await expect(again, name).rejects.toThrow(new RegExp(`made with another ${name}: `))
      await expect(again).rejects.toThrow(code('ERR_VALUE'))
      expect(calls).not.toHaveBeenCalled()
      expect(readFileSync(study, 'utf8')).toBe(text)
    }
    const same = { train: shuffled(train, 1), validation: shuffled(validation, 2) }
    const reordered = { exclude: 'seen', candidates: new Set(evaluation.candidates.toReversed()) } as const
    const calls = vi.fn(fit)
    const second = await tune(space, calls, { ...own, ...same, study, evaluation: reordered, trials: 5 })
    expect(second.trials.slice(0, 3)).toEqual(first.trials)
    expect(calls).toHaveBeenCalledTimes(2)
  })

  it('takes candidates from an iterable that can be read once', async () => {
    const candidates = [...train.items].slice(0, 12)
    const values = async (from: Iterable<Id> & object) =>
      (await tune(space, fit, { ...own, evaluation: { candidates: from } })).trials.map(({ value }) => value)
    expect(await values(candidates.values())).toEqual(await values(candidates))
  })

  it('may have scores by graded NDCG', async () => {
    const graded = validation.transform({ weight: 'binary' })
    const weighted = Interactions.from([...graded].map((row, n) => ({ ...row, weight: 1 + (n % 5) })))
    const model: RankingModel = await new ItemKNN().fit(train)
    const value = async (gain?: 'binary' | 'exponential') =>
      (await tune(space, () => model, { validation: weighted, trials: 1, evaluation: { gain } })).best.value
    expect(await value('binary')).toBe(await value())
    expect(await value('exponential')).not.toBe(await value())
  })
})

describe('the fingerprint of a log', () => {
  it('does not depend on the order of rows, and does on each of their values', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(), async (log, seed) => {
        const rows = [...log]
        const own = await fingerprintOfLog(log)
        expect(await fingerprintOfLog(shuffled(log, seed))).toBe(own)
        const at = seed % rows.length
        const changes = [
          { user: 'another' },
          { user: typeof rows[at]!.user === 'number' ? `${rows[at]!.user} ` : 99 },
          { item: 'another' },
          { weight: rows[at]!.weight + 0.25 },
          { time: (rows[at]!.time ?? 0) + 1 },
          { time: undefined },
        ]
        for (const change of changes) {
          const other = Interactions.from(rows.toSpliced(at, 1, { ...rows[at]!, ...change }))
          expect(await fingerprintOfLog(other)).not.toBe(own)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('tells numbers from their digits, and users from items', async () => {
    const of = (user: Id, item: Id) => fingerprintOfLog(Interactions.from([{ user, item }]))
    const all = await Promise.all([
      of(1, 2),
      of('1', 2),
      of(1, '2'),
      of(2, 1),
      of(1, 2 + 2 ** 32),
      of(-1, 2),
      of('', ''),
    ])
    expect(new Set(all).size).toBe(all.length)
    expect(await of(1, 2)).toMatch(/^1 rows, 1 users, 1 items, [0-9a-f]{16}$/)
  })

  it('has no collision among many', async () => {
    const prints = new Set<string>()
    for (let n = 0; n < 20_000; n++) prints.add(fingerprintOfIds([n, n + 1]))
    expect(prints.size).toBe(20_000)
    expect(fingerprintOfIds([1, 'a', 1])).toBe(fingerprintOfIds(['a', 1]))
  })

  it('stops when it is aborted', async () => {
    await expect(fingerprintOfLog(tasteLog(), AbortSignal.abort())).rejects.toThrow(code('ERR_ABORTED'))
  })
})
