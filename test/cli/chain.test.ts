import { beforeAll, describe, expect, it } from 'vitest'
import { ENCODER, itemsJsonl, json, kindred, logCsv, trainArgs, workFolder } from './run.js'

const { path, write } = workFolder()
const log = write('log.csv', logCsv())
const items = write('items.jsonl', itemsJsonl())
const vectors = path('vectors')
const model = path('model')
const titles = ['--titles', items, '--id', 'id']

beforeAll(async () => {
  await json([
    ...['embed', '--encoder', ENCODER, '--items', items, '--id', 'id', '--text', '{title}. {plot}'],
    ...['--out', vectors],
  ])
  await json(trainArgs(log, model, '--time', 'time', '--items', vectors, '--factors', 8, '--split', 'leave-last-out'))
})

describe('embed, train, evaluate, recommend, similar', () => {
  it('embed tells what it did', async () => {
    const reported = await json([
      ...['embed', '--encoder', ENCODER, '--items', items, '--id', 'id', '--text', '{title}. {plot}'],
      ...['--truncation', 'chunk', '--pooling', 'max', '--out', path('chunked')],
    ])
    expect(reported).toMatchObject({ items: 44, dims: 32, out: path('chunked') })
  })

  it('embed puts a prompt before texts and cuts vectors', async () => {
    const embed = (out: string, ...options: string[]) =>
      json([
        ...['embed', '--encoder', ENCODER, '--items', items, '--id', 'id', '--text', '{title}. {plot}'],
        ...['--out', path(out), ...options],
      ])
    const reported = await embed('prompted', '--prompt', 'a story of ', '--dims', '5', '--pooling', 'weightedmean')
    const plain = await embed('plain', '--prompt-name', 'query')
    expect([reported.dims, plain.dims]).toEqual([5, 32])
    expect(reported.texts.tokens).toBe(plain.texts.tokens + 3 * 44)
  })

  it('train tells what it did, as JSON and in words', async () => {
    const args = trainArgs(log, path('other'), '--factors', 4)
    expect(await json(args)).toMatchObject({
      algorithm: 'AlternatingLeastSquares',
      users: 60,
      items: 40,
      trainedOn: 600,
      heldOut: 0,
      log: { read: 600 },
    })
    const { code, stdout, stderr } = await kindred(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/AlternatingLeastSquares: 60 users, 40 items, \d+ interactions/)
  })

  it('evaluate judges the held-out interactions', async () => {
    const { split, report, metrics } = await json(['evaluate', '--model', model, '--k', '5,10'])
    expect(split).toEqual({ by: 'leave-last-out' })
    expect(report).toMatchObject({ users: 60 })
    for (const k of [5, 10]) {
      const { value, low, high, users } = metrics[`ndcg@${k}`]
      expect(users).toBe(60)
      expect(low).toBeLessThanOrEqual(value)
      expect(high).toBeGreaterThanOrEqual(value)
    }
    expect(await json(['evaluate', '--model', model, '--k', '5,10'])).toEqual({ split, report, metrics })
    const { code, stdout } = await kindred(['evaluate', '--model', model])
    expect(code).toBe(0)
    expect(stdout).toMatch('ndcg@20')
  })

  it('recommend lists k items that the user has not seen, with titles, best first', async () => {
    const list: { item: number; score: number; title: string }[] = await json([
      ...['recommend', '--model', model, '--user', '1', '--k', 5, ...titles],
    ])
    expect(list).toHaveLength(5)
    for (const { item, title } of list) expect(title).toBe(`Film ${item}`)
    expect(list.map(({ score }) => score)).toEqual(list.map(({ score }) => score).sort((a, b) => b - a))
    const { stdout } = await kindred(['recommend', '--model', model, '--user', '1', '--k', 5, ...titles])
    expect(stdout.trim().split('\n')).toHaveLength(5)
    expect(stdout).toMatch(`Film ${list[0]!.item}`)
  })

  it('recommend takes a history, candidates and exclusions', async () => {
    const args = ['recommend', '--model', model, '--history', '0,2', '--candidates', '0,2,4,41']
    const ids = async (more: string[]) => (await json([...args, ...more])).map(({ item }: { item: number }) => item)
    expect((await ids([])).sort()).toEqual([4, 41])
    expect((await ids(['--exclude', 'none'])).sort()).toEqual([0, 2, 4, 41])
    expect((await ids(['--exclude', '4'])).sort()).toEqual([41])
    expect((await ids(['--exclude', 'seen, 41'])).sort()).toEqual([4])
    expect((await ids(['--exclude', '4,998', '--unknown', 'ignore'])).sort()).toEqual([41])
    const nobody = await json(['recommend', '--model', model, '--history', '', '--candidates', '0,2'])
    expect(nobody).toHaveLength(2)
  })

  it('k 0 gives an empty list, k beyond the catalogue every eligible item', async () => {
    const list = (k: number) => json(['recommend', '--model', model, '--user', 1, '--exclude', 'none', '--k', k])
    expect(await list(0)).toEqual([])
    expect(await list(1e9)).toHaveLength(44)
  })

  it('similar lists other items, those known by their text too', async () => {
    const list: { item: number }[] = await json(['similar', '--model', model, '--item', 42, '--k', 43, ...titles])
    expect(new Set(list.map(({ item }) => item))).toEqual(
      new Set(Array.from({ length: 44 }, (_, n) => n).filter((n) => n !== 42)),
    )
  })

  it('a reader that closes the pipe early is no error', async () => {
    const args = ['recommend', '--model', model, '--user', '1', '--exclude', 'none', '--k', 40]
    const { code, stderr } = await kindred(args, (child) => child.stdout!.destroy())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe('other splits and algorithms', () => {
  it('cold items are ranked by their text, among themselves when asked', async () => {
    const out = path('cold')
    const split = ['--split', 'cold-items', '--fraction', 0.25, '--split-seed', 3]
    expect(await json(trainArgs(log, out, '--items', vectors, '--factors', 8, ...split))).toMatchObject({
      items: 44,
      heldOut: expect.any(Number),
    })
    const all = await json(['evaluate', '--model', out, '--k', 5])
    const held = await json(['evaluate', '--model', out, '--k', 5, '--candidates', 'held-out'])
    expect(all.split).toEqual({ by: 'cold-items', fraction: 0.25, seed: 3 })
    expect(held.metrics['recall@5'].value).toBeGreaterThan(all.metrics['recall@5'].value)
  })

  it.each([
    ['Popularity', []],
    ['RandomBaseline', ['--seed', 2]],
    ['BayesianPersonalizedRanking', ['--factors', 4, '--learning-rate', 0.1]],
    ['MatrixFactorization', ['--factors', 4, '--iterations', 3]],
    ['ContentBased', ['--items', vectors]],
    ['ItemKNN', ['--neighbors', 5, '--weighting', 'bm25', '--shrinkage', 2.5]],
    ['P3alpha', ['--alpha', 1.1, '--neighbors', 9]],
    ['RP3beta', ['--beta', 0.7]],
    ['PureSVD', ['--factors', 5]],
    ['SLIM', ['--alpha', 0.05, '--l1-ratio', 0.1]],
    ['GFCF', ['--factors', 6, '--alpha', 0.2]],
    ['EASE', ['--regularization', 20]],
    ['UserKNN', ['--neighbors', 20, '--similarity', 'jaccard']],
  ])('%s', async (algorithm, options) => {
    const out = path(algorithm)
    await json(trainArgs(log, out, '--algorithm', algorithm, ...options, '--split', 'random', '--split-seed', 1))
    expect((await json(['evaluate', '--model', out])).metrics['hitRate@10']).toBeDefined()
    expect(await json(['recommend', '--model', out, '--user', 1, '--k', 3])).toHaveLength(3)
  })
})

describe('what train reads and holds out', () => {
  it('lines of a user and the items, with other weights', async () => {
    const lines = Array.from({ length: 30 }, (_, user) => `${user} ${user % 7} ${(user % 5) + 10} ${user % 3} 40`)
    const file = write('train.txt', `${lines.join('\n')}\n`)
    const args = ['train', '--interactions', file, '--format', 'user-items', '--algorithm', 'EASE']
    const reported = await json([...args, '--transform', 'log', '--scale', 2, '--out', path('lines')])
    expect(reported).toMatchObject({ users: 30, log: { read: 120, transforms: [{ weight: 'log', scale: 2 }] } })
    expect(await json([...args, '--first-field', 'item', '--out', path('items')])).toMatchObject({ log: { read: 150 } })
    expect(await json(['recommend', '--model', path('lines'), '--user', 3, '--k', 2])).toHaveLength(2)
  })

  it('several files, of another dialect and encoding than is usual', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => `${row % 12}::b\xf6k ${row % 7}::${row}`)
    const parts = [rows.slice(0, 25), rows.slice(25)].map((lines, part) =>
      write(`ratings-${part}.dat`, Buffer.from(`${lines.join('\n')}\n`, 'latin1')),
    )
    const table = ['--format', 'csv', '--delimiter', '::', '--columns', 'user,item,at', '--encoding', 'latin1']
    const rest = ['--user', 'user', '--item', 'item', ...table, '--algorithm', 'Popularity', '--out', path('dat')]
    for (const files of [parts, [path('ratings-*.dat')]]) {
      expect(await json(['train', '--interactions', ...files, ...rest])).toMatchObject({ users: 12, log: { read: 60 } })
      expect(await json(['recommend', '--model', path('dat'), '--user', 3, '--k', 1])).toMatchObject([
        { item: expect.stringMatching(/^bök \d$/) },
      ])
    }
    const evaluated = await json([
      ...['evaluate', '--model', path('dat'), '--test', ...parts, '--user', 'user', '--item', 'item', ...table],
    ])
    expect(evaluated.split).toEqual({ test: parts })
    const tabbed = write('titles.txt', Array.from({ length: 40 }, (_, item) => `${item}\tFilm ${item}\n`).join(''))
    const titled = await json([
      ...['similar', '--model', model, '--item', 1, '--k', 1, '--titles', tabbed, '--id', 'id', '--title', 'title'],
      ...['--format', 'csv', '--delimiter', '\\t', '--columns', 'id,title'],
    ])
    expect(titled[0].title).toBe(`Film ${titled[0].item}`)
  })

  it.each([
    ['leave-k-out', ['--leave', 2, '--choose', 'random', '--split-seed', 4], { k: 2, choose: 'random', seed: 4 }, 120],
    ['leave-last-out', ['--split-min', 11], { minInteractions: 11 }, 0],
    ['time-per-user', ['--fraction', 0.3], { fraction: 0.3 }, 180],
  ])('split %s %j', async (by, flags, options, heldOut) => {
    const out = path(`split-${by}`)
    const args = [...trainArgs(log, out, '--time', 'time', '--algorithm', 'Popularity', '--split', by), ...flags]
    expect(await json(args)).toMatchObject({ heldOut })
    if (heldOut > 0) expect((await json(['evaluate', '--model', out])).split).toEqual({ by, ...options })
  })

  it('lists keep to what is asked of them', async () => {
    const args = ['recommend', '--model', model, '--user', 1, '--k', 50]
    const all: { score: number }[] = await json(args)
    const least = all[3]!.score
    expect(await json([...args, '--min-score', least])).toEqual(all.filter(({ score }) => score >= least))
    const candidates = ['--candidates', '0,2,4,999', '--unknown', 'ignore', '--exclude', 'none']
    expect(await json([...args, ...candidates])).toHaveLength(3)
    expect(await json(['similar', '--model', model, '--item', 42, '--candidates', '1,3', '--k', 9])).toHaveLength(2)
  })
})

describe("ids are read as the log's type", () => {
  it('"7" where ids are strings, 7 where they are integers', async () => {
    const strings = write('strings.csv', logCsv({ id: (n) => (n === 0 ? '007' : String(n)) }))
    await json(trainArgs(strings, path('strings'), '--factors', 4))
    const [first] = await json(['recommend', '--model', path('strings'), '--user', 1, '--k', 1])
    expect(first.item).toEqual(expect.any(String))
    expect(await json(['similar', '--model', path('strings'), '--item', '007', '--k', 1])).toHaveLength(1)
    expect(await json(['similar', '--model', path('strings'), '--item', '7', '--k', 1])).toHaveLength(1)
    const [other] = await json(['recommend', '--model', model, '--user', 1, '--k', 1])
    expect(other.item).toEqual(expect.any(Number))
    expect((await kindred(['similar', '--model', model, '--item', '007'])).stderr).toMatch(/"007".*ERR_UNKNOWN_ID/s)
  })

  it('JSONL tells strings from integers', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => JSON.stringify({ user: `${n % 8}`, item: n % 10 }))
    const file = write('typed.jsonl', `${rows.join('\n')}\n`)
    await json(trainArgs(file, path('typed'), '--factors', 4))
    const list = await json(['recommend', '--model', path('typed'), '--user', '7', '--exclude', 'none', '--k', 1])
    expect(list[0].item).toEqual(expect.any(Number))
  })

  it('titles of another id type are reported, not left out', async () => {
    const other = write('other.jsonl', itemsJsonl().replaceAll(/"id":(\d+)/g, '"id":"$1"'))
    const { code, stderr } = await kindred([
      ...['recommend', '--model', model, '--user', 1, '--titles', other, '--id', 'id'],
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/holds none of the recommended items/)
  })
})
