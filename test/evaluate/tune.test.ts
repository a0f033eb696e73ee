import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  choice,
  evaluate,
  ItemKNN,
  int,
  KindredError,
  logUniform,
  type ParamsOf,
  type Trial,
  type TrialContext,
  type TuneOptions,
  tune,
  uniform,
} from 'kindred'
import { describe, expect, it, vi } from 'vitest'
import { code, tasteLog } from '../support/logs.js'
import { dir } from '../support/table-files.js'

const space = {
  rate: logUniform(1e-5, 1),
  part: uniform(0, 1),
  factors: int(1, 300, { log: true }),
  depth: int(-3, 8),
  kind: choice(['a', 'b', 'c', 4, true, null]),
}
type Params = ParamsOf<typeof space>

/** Greatest at rate 0.01, part 0.3, 40 factors, depth 2, kind 'b'. */
const goodness = ({ rate, part, factors, depth, kind }: Params) =>
  -(Math.log10(rate / 0.01) ** 2) -
  8 * (part - 0.3) ** 2 -
  Math.log(factors / 40) ** 2 -
  0.1 * (depth - 2) ** 2 -
  (kind === 'b' ? 0 : 1)

/** Trials without what differs from run to run. */
const plain = <P>(trials: readonly Trial<P>[]) => trials.map(({ seconds, ...trial }) => trial)
let files = 0
const newPath = (extension = 'jsonl') => join(dir, `tune-${files++}.${extension}`)
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const options = (more: TuneOptions<Params> = {}): TuneOptions<Params> => ({ by: 'goodness', trials: 30, ...more })

describe('the search', () => {
  it('by TPE finds better parameters than one at random, in the median over seeds', async () => {
    const best = async (search: 'tpe' | 'random', direction: 'maximize' | 'minimize') => {
      const sign = direction === 'maximize' ? 1 : -1
      const found: number[] = []
      for (let seed = 0; seed < 21; seed++) {
        const result = await tune(
          space,
          (params) => sign * goodness(params),
          options({ trials: 60, search, seed, direction }),
        )
        found.push(sign * result.best.value!)
      }
      return median(found)
    }
    const random = await best('random', 'maximize')
    expect(await best('tpe', 'maximize')).toBeGreaterThan(random / 2)
    expect(await best('tpe', 'minimize')).toBeGreaterThan(random / 2)
  })

  it('stays within the space, is the same for a seed and another for another', async () => {
    const anySpace = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,4}$/),
      fc.oneof(
        fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(40)).map(([low, more]) => int(low, low + more + 1)),
        fc
          .tuple(fc.integer({ min: 1, max: 50 }), fc.nat(400))
          .map(([low, more]) => int(low, low + more + 1, { log: true })),
        fc
          .tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: 0.01, max: 9, noNaN: true }))
          .map(([low, more]) => uniform(low, low + more)),
        fc.double({ min: 1e-6, max: 9, noNaN: true }).map((low) => logUniform(low, low * 1000)),
        fc
          .uniqueArray(fc.oneof(fc.nat(9), fc.constantFrom('a', 'b', true, null)), { minLength: 1, maxLength: 5 })
          .map((values) => choice(values)),
      ),
      { minKeys: 1, maxKeys: 4 },
    )
    const size = (value: unknown) => (typeof value === 'number' ? Math.abs(value) : String(value).length)
    await fc.assert(
      fc.asyncProperty(anySpace, fc.nat(), async (any, seed) => {
        const score = (params: object) => Object.values(params).reduce((sum: number, value) => sum + size(value), 0)
        const { trials } = await tune(any, score, { trials: 25, startup: 5, seed })
        for (const { params } of trials)
          for (const [name, parameter] of Object.entries(any)) {
            const value = params[name] as number
            if (parameter.kind === 'choice') expect(parameter.values).toContain(value)
            else expect(value >= parameter.low && value <= parameter.high).toBe(true)
            if (parameter.kind === 'int') expect(Number.isInteger(value)).toBe(true)
          }
        expect(plain((await tune(any, score, { trials: 25, startup: 5, seed })).trials)).toEqual(plain(trials))
      }),
      { numRuns: 60 },
    )
    const first = async (seed: number) => (await tune(space, goodness, options({ trials: 1, seed }))).best.params
    expect(await first(1)).not.toEqual(await first(2))
    expect(await first(0)).toEqual(await first(0))
  })

  it('covers an int and a choice evenly before it has learned', async () => {
    const counts = new Map<unknown, number>()
    const even = { n: int(1, 4), c: choice(['x', 'y']) }
    const { trials } = await tune(even, () => 0, { search: 'random', trials: 4000, by: 'none' })
    for (const { params } of trials)
      for (const value of [params.n, params.c]) counts.set(value, (counts.get(value) ?? 0) + 1)
    for (const n of [1, 2, 3, 4]) expect(Math.abs(counts.get(n)! - 1000)).toBeLessThan(150)
    for (const c of ['x', 'y']) expect(Math.abs(counts.get(c)! - 2000)).toBeLessThan(170)
  })

  it('stops after so many trials without a better one', async () => {
    const scores = [1, 3, 2, 3, 2, 1, 9]
    const run = (patience?: number) => tune(space, (_, { trial }) => scores[trial]!, options({ trials: 7, patience }))
    expect((await run(4)).trials).toHaveLength(6)
    expect((await run(5)).best.value).toBe(9)
    expect((await run()).trials).toHaveLength(7)
    expect((await run(1)).trials).toHaveLength(3)
  })

  it('tells its progress, and lets errors of the listener through', async () => {
    const seen: unknown[] = []
    const result = await tune(space, goodness, options({ trials: 3, onProgress: (progress) => seen.push(progress) }))
    expect(seen).toHaveLength(3)
    expect(seen[2]).toEqual({ done: 3, total: 3, trial: result.trials[2], best: result.best })
    const mine = new Error('mine')
    const onProgress = () => {
      throw mine
    }
    await expect(tune(space, goodness, options({ onProgress }))).rejects.toThrow(mine)
  })
})

