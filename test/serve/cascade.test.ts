import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Cascade,
  type CascadeDeclaration,
  type CascadeModel,
  EASE,
  type Embedder,
  type Id,
  ItemKNN,
  LogisticRegression,
  Matrix,
  RetrieveAndRank,
  reciprocalRankFusion,
  templateComposer,
} from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parityFeatures, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-cascade-'))
afterAll(() => rmSync(dir, { recursive: true }))

const log = tasteLog()
const ids = [...log.items] as number[]
const features = parityFeatures(ids)
const user = log.users.idAt(0)
let ease: EASE
let knn: ItemKNN
let ranked: RetrieveAndRank
beforeAll(async () => {
  ease = await new EASE({ regularization: 5 }).fit(log)
  knn = await new ItemKNN({ neighbors: 5 }).fit(log)
  ranked = await new RetrieveAndRank(new EASE(), new LogisticRegression({ epochs: 1 }), { depth: 100 }).fit(log)
})

/** An encoder whose vector of a text are the numbers in it. */
const encoder = {
  embed: async (texts: readonly string[]) => ({
    vectors: new Matrix(
      texts.length,
      features.dims,
      Float32Array.from(texts.flatMap((text) => text.split(' ').map(Number))),
    ),
    tokens: new Int32Array(texts.length),
    truncated: texts.map(() => false),
  }),
} as unknown as Embedder

