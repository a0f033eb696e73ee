import { cpSync, readFileSync } from 'node:fs'
import { compare, evaluate, evaluateFoldIn, evaluateSampled, Interactions, loadModel, readNegatives } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadHeldOut } from '#lib/cli/held-out.js'
import { json, kindred, logCsv, trainArgs, workFolder } from './run.js'

const { dir, path, write } = workFolder()
const log = write('log.csv', logCsv())
const test = write(
  'test.csv',
  `who,what,much\n${Array.from({ length: 60 }, (_, n) => `${n},${n % 40},1`).join('\n')}\n`,
)
const ofTest = ['--test', test, '--user', 'who', '--item', 'what']
const [als, popular, random] = [path('als'), path('popular'), path('random')]
const last = ['--time', 'time', '--split', 'leave-last-out']

beforeAll(async () => {
  await json(trainArgs(log, als, '--factors', 4, ...last))
  await json(trainArgs(log, popular, '--algorithm', 'Popularity', ...last))
  await json(trainArgs(log, random, '--algorithm', 'EASE', '--split', 'random'))
})

/** As JSON has it. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

const readTest = () => Interactions.read(test, { user: 'who', item: 'what' })

describe('evaluate --test', () => {
  it('is evaluate on that log', async () => {
    const given = await json(['evaluate', '--model', random, ...ofTest, '--k', 5, '--exclude', 'none', '--seed', 3])
    const own = await evaluate(await loadModel(random), await readTest(), { k: 5, exclude: 'none', seed: 3 })
    expect(given).toEqual(plain({ split: { test }, report: own.report, metrics: own }))
    const ignoring = ['--unrankable', 'ignore', '--confidence', 0.5, '--resamples', 20]
    const left = await json(['evaluate', '--model', random, ...ofTest, '--k', 5, ...ignoring])
    const expected = { k: 5, unrankable: 'ignore', confidence: 0.5, resamples: 20 } as const
    expect(left.metrics).toEqual(plain(await evaluate(await loadModel(random), await readTest(), expected)))
  })

  it('reads ids as the type of the training log', async () => {
    const strings = write('strings.csv', logCsv({ id: (n) => (n === 0 ? '007' : String(n)) }))
    await json(trainArgs(strings, path('strings'), '--algorithm', 'Popularity'))
    const { report } = await json(['evaluate', '--model', path('strings'), ...ofTest, '--exclude', 'none'])
    expect(report).toMatchObject({ users: 60, unknownUsers: 0, unknownItems: 2 }) // 0 is "007" there
  })

  it('refuses a log of other users, and columns that are not there', async () => {
    const other = write('other.csv', 'who,what\nx,1\ny,2\n')
    const args = ['evaluate', '--model', als, '--test', other, '--user', 'who', '--item', 'what']
    expect(await kindred(args)).toMatchObject({ code: 1, stderr: expect.stringMatching(/no model knows any of its 2/) })
    write('other.csv', 'who,what\n')
    expect(await kindred(args)).toMatchObject({ code: 1, stderr: expect.stringMatching(/no interactions to evaluate/) })
    const missing = await kindred(['evaluate', '--model', als, '--test', test, '--user', 'user', '--item', 'what'])
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/"user".*ERR_COLUMN/s) })
  })
})

describe('evaluate of several models', () => {
  it('is compare, as JSON and as tables', async () => {
    const args = ['evaluate', '--model', als, popular, random, ...ofTest, '--k', 5, '--baseline', popular]
    const given = await json(args)
    const models = {
      [als]: await loadModel(als),
      [popular]: await loadModel(popular),
      [random]: await loadModel(random),
    }
    const own = await compare(models, await readTest(), { k: 5, baseline: popular })
    expect(given.baseline).toBe(popular)
    expect(given.differences).toEqual(plain(own.differences))
    for (const [name, metrics] of Object.entries(own.models)) {
      expect(given.models[name].metrics).toEqual(plain(metrics))
      expect(given.models[name].report).toEqual(plain(metrics.report))
    }
    const { code, stdout } = await kindred(args)
    expect(code).toBe(0)
    for (const part of [als, popular, random, 'ndcg@5', 'adjustedPValue', `${als} less ${popular}`])
      expect(stdout).toMatch(part)
  })

  it('tests the metrics that are named, by so many tosses', async () => {
    const args = ['evaluate', '--model', als, popular, ...ofTest, '--k', 5, '--metrics', 'ndcg@5, recall@5']
    const given = await json([...args, '--permutations', 100])
    const models = { [als]: await loadModel(als), [popular]: await loadModel(popular) }
    const own = await compare(models, await readTest(), { k: 5, metrics: ['ndcg@5', 'recall@5'], permutations: 100 })
    expect(given.differences).toEqual(plain(own.differences))
    expect(Object.keys(given.differences[popular])).toEqual(['ndcg@5', 'recall@5'])
  })

  it('compares on what both held out, and refuses where that is not the same', async () => {
    const { split, models } = await json(['evaluate', '--model', als, popular])
    expect(split).toEqual({ by: 'leave-last-out' })
    expect(models[als].report).toMatchObject({ users: 60 })
    expect(await kindred(['evaluate', '--model', als, random])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/other interactions were held out than those of .*--test.*ERR_DATA/s),
    })
  })
})

describe('evaluate of several models, by weight', () => {
  it('refuses other weights of the same pairs where --gain counts them', async () => {
    const split = ['--split', 'random', '--algorithm', 'Popularity']
    const [one, same, other] = [path('by-time'), path('by-time-too'), path('by-one')]
    const weighted = write('w.csv', logCsv().replace('time', 'w').replaceAll(/,0$/gm, ',1'))
    await json(trainArgs(weighted, one, '--weight', 'w', ...split))
    await json(trainArgs(weighted, same, '--weight', 'w', ...split))
    await json(trainArgs(weighted, other, ...split))
    const compared = (models: string[], gain: string) => ['evaluate', '--model', ...models, '--gain', gain]
    await json(compared([one, other], 'binary'))
    await json(compared([one, same], 'linear'))
    for (const models of [
      [one, other],
      [other, one],
    ])
      for (const gain of ['linear', 'exponential'])
        expect(await kindred(compared(models, gain))).toMatchObject({
          code: 1,
          stdout: '',
          stderr: expect.stringMatching(new RegExp(`other weights, which --gain ${gain} counts.*ERR_DATA`)),
        })
  })
})

describe('evaluate of folders whose names are integers', () => {
  it('takes the first as baseline, and keeps the order', async () => {
    for (const [name, from] of [
      ['10', als],
      ['2', popular],
    ] as const)
      cpSync(from, path(name), { recursive: true })
    const args = ['evaluate', '--model', '10', '2', '--k', '5']
    const { stdout, code } = await kindred([...args, '--json'], undefined, dir)
    expect(code).toBe(0)
    const given = JSON.parse(stdout)
    expect(given).toMatchObject({ baseline: '10', order: ['10', '2'] })
    expect(Object.keys(given.differences)).toEqual(['2'])
    const own = await json(['evaluate', '--model', als, popular, '--k', 5])
    expect(given.models[10]).toEqual(own.models[als])
    expect(given.models[2]).toEqual(own.models[popular])
    expect(given.differences[2]).toEqual(own.differences[popular])
    const text = (await kindred(args, undefined, dir)).stdout
    expect(text).toMatch('2 less 10:')
    expect(text).toMatch(/10\/ +│ +2\/ /)
  })
})

describe('evaluate of users held out', () => {
  const split = ['--split', 'users', '--fraction', 0.3, '--split-seed', 2, '--algorithm', 'EASE']
  const folder = path('strangers')
  beforeAll(() => json(trainArgs(log, folder, ...split)))

  it('folds them in from a part of their rows and judges the rest', async () => {
    const file = path('strangers.jsonl')
    const given = await json(['evaluate', '--model', folder, '--k', 5, '--per-user', file, '--unrankable', 'ignore'])
    const { test: all } = await loadHeldOut(folder)
    const judged = { by: 'random', fraction: 0.2, seed: 0 } as const
    const { train: history, test: rest } = all.split(judged)
    const options = { k: 5, perUser: true, unrankable: 'ignore' } as const
    const own = await evaluateFoldIn(await loadModel(folder), history, rest, options)
    expect(given.split).toEqual({ by: 'users', fraction: 0.3, seed: 2, judged })
    expect(given.metrics).toEqual(plain(own))
    expect(given.report).toEqual(plain(own.report))
    expect(given.report).toMatchObject({ protocol: 'fold-in', users: 18, knownUsers: 0 })
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(18)
    expect((await kindred(['evaluate', '--help'])).stdout.replaceAll(/\s+/g, ' ')).toMatch('a random 20 %')
  })

  it('refuses several models, and users with too few rows', async () => {
    await json(trainArgs(log, path('strangers-2'), ...split))
    expect(await kindred(['evaluate', '--model', folder, path('strangers-2')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/folded into one model at a time.*--test.*ERR_DATA/),
    })
    const short = write('short.csv', logCsv({ perUser: 2 }))
    await json(trainArgs(short, path('short'), ...split, '--split-min', 1))
    expect(await kindred(['evaluate', '--model', path('short')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/none of the 18 users held out has rows enough.*--split-min.*ERR_DATA/),
    })
  })
})

describe('evaluate takes', () => {
  it('gains by weight, diversity, and writes the figures of each user', async () => {
    const file = path('per-user.jsonl')
    const asked = ['--gain', 'linear', '--diversity', 'co-occurrence', '--per-user', file]
    const given = await json(['evaluate', '--model', als, '--k', 5, ...asked])
    const { test: heldOut } = await loadHeldOut(als)
    const options = { k: 5, gain: 'linear', diversity: 'co-occurrence', perUser: true } as const
    const own = await evaluate(await loadModel(als), heldOut, options)
    expect(given.metrics).toEqual(plain(own))
    const rows = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map(({ user }) => user)).toEqual([...own.perUser.users])
    expect(rows.map((row) => row['ndcg@5'])).toEqual(plain([...own.perUser.metrics['ndcg@5']!]))
  })

  it('the weights of what was held out', async () => {
    const weighted = write('weighted.csv', logCsv().replace('time', 'weight').replaceAll(/,0$/gm, ',1'))
    const split = ['--split', 'random', '--algorithm', 'Popularity', '--weight', 'weight']
    await json(trainArgs(weighted, path('weighted'), ...split))
    const { test: heldOut } = await loadHeldOut(path('weighted'))
    expect(new Set(heldOut.weights).size).toBeGreaterThan(5)
  })

  it('given negatives', async () => {
    const lines = Array.from(
      { length: 60 },
      (_, n) => `(${n},${n % 40}) ${(n + 1) % 40} ${(n + 2) % 40} ${(n + 5) % 40}`,
    )
    const file = write('test.negative', `${lines.join('\n')}\n`)
    const given = await json(['evaluate', '--model', als, '--negatives', file, '--k', 2])
    const { test: pairs, negatives } = await readNegatives(file)
    expect(given.metrics).toEqual(plain(await evaluateSampled(await loadModel(als), pairs, { k: 2, negatives })))
  })
})
