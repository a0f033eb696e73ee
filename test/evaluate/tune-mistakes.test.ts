import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  IdMap,
  Interactions,
  ItemKNN,
  int,
  KindredError,
  type ParamsOf,
  type RankingModel,
  type TrialContext,
  type TuneOptions,
  tune,
} from 'kindred'
import { describe, expect, it, vi } from 'vitest'
import { code, tasteLog } from '../support/logs.js'
import { dir } from '../support/table-files.js'

const { train, validation } = tasteLog({ users: 40, items: 20 }).split({ by: 'random', validation: 0.2, seed: 1 })
const space = { neighbors: int(1, 15) }
type Params = ParamsOf<typeof space>
const knn = ({ neighbors }: Params) => new ItemKNN({ neighbors }).fit(train)

/** The error of a search, and how many trials it took. */
async function failureOf(
  fit: (params: Params, context: TrialContext) => RankingModel | number | Promise<RankingModel | number>,
  options: TuneOptions<Params>,
): Promise<{ code: string; message: string; fits: number }> {
  const calls = vi.fn(fit)
  const error = await tune(space, calls, { train, validation, trials: 6, ...options }).then(
    () => undefined,
    (failure) => failure,
  )
  expect(error).toBeInstanceOf(KindredError)
  return { code: error.code, message: error.message, fits: calls.mock.calls.length }
}

/** Scores every item alike. */
class Indifferent implements RankingModel {
  readonly users = IdMap.from(train.users)
  readonly items = IdMap.from(train.items)
  constructor(readonly itemScore: number) {}
  async score() {
    return new Array<number>(this.items.size).fill(this.itemScore)
  }
  seenItems() {
    return []
  }
}

describe('a mistake in the call ends the search', () => {
  it('before the first trial, where it can be seen in the options', async () => {
    const negative = Interactions.from([...validation].map((row) => ({ ...row, weight: -1 })))
    const none = validation.filter(() => false)
    const wrong: [TuneOptions<Params>, string, RegExp][] = [
      [{ validation: none }, 'ERR_DATA', /^validation: expected a log with rows/],
      [{ train: none }, 'ERR_DATA', /^train: expected a log with rows/],
      [{ evaluation: { exclude: 'x' as never } }, 'ERR_VALUE', /^exclude: .*'seen'/],
      [{ evaluation: { unrankable: 'skip' as never } }, 'ERR_VALUE', /^unrankable/],
      [{ evaluation: { unknown: 'skip' as never } }, 'ERR_VALUE', /^unknown/],
      [{ evaluation: { gain: 'square' as never } }, 'ERR_VALUE', /^gain/],
      [{ evaluation: { candidates: [] } }, 'ERR_VALUE', /^candidates/],
      [{ evaluation: { candidates: 'abc' as never } }, 'ERR_VALUE', /^candidates/],
      [{ evaluation: { k: 3 } as never }, 'ERR_VALUE', /unknown option "k"/],
      [{ evaluation: { gain: 'linear' }, validation: negative }, 'ERR_DATA', /weights of at least 0/],
    ]
    for (const [options, expected, message] of wrong)
      expect(await failureOf(knn, options), String(message)).toEqual({
        code: expected,
        message: expect.stringMatching(message),
        fits: 0,
      })
  })

  it('at the first trial, where only scoring shows it', async () => {
    const unknown = { evaluation: { candidates: ['nope'] } }
    expect(await failureOf(knn, unknown)).toMatchObject({ code: 'ERR_UNKNOWN_ID', fits: 1 })
    const scored = async (params: Params, { score }: TrialContext) => score(await knn(params))
    expect(await failureOf(scored, unknown)).toMatchObject({ code: 'ERR_UNKNOWN_ID', fits: 1 })
    expect(await failureOf(() => new ItemKNN(), {})).toMatchObject({ code: 'ERR_NOT_FITTED', fits: 1 })
    expect(await failureOf(() => ({}) as never, {})).toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/expected a model/),
      fits: 1,
    })
    const { best } = await tune(space, knn, {
      train,
      validation,
      trials: 1,
      evaluation: { candidates: ['nope', ...train.items], unknown: 'ignore' },
    })
    expect(best.value).toBeGreaterThan(0)
  })

  it('and what fit throws, or a model that cannot be scored, does not', async () => {
    const own = new KindredError('ERR_UNKNOWN_ID', 'of the fit')
    const fit = (params: Params, { trial }: TrialContext) => {
      if (trial === 1) throw own
      return trial === 2 ? new Indifferent(Number.NaN) : trial === 3 ? new Indifferent(0) : knn(params)
    }
    const { trials } = await tune(space, fit, { train, validation, trials: 5 })
    expect(trials.map(({ state, error }) => [state, error?.code])).toEqual([
      ['complete', undefined],
      ['failed', 'ERR_UNKNOWN_ID'],
      ['failed', 'ERR_VALUE'],
      ['complete', undefined],
      ['complete', undefined],
    ])
  })
})

describe('a plot that cannot be written', () => {
  it('is found out before the first trial, and before a study is begun', async () => {
    const file = join(dir, 'tune-mistakes-file')
    writeFileSync(file, 'x')
    const folder = join(dir, 'tune-mistakes.svg')
    mkdirSync(folder)
    const study = join(dir, 'tune-mistakes.jsonl')
    for (const plot of [join(dir, 'no', 'such', 'x.svg'), join(file, 'x.html'), folder]) {
      const failure = await failureOf(knn, { plot, study })
      expect(failure, plot).toEqual({ code: 'ERR_IO', message: expect.stringContaining('plot: '), fits: 0 })
      expect(existsSync(study)).toBe(false)
    }
    expect(readFileSync(file, 'utf8')).toBe('x')
  })

  it('is not what one in the current folder is', async () => {
    await expect(tune(space, () => 1, { trials: 0, plot: 'x.svg' })).rejects.toThrow(code('ERR_VALUE'))
    const plot = join(dir, 'tune-mistakes-plot.svg')
    for (let n = 0; n < 2; n++) await tune(space, () => n, { trials: 1, plot })
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg/)
  })
})

it('scores are to be low where low ones are good', async () => {
  const directions = {
    'gini@5': 'minimize',
    'popularityPercentile@10': 'minimize',
    rmse: 'minimize',
    mae: 'minimize',
    'coverage@5': 'maximize',
    'novelty@5': 'maximize',
    'ndcg@10': 'maximize',
    ginious: 'maximize',
  }
  for (const [by, expected] of Object.entries(directions)) {
    const { direction, best } = await tune(space, (_, { trial }) => trial, { by, trials: 3 })
    expect(direction, by).toBe(expected)
    expect(best.value).toBe(expected === 'minimize' ? 0 : 2)
  }
  const gini = await tune(space, knn, { by: 'gini@5', train, validation, trials: 4 })
  expect(gini.best.value).toBe(Math.min(...gini.trials.map(({ value }) => value!)))
  const asked = await tune(space, (_, { trial }) => trial, { by: 'gini@5', trials: 3, direction: 'maximize' })
  expect(asked.best.value).toBe(2)
})