describe('models', () => {
  const log = tasteLog({ users: 80, items: 40, perUser: 10 })
  const { train, validation } = log.split({ by: 'random', fraction: 0.2, validation: 0.2, seed: 1 })

  it('are scored as evaluate does', async () => {
    const { best, trials } = await tune(
      { factors: choice([2, 8]), alpha: logUniform(0.1, 10) },
      ({ factors, alpha }, { train, signal }) =>
        new AlternatingLeastSquares({ factors, alpha, seed: 1 }).fit(train, { signal }),
      { by: 'recall@5', train, validation, trials: 4, evaluation: { exclude: 'none' } },
    )
    for (const { params, value } of trials) {
      const model = await new AlternatingLeastSquares({ ...params, seed: 1 }).fit(train)
      expect(value).toBe((await evaluate(model, validation, { k: 5, exclude: 'none' }))['recall@5']!.value)
    }
    expect(best.value).toBe(Math.max(...trials.map(({ value }) => value!)))
    const byAuc = await tune({ neighbors: int(1, 9) }, ({ neighbors }) => new ItemKNN({ neighbors }).fit(train), {
      by: 'auc',
      validation,
      trials: 1,
    })
    expect(byAuc.best.value).toBeGreaterThan(0.5)
  })

  it('need a validation log, a metric that there is, and to be models', async () => {
    const fit = () => new ItemKNN().fit(train)
    const one = { neighbors: int(1, 9) }
    await expect(tune(one, fit, { train })).rejects.toThrow(/option validation/)
    await expect(tune(one, (_, { train }) => train.size, {})).rejects.toThrow(/option train/)
    await expect(tune(one, fit, { validation, by: 'ndgc@10' })).rejects.toThrow(/'?ndcg@10.*"ndgc@10"/)
    for (const result of [undefined, 'good', {}])
      await expect(tune(one, () => result as never, { validation, onError: 'stop' })).rejects.toThrow(code('ERR_VALUE'))
  })
})

describe('pruning', () => {
  /** A trial of trial number n reaches step s with the score n % 7 + s. */
  const staged = async ({ trial }: TrialContext, report: TrialContext['report']) => {
    for (let step = 1; step <= 4; step++) report((trial % 7) + step)
    return trial % 7
  }

  it('stops a trial below the median of the complete ones at its step', async () => {
    const { trials, best } = await tune(space, (_, context) => staged(context, context.report), options({ trials: 40 }))
    const complete: number[] = []
    for (const { trial, state, steps, value } of trials) {
      const score = trial % 7
      const middle = complete.toSorted((a, b) => a - b)
      const half = middle.length / 2
      const median = (middle[Math.ceil(half) - 1]! + middle[Math.floor(half)]!) / 2
      const isPruned = complete.length >= 5 && score < median
      expect([state, steps.length, value]).toEqual(isPruned ? ['pruned', 1, null] : ['complete', 4, score])
      if (!isPruned) complete.push(score)
    }
    expect(trials.filter(({ state }) => state === 'pruned').length).toBeGreaterThan(10)
    expect(best.value).toBe(6)
  })

  it('can begin later, or never', async () => {
    const run = (pruning: TuneOptions<Params>['pruning']) =>
      tune(space, (_, context) => staged(context, context.report), options({ trials: 20, pruning }))
    const states = async (pruning: TuneOptions<Params>['pruning']) =>
      (await run(pruning)).trials.map(({ state, steps }) => `${state} ${steps.length}`)
    expect(new Set(await states('none'))).toEqual(new Set(['complete 4']))
    expect(new Set(await states({ steps: 3 }))).toEqual(new Set(['complete 4', 'pruned 3']))
    expect((await states({ trials: 20 })).every((state) => state === 'complete 4')).toBe(true)
  })

  it('aborts what the trial has under way, and holds though fit takes no notice', async () => {
    const reasons: unknown[] = []
    const { trials } = await tune(
      space,
      async (_, { trial, report, signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason))
        try {
          report(-trial)
        } catch {}
        return 1000
      },
      options({ trials: 8, pruning: { trials: 2 } }),
    )
    expect(trials.map(({ state }) => state)).toEqual(['complete', 'complete', ...new Array(6).fill('pruned')])
    expect(reasons).toHaveLength(6)
  })

  it('takes steps that grow, and finite scores', async () => {
    const failed = async (work: (report: TrialContext['report']) => void) => {
      const { trials } = await tune(
        space,
        (_, { trial, report }) => {
          if (trial > 0) work(report)
          return 1
        },
        options({ trials: 2 }),
      )
      return trials[1]!.error?.message
    }
    expect(await failed((report) => [report(1, 3), report(1, 3)])).toMatch(/step: .* at least 4/)
    expect(await failed((report) => report(Number.NaN))).toMatch(/finite/)
    expect(await failed((report) => report(1, 0.5))).toMatch(/step/)
    expect(await failed((report) => [report(1, 0), report(1, 5), report(1)])).toBeUndefined()
  })
})