/** A model that answers when its call is aborted, and then with an error. */
const stuck = (like: CascadeModel): CascadeModel => {
  const wait = (_: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise<never>((_, reject) => signal!.addEventListener('abort', () => reject(new Error('stopped'))))
  return {
    users: like.users,
    items: like.items,
    seenItems: (id) => like.seenItems(id),
    recommend: wait,
    recommendFor: wait,
  }
}
const broken = (like: CascadeModel): CascadeModel => {
  const fail = async () => {
    throw new Error('no luck')
  }
  return {
    users: like.users,
    items: like.items,
    seenItems: (id) => like.seenItems(id),
    recommend: fail,
    recommendFor: fail,
  }
}

const items = (list: readonly { item: Id }[]) => list.map(({ item }) => item)

describe('Cascade', () => {
  it('gives the list of a model that is alone', async () => {
    const cascade = await Cascade.load({ retrieval: [{ model: 'ease' }] }, { models: { ease } })
    const answer = await cascade.run({ user, k: 4 })
    const expected = await ease.recommend(user, { k: 4 })
    expect(answer.items).toEqual(expected.map((entry, n) => ({ ...entry, reasons: [`found by ease at ${n + 1}`] })))
    expect(answer.stages).toEqual([{ name: 'ease', milliseconds: expect.any(Number), count: expect.any(Number) }])
    const history = [{ item: ids[0]! }, { item: ids[1]!, weight: 2 }]
    expect(items((await cascade.run({ history, k: 3 })).items)).toEqual(
      items(await ease.recommendFor(history, { k: 3 })),
    )
    // Of a user whom nobody knows, the history, or none.
    const stranger = await cascade.run({ user: 'stranger', k: 3 })
    expect(items(stranger.items)).toEqual(items(await ease.recommendFor([], { k: 3 })))
    const without = await cascade.run({ user, k: 4, exclude: [expected[0]!.item] })
    expect(items(without.items)).not.toContain(expected[0]!.item)
  })

  it('fuses sources by rank, each up to its quota', async () => {
    const declaration = {
      retrieval: [
        { model: 'ease', quota: 4 },
        { model: 'knn', name: 'neighbours', quota: 3 },
      ],
    }
    const cascade = await Cascade.load(declaration, { models: { ease, knn } })
    const { items: list, stages } = await cascade.run({ user, k: 20 })
    const lists = [await ease.recommend(user, { k: 4 }), await knn.recommend(user, { k: 3 })]
    expect(list.map(({ item, score }) => ({ item, score }))).toEqual(reciprocalRankFusion(lists))
    expect(stages.map(({ name, count }) => [name, count])).toEqual([
      ['ease', 4],
      ['neighbours', 3],
    ])
    for (const { item, reasons } of list)
      expect(reasons).toEqual(
        ['ease', 'neighbours'].flatMap((name, n) => {
          const at = items(lists[n]!).indexOf(item)
          return at < 0 ? [] : [`found by ${name} at ${at + 1}`]
        }),
      )
  })

  it('searches by text', async () => {
    const declaration: CascadeDeclaration = {
      retrieval: [{ model: 'ease' }, { search: { features: 'texts', encoder: 'numbers' }, quota: 5 }],
    }
    const parts = { models: { ease }, features: { texts: features }, encoders: { numbers: encoder } }
    const cascade = await Cascade.load(declaration, parts)
    const query = [...features.matrix.row(3)].join(' ')
    const found = await cascade.run({ query, k: 5 })
    expect(found.items[0]!.score).toBeCloseTo(1, 5)
    expect(found.stages.map(({ name, count }) => [name, count])).toEqual([['search 2', 5]])
    const both = await cascade.run({ query, user, k: 50 })
    expect(both.stages).toHaveLength(2)
    for (const item of ease.seenItems(user)) expect(items(both.items)).not.toContain(item)
    const alone = await Cascade.load({ retrieval: [{ model: 'ease' }] }, parts)
    await expect(alone.run({ query })).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })

  it('ranks candidates as the ranking model does', async () => {
    const declaration = { retrieval: [{ model: 'knn', quota: 6 }], ranking: { model: 'clicks', name: 'clicks' } }
    const cascade = await Cascade.load(declaration, { models: { knn, clicks: ranked } })
    const { items: list, stages } = await cascade.run({ user, k: 6 })
    const candidates = items(await knn.recommend(user, { k: 6 }))
    const expected = await ranked.recommend(user, { k: 6, candidates, exclude: 'none' })
    expect(list.map(({ item, score }) => ({ item, score }))).toEqual(expected)
    expect(stages.map(({ name, count }) => [name, count])).toEqual([
      ['knn', 6],
      ['clicks', 6],
    ])
    const place = candidates.indexOf(expected[0]!.item)
    expect(list[0]!.reasons).toEqual([`found by knn at ${place + 1}`, `ranked by clicks, from place ${place + 1}`])
  })

  it('ranks anew under rules, and takes one model for a whole request', async () => {
    const table = join(dir, 'items.csv')
    writeFileSync(
      table,
      `item,parity,title\n${ids.map((id) => `${id},${id % 2 ? 'odd' : 'even'},"Title ${id}"`).join('\n')}\n`,
    )
    const file = join(dir, 'cascade.json')
    writeFileSync(
      file,
      JSON.stringify({
        items: { table: 'items.csv', id: 'item' },
        retrieval: [{ model: 'live' }],
        reranking: {
          steps: [
            { type: 'mmr', features: 'vectors', lambda: 0.5 },
            { type: 'cap', attribute: 'parity', limit: 2 },
            { type: 'must-not', items: [ids[5]] },
            { type: 'part', name: 'own' },
          ],
        },
        compose: { text: 'title', top: 2, template: '{query}|{items}', line: '{place}:{text}' },
      }),
    )
    await features.save(join(dir, 'vectors'))
    let asked = 0
    const live = {
      get current() {
        asked++
        return ease
      },
    }
    const own = {
      apply: async (list: Iterable<{ item: Id; score: number }>) => [...list].map((one) => ({ reasons: [], ...one })),
    }
    const cascade = await Cascade.load(file, { models: { live }, steps: { own } })
    asked = 0
    const { items: list, stages } = await cascade.run({ history: [{ item: ids[0]! }], k: 4 })
    expect(asked).toBe(1)
    expect(list).toHaveLength(4)
    expect(list.filter(({ item }) => Number(item) % 2 === 1)).toHaveLength(2)
    expect(stages.map(({ name, count }) => [name, count])).toEqual([
      ['live', ids.length - 1],
      ['reranking', 4],
    ])
    expect(list[0]!.reasons).toContain('MMR: first, by relevance')
    const composed = await cascade.compose({ history: [{ item: ids[0]! }], query: 'q' })
    expect(composed.text).toBe(`q|1:Title ${composed.items[0]!.item}\n2:Title ${composed.items[1]!.item}`)
    cascade.dispose()
  })

  it('goes on without what takes too long or fails, where it may, and says so', async () => {
    const models = { ease, stuck: stuck(ease), broken: broken(ease) }
    const run = async (declaration: CascadeDeclaration) =>
      (await Cascade.load(declaration, { models })).run({ user, k: 3 })
    const alone = items(await ease.recommend(user, { k: 3 }))
    const skipped = await run({ retrieval: [{ model: 'stuck', timeoutMs: 1 }, { model: 'ease' }] })
    expect(items(skipped.items)).toEqual(alone)
    expect(skipped.stages[0]).toMatchObject({ name: 'stuck', count: 0, fallback: 'took longer than 1 ms' })
    expect(skipped.stages[1]).not.toHaveProperty('fallback')
    const unranked = await run({ retrieval: [{ model: 'ease' }], ranking: { model: 'broken', fallback: 'failure' } })
    expect(items(unranked.items)).toEqual(alone)
    expect(unranked.stages[1]).toMatchObject({ name: 'broken', fallback: 'failed: no luck' })
    await expect(run({ retrieval: [{ model: 'ease' }], ranking: { model: 'broken' } })).rejects.toThrow('no luck')
    const never = { model: 'stuck', timeoutMs: 1, fallback: 'none' } as const
    await expect(run({ retrieval: [{ model: 'ease' }], ranking: never })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await expect(run({ retrieval: [{ model: 'stuck', timeoutMs: 1 }] })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    // Without the other steps the rules are kept.
    const waits = {
      apply: (_: unknown, { signal }: { signal?: AbortSignal } = {}) => stuck(ease).recommend(0, { signal: signal! }),
    }
    const cascade = await Cascade.load(
      {
        retrieval: [{ model: 'ease' }],
        reranking: {
          timeoutMs: 1,
          steps: [
            { type: 'part', name: 'waits' },
            { type: 'must-not', items: [alone[0]!] },
          ],
        },
      },
      { models, steps: { waits: waits as never } },
    )
    const { items: list, stages } = await cascade.run({ user, k: 2 })
    expect(items(list)).toEqual(alone.slice(1))
    expect(stages[1]).toMatchObject({ fallback: 'took longer than 1 ms', count: 2 })
  })

  it('ends when its signal fires, whatever may go on without', async () => {
    const declaration: CascadeDeclaration = { retrieval: [{ model: 'stuck', timeoutMs: 100_000, fallback: 'failure' }] }
    const cascade = await Cascade.load(declaration, { models: { stuck: stuck(ease) } })
    const controller = new AbortController()
    const running = cascade.run({ user, signal: controller.signal })
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(cascade.run({ user, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })

  it('composes streams', async () => {
    const composers = {
      async *words({ items }: { items: readonly { text: string }[] }) {
        for (const { text } of items) yield `${text} `
      },
      late: async () => 'late',
      none: () => 5 as never,
    }
    const attributes = { text: (item: Id) => `t${item}` }
    const load = (composer: string) =>
      Cascade.load(
        { retrieval: [{ model: 'ease' }], compose: { text: 'text', top: 2, composer } },
        { models: { ease }, composers, attributes },
      )
    const expected = items(await ease.recommend(user, { k: 2 })).map((item) => `t${item} `)
    const answer = await (await load('words')).composeStream({ user })
    const parts = []
    for await (const part of answer.text) parts.push(part)
    expect(parts).toEqual(expected)
    expect((await (await load('words')).compose({ user })).text).toBe(expected.join(''))
    expect((await (await load('late')).compose({ user })).text).toBe('late')
    await expect((await load('none')).compose({ user })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    const plain = await Cascade.load({ retrieval: [{ model: 'ease' }] }, { models: { ease } })
    await expect(plain.compose({ user })).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  })

  it('fills templates without looking at what it fills in', () => {
    const input = {
      query: '{items}',
      signal: undefined,
      items: [{ item: 7, score: 1, reasons: ['a', 'b'], text: '{query}' }],
    }
    expect(templateComposer('{{{query}}}: {items}', { line: '{item} {text} {reasons}' })(input)).toBe(
      '{{items}}: 7 {query} a; b',
    )
    expect(templateComposer('{query}')({ ...input, items: [] })).toBe('Nothing was found.')
    expect(() => templateComposer('{itmes}')).toThrow('Did you mean "items"?')
  })
})

describe('a declaration', () => {
  const models = {} as Record<string, CascadeModel>
  beforeAll(() => {
    models.ease = ease
  })
  const refused: [string, unknown, RegExp][] = [
    ['of nothing', {}, /retrieval: expected a list of sources/],
    ['without a source', { retrieval: [] }, /one source at least/],
    [
      'with an unknown key',
      { retrieval: [{ model: 'ease' }], rankin: {} },
      /unknown option "rankin".*Did you mean "ranking"/,
    ],
    ['with an unknown key in a source', { retrieval: [{ model: 'ease', quotas: 3 }] }, /retrieval\[0\].*"quotas"/],
    [
      'with a source of two kinds',
      { retrieval: [{ model: 'ease', search: { features: 'f' } }] },
      /one of model and search/,
    ],
    ['with one name twice', { retrieval: [{ model: 'ease' }, { model: 'ease' }] }, /two sources are called "ease"/],
    [
      'with an unknown step',
      { retrieval: [{ model: 'ease' }], reranking: { steps: [{ type: 'mmrr' }] } },
      /mean "mmr"/,
    ],
    [
      'with an unknown key in a step',
      { retrieval: [{ model: 'ease' }], reranking: { steps: [{ type: 'mmr', features: 'f', theta: 1 }] } },
      /steps\[0\]: unknown option "theta"/,
    ],
    [
      'with a step that lacks something',
      { retrieval: [{ model: 'ease' }], reranking: { steps: [{ type: 'cap', limit: 1 }] } },
      /steps\[0\]\.attribute: expected a string/,
    ],
    [
      'with an attribute of nothing',
      { retrieval: [{ model: 'ease' }], reranking: { steps: [{ type: 'cap', attribute: 'x', limit: 1 }] } },
      /attribute of the parts, or a column/,
    ],
    ['with a model of nothing', { retrieval: [{ model: 'nothing' }] }, /no part "nothing", and no folder/],
    [
      'with a limit that is none',
      { retrieval: [{ model: 'ease', timeoutMs: 0 }] },
      /timeoutMs: expected a finite number from 1/,
    ],
    ['with a fallback that is none', { retrieval: [{ model: 'ease', fallback: 'skip' }] }, /fallback: expected one of/],
    ['with what every object has', { retrieval: [{ model: 'toString' }] }, /no part "toString"/],
    ['with a prototype', JSON.parse('{"retrieval":[{"model":"ease"}],"__proto__":{"ranking":1}}'), /"__proto__"/],
    ['with a composer of nothing', { retrieval: [{ model: 'ease' }], compose: { text: 't', composer: 'c' } }, /t/],
  ]
  it.each(refused)('%s is refused', async (_, declaration, message) => {
    await expect(Cascade.load(declaration as CascadeDeclaration, { models })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(message),
    })
  })

  it('leads to no path outside its folder', async () => {
    const root = join(dir, 'root')
    mkdirSync(root)
    await ease.save(join(dir, 'outside'))
    await ease.save(join(root, 'inside'))
    symlinkSync(join(dir, 'outside'), join(root, 'link'))
    for (const model of ['../outside', join(dir, 'outside'), 'link', 'inside/../../outside', ''])
      await expect(Cascade.load({ retrieval: [{ model }] }, {}, { root })).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining('within the folder of the declaration'),
      })
    await expect(Cascade.load({ retrieval: [{ model: 'nowhere' }] }, {}, { root })).rejects.toMatchObject({
      code: 'ERR_IO',
    })
    const cascade = await Cascade.load({ retrieval: [{ model: 'inside' }] }, {}, { root })
    expect(items((await cascade.run({ user, k: 3 })).items)).toEqual(items(await ease.recommend(user, { k: 3 })))
  })

  it('is JSON, in a file that is there', async () => {
    const file = join(dir, 'broken.json')
    writeFileSync(file, '{')
    await expect(Cascade.load(file)).rejects.toMatchObject({ code: 'ERR_DATA' })
    await expect(Cascade.load(join(dir, 'absent.json'))).rejects.toMatchObject({ code: 'ERR_IO' })
  })

  it('is answered to requests that say what they want', async () => {
    const cascade = await Cascade.load({ retrieval: [{ model: 'ease' }] }, { models })
    await expect(cascade.run({})).rejects.toThrow('expected a user, a history or a query')
    await expect(cascade.run({ user, k: -1 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(cascade.run({ user, kk: 1 } as never)).rejects.toThrow('Did you mean "k"?')
  })
})