describe('a trial that fails', () => {
  const fit = (params: Params, { trial }: TrialContext) => {
    if (trial === 1) throw new KindredError('ERR_TOO_LARGE', 'too large')
    if (trial === 2) throw new TypeError('no')
    if (trial === 3) return Promise.reject('text')
    if (trial === 4) return Number.NaN
    return goodness(params)
  }

  it('is recorded, and the search goes on', async () => {
    const result = await tune(space, fit, options())
    expect(result.trials).toHaveLength(30)
    expect(result.trials.slice(0, 6).map(({ state, value, error }) => [state, value === null, error?.code])).toEqual([
      ['complete', false, undefined],
      ['failed', true, 'ERR_TOO_LARGE'],
      ['failed', true, 'TypeError'],
      ['failed', true, 'Error'],
      ['failed', true, 'ERR_VALUE'],
      ['complete', false, undefined],
    ])
    expect(result.table()).toContain('failed: ERR_TOO_LARGE')
  })

  it('ends the search on request', async () => {
    const study = newPath()
    await expect(tune(space, fit, options({ onError: 'stop', study }))).rejects.toThrow(code('ERR_TOO_LARGE'))
    expect(readFileSync(study, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  it('is an error if all do', async () => {
    const fails = () => {
      throw new Error('mine')
    }
    await expect(tune(space, fails, options({ trials: 3 }))).rejects.toThrow(/none of the 3 trials.*mine/)
  })
})

describe('a study', () => {
  const fit = (params: Params, { trial, report }: TrialContext) => {
    if (trial % 5 === 3) throw new Error('one of five')
    report(goodness(params) - 1)
    return goodness(params)
  }
  const whole = tune(space, fit, options())

  it('goes on where it stopped, to the trials of one that was never interrupted', async () => {
    const expected = plain((await whole).trials)
    for (const stop of [1, 3, 12, 29, 30]) {
      const study = newPath()
      const controller = new AbortController()
      const onProgress = ({ done }: { done: number }) => done === stop && controller.abort()
      const first = tune(space, fit, options({ study, signal: controller.signal, onProgress }))
      if (stop < 30) await expect(first).rejects.toThrow(code('ERR_ABORTED'))
      else await first
      const calls = vi.fn(fit)
      const second = await tune(space, calls, options({ study }))
      expect(plain(second.trials)).toEqual(expected)
      expect(second.best.value).toBe((await whole).best.value)
      expect(calls).toHaveBeenCalledTimes(30 - stop)
      expect(plain((await tune(space, fit, options({ study, trials: 7 }))).trials)).toEqual(expected.slice(0, 7))
      expect(plain((await tune(space, fit, options({ study, trials: 35 }))).trials).slice(0, 30)).toEqual(expected)
    }
  })

  it('drops a last line that was cut short, with a warning, wherever it was cut', async () => {
    const study = newPath()
    await tune(space, fit, options({ trials: 4, study }))
    const text = readFileSync(study, 'utf8')
    const last = text.trimEnd().lastIndexOf('\n') + 1
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      const cuts = [last + 1, last + 30, text.length - 2, text.length - 1]
      for (const content of [
        ...cuts.map((at) => text.slice(0, at)),
        `${text.slice(0, last)}${'\0'.repeat(40)}\n`,
        `${text.slice(0, last)}{"trial"\n`,
      ]) {
        writeFileSync(study, content)
        warn.mockClear()
        const result = await tune(space, fit, options({ trials: 4, study }))
        expect(plain(result.trials)).toEqual(plain((await whole).trials).slice(0, 4))
        expect(warn).toHaveBeenCalledWith(
          expect.stringMatching(/trial 3 runs again/),
          expect.objectContaining({ code: 'KINDRED_STUDY' }),
        )
        expect(readFileSync(study, 'utf8').split('\n').slice(0, 4)).toEqual(text.split('\n').slice(0, 4))
      }
      warn.mockClear()
      await tune(space, fit, options({ trials: 4, study }))
      expect(warn).not.toHaveBeenCalled()
    } finally {
      warn.mockRestore()
    }
  })

  it('is refused where it is damaged, another one, or none, and is left as it is', async () => {
    const study = newPath()
    await tune(space, fit, options({ trials: 4, study }))
    const text = readFileSync(study, 'utf8')
    const lines = text.split('\n')
    const put = (n: number, line: string) => lines.toSpliced(n, 1, line).join('\n')
    const damaged: [string, RegExp][] = [
      [put(2, '{"trial"'), /line 3 is not trial 1/],
      [put(2, lines[3]!), /line 3 is not trial 1/],
      [put(3, lines[3]!.replace('"complete"', '"perfect"')), /line 4/],
      ['user,item\n1,2\n', /expected a study/],
      ['', /expected a study/],
      [put(0, lines[0]!.replace('"version":1', '"version":2')), /version 2/],
    ]
    for (const [content, message] of damaged) {
      writeFileSync(study, content)
      await expect(tune(space, fit, options({ trials: 4, study }))).rejects.toThrow(code('ERR_DATA'))
      await expect(tune(space, fit, options({ trials: 4, study }))).rejects.toThrow(message)
      expect(readFileSync(study, 'utf8')).toBe(content)
    }
    writeFileSync(study, text)
    const others: TuneOptions<Params>[] = [
      { seed: 1 },
      { by: 'other' },
      { direction: 'minimize' },
      { search: 'random' },
      { startup: 3 },
      { pruning: 'none' },
    ]
    for (const other of others)
      await expect(tune(space, fit, options({ study, ...other }))).rejects.toThrow(
        new RegExp(`another ${Object.keys(other)[0]}`),
      )
    await expect(tune({ ...space, part: uniform(0, 2) }, fit, options({ study }))).rejects.toThrow(/another space/)
    expect(readFileSync(study, 'utf8')).toBe(text)
    await expect(tune(space, fit, options({ study: join(dir, 'no', 'such.jsonl') }))).rejects.toThrow(code('ERR_IO'))
    await expect(tune(space, fit, options({ study: dir }))).rejects.toThrow(code('ERR_IO'))
  })

  it('is not written by two at once', async () => {
    const study = newPath()
    const both = await Promise.allSettled(
      [1, 2].map(() => tune(space, async (params) => goodness(params), options({ study }))),
    )
    expect(both.filter(({ status }) => status === 'rejected')).not.toHaveLength(0)
    for (const one of both) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ERR_IO' })
  })
})

describe('the result', () => {
  it('prints a table, best first, and a drawing that is well-formed, whatever the names', async () => {
    const odd = {
      'a<b & "c"': uniform(-1, 1),
      '\u0001': choice(['<x>', 'a long name of a category', false]),
      n: int(5, 6),
      rate: logUniform(1e-6, 1),
    }
    const plot = newPath('html')
    const result = await tune(
      odd,
      ({ n, rate }, { trial, report }) => {
        if (trial === 2) throw new Error('<&>')
        report(rate)
        return n + rate
      },
      { by: 'a & b', trials: 30, plot },
    )
    const rows = result.table().split('\n')
    expect(rows).toHaveLength(31)
    expect(rows[0]).toMatch(/^trial {2}state .*a & b .*rate$/)
    expect(rows[1]!.trim().split(/ +/)[0]).toBe(String(result.best.trial))
    expect(rows.at(-1)).toMatch(/^ +2 {2}failed: Error/)
    const svg = result.svg()
    expect(readFileSync(plot, 'utf8')).toContain(svg)
    expect(readFileSync(plot, 'utf8')).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
    expect(svg.match(/<circle class="(?:complete|first|pruned)"|<path class="failed"/g)).toHaveLength(30 * 5)
    expect(svg.match(/class="first"/g)).toHaveLength(5)
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    const file = newPath('svg')
    await result.savePlot(file)
    expect(readFileSync(file, 'utf8')).toBe(`${svg}\n`)
    await expect(result.savePlot('plot.png')).rejects.toThrow(code('ERR_VALUE'))
    await expect(result.savePlot(join(dir, 'no', 'such.svg'))).rejects.toThrow(code('ERR_IO'))
  })

  it('draws one trial, and equal scores', async () => {
    for (const [trials, score] of [
      [1, 0],
      [1, -5],
      [4, 1e-12],
    ] as const) {
      const svg = (await tune(space, () => score, options({ trials }))).svg()
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
      expect(isWellFormed(svg)).toBe(true)
    }
  })

  /** Every tag is closed by its like, and text holds no markup. */
  function isWellFormed(xml: string): boolean {
    const open: string[] = []
    const rest = xml.replace(/<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>/g, (_, end, name, _attributes, empty) => {
      if (end) expect(open.pop()).toBe(name)
      else if (!empty) open.push(name)
      return ''
    })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
    return open.length === 0 && !/[<>\u0000-\u0008]|&(?!amp;|lt;|gt;|quot;)/.test(rest)
  }
})

it('refuses what it cannot do', async () => {
  const bounds: (() => unknown)[] = [
    () => uniform(1, 1),
    () => uniform(Number.NaN, 1),
    () => uniform(2, 1),
    () => logUniform(0, 1),
    () => logUniform(-1, 1),
    () => int(0.5, 3),
    () => int(0, 3, { log: true }),
    () => int(0, 3, { step: 2 } as never),
    () => int(0, 3, { log: 1 } as never),
    () => choice([]),
    () => choice(['a', 'a']),
    () => choice([{} as never]),
    () => choice([Number.NaN]),
    () => choice('abc' as never),
  ]
  for (const make of bounds) expect(make, String(make)).toThrow(code('ERR_VALUE'))
  const spaces: unknown[] = [undefined, null, {}, { n: 3 }, { n: null }, { n: { kind: 'normal' } }]
  for (const one of spaces) await expect(tune(one as never, () => 1)).rejects.toThrow(/space/)
  await expect(tune(space, undefined as never)).rejects.toThrow(/fit/)
  const refused: object[] = [
    { trials: 0 },
    { seed: -1 },
    { seed: 0.5 },
    { search: 'grid' },
    { startup: 0 },
    { patience: 0 },
    { direction: 'up' },
    { by: '' },
    { by: 'ndcg@0' },
    { pruning: 'median' },
    { pruning: { trials: 0 } },
    { pruning: { step: 1 } },
    { onError: 'ignore' },
    { study: '' },
    { plot: 'a.png' },
    { train: [] },
    { validation: [] },
    { evaluation: { k: 3 } },
    { onProgress: 3 },
    { signal: 3 },
    { trial: 3 },
  ]
  for (const one of refused)
    await expect(tune(space, goodness, one as never), JSON.stringify(one)).rejects.toThrow(code('ERR_VALUE'))
  await expect(tune(space, goodness, { signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_ABORTED'))
})
