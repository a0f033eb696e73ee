import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Id, Interactions, ItemKNN, loadModel, type NeighborOptions, UserKNN } from 'kindred'
import { describe, expect, it } from 'vitest'
import { hashOfId } from '#lib/data/id-order.js'
import { anyLog, code, tasteLog } from '../support/logs.js'

type Dense = number[][]

const options = fc
  .record({
    neighbors: fc.constantFrom(1, 2, 5, 100),
    similarity: fc.constantFrom('cosine' as const, 'jaccard' as const),
    weighting: fc.constantFrom('none' as const, 'tfidf' as const, 'bm25' as const),
    shrinkage: fc.constantFrom(0, 1, 20.5),
  })
  .map((o): Required<NeighborOptions> => (o.similarity === 'jaccard' ? { ...o, weighting: 'none' } : o))

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const transposed = (m: Dense): Dense => m[0]!.map((_, c) => m.map((row) => row[c]!))

/** The log as [items][users]; 0 is nothing, for all weights of these logs are positive. */
function itemsByUsers(log: Interactions): Dense {
  const dense = [...log.items].map(() => [...log.users].map(() => 0))
  for (const { user, item, weight } of log) dense[log.items.indexOf(item)]![log.users.indexOf(user)] = weight
  return dense
}

/** @param documents what lengths and their mean are taken of */
function weigh(dense: Dense, weighting: string, documents = dense): Dense {
  if (weighting === 'none') return dense
  const lengths = documents.map(sum)
  const mean = sum(lengths) / lengths.length
  const idf = transposed(dense).map((term) => Math.log(dense.length / (1 + term.filter((w) => w > 0).length)))
  return dense.map((row, d) =>
    row.map((w, t) => {
      const tf = weighting === 'tfidf' ? Math.sqrt(w) : (w * 2.2) / (1.2 * (0.25 + (0.75 * lengths[d]!) / mean) + w)
      return w === 0 ? 0 : Math.fround(tf * idf[t]!)
    }),
  )
}

function similarity(a: readonly number[], b: readonly number[], o: Required<NeighborOptions>): number {
  if (o.similarity === 'jaccard') {
    const both = a.filter((w, i) => w !== 0 && b[i] !== 0).length
    const either = a.filter((w, i) => w !== 0 || b[i] !== 0).length
    return both === 0 ? 0 : Math.fround(both / (either + o.shrinkage))
  }
  const dot = sum(a.map((w, i) => w * b[i]!))
  const norm = (v: readonly number[]) => Math.sqrt(sum(v.map((w) => w * w)))
  return dot > 0 ? Math.fround(dot / (norm(a) * norm(b) + o.shrinkage)) : 0
}

/**
 * Each row's own list: row a holds the similarity of b where b is among the nearest of a, else 0.
 * @param ids of the rows
 */
function neighborLists(rows: Dense, ids: Iterable<Id>, o: Required<NeighborOptions>): Dense {
  const hashes = Array.from(ids, hashOfId)
  return rows.map((a, i) => {
    const list = rows
      .map((b, j) => ({ j, s: i === j ? 0 : similarity(a, b, o) }))
      .filter(({ s }) => s > 0)
      .sort((x, y) => y.s - x.s || hashes[x.j]! - hashes[y.j]!)
      .slice(0, o.neighbors)
    const row = rows.map(() => 0)
    for (const { j, s } of list) row[j] = s
    return row
  })
}

/** Whether rounding may decide who is the last of a list, where weights are not whole numbers. */
function nearTie(a: number, b: number, o: Required<NeighborOptions>): boolean {
  return o.weighting !== 'none' && a > 0 && Math.abs(a - b) <= 1e-6 * a
}

/** Whether the last of any row's own list is nearly as similar as the first outside. */
function nearTies(rows: Dense, o: Required<NeighborOptions>): boolean {
  return rows.some((a, i) => {
    const all = rows.map((b, j) => (i === j ? 0 : similarity(a, b, o))).sort((x, y) => y - x)
    return nearTie(all[o.neighbors - 1] ?? 0, all[o.neighbors] ?? 0, o)
  })
}

function close(received: Float32Array, expected: readonly number[]): void {
  expect(received).toHaveLength(expected.length)
  expected.forEach((value, i) => {
    expect(Math.abs(received[i]! - value), `item ${i}: ${received[i]} for ${value}`).toBeLessThanOrEqual(
      1e-5 * Math.abs(value) + 1e-6,
    )
  })
}

/** The scores of a list that holds all items. */
async function scoresFor(model: ItemKNN | UserKNN, history: { item: string | number; weight: number }[]) {
  const scores = new Float32Array(model.items.size)
  for (const { item, score } of await model.recommendFor(history, { k: scores.length, exclude: 'none' }))
    scores[model.items.indexOf(item)] = score
  return scores
}

describe('neighbourhood models equal brute force', () => {
  it('ItemKNN: scores, fold-in and similar items', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, options, fc.boolean(), fc.nat(1000), async (log, o, normalize, pick) => {
        const model = await new ItemKNN({ ...o, normalize }).fit(log)
        const profiles = itemsByUsers(log)
        const weights = weigh(profiles, o.weighting)
        fc.pre(!nearTies(weights, o))
        const lists = neighborLists(weights, log.items, o)
        const items = [...log.items]
        const users = [...log.users]
        const u = pick % users.length
        const divisors = lists.map((list) => (normalize && sum(list) > 0 ? sum(list) : 1))
        const expected = lists.map((list, j) => sum(list.map((s, i) => (s / divisors[j]!) * profiles[i]![u]!)))
        close(await model.score(users[u]!, items), expected)
        const history = [...log].filter(({ user }) => user === users[u]).map(({ item, weight }) => ({ item, weight }))
        close(await scoresFor(model, history), expected)
        const explained = await model.explain(users[u]!, items[pick % items.length]!, { k: 200 })
        close(Float32Array.of(explained.score), [expected[pick % items.length]!])

        const i = pick % items.length
        const similar = await model.similarItems(items[i]!, { k: items.length })
        const hadBy = (row: number) => profiles[row]!.filter((weight) => weight > 0).length
        const ranked = lists[i]!.map((score, row) => ({ item: items[row]!, score, row }))
          .filter(({ row }) => row !== i)
          .sort((a, b) => b.score - a.score || (a.score === 0 ? hadBy(b.row) - hadBy(a.row) : 0) || a.row - b.row)
        expect(similar.map(({ item }) => item)).toEqual(ranked.map(({ item }) => item))
        close(
          Float32Array.from(similar, ({ score }) => score),
          ranked.map(({ score }) => score),
        )
      }),
      { numRuns: 150 },
    )
  })

  it('UserKNN: scores, and the fold-in of someone new', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, options, fc.boolean(), fc.nat(1000), async (log, o, own, pick) => {
        const model = await new UserKNN({ ...o, neighborhood: own ? 'own' : 'reverse' }).fit(log)
        const profiles = itemsByUsers(log)
        const rows = transposed(weigh(profiles, o.weighting))
        fc.pre(!nearTies(rows, o))
        const lists = neighborLists(rows, log.users, o)
        const users = [...log.users]
        const u = pick % users.length
        const vote = (votes: readonly number[]) => profiles.map((row) => sum(row.map((w, v) => w * votes[v]!)))
        close(await model.score(users[u]!, log.items), vote(own ? lists[u]! : lists.map((list) => list[u]!)))

        const newcomer = profiles.map((_, i) => ((i * 7 + pick) % 3 === 0 ? 1 + ((i + pick) % 3) : 0))
        const history = [...log.items].map((item, i) => ({ item, weight: newcomer[i]! })).filter((h) => h.weight > 0)
        const column = newcomer.map((w) => [w])
        const [weights] = transposed(weigh(column, o.weighting, profiles))
        const similarities = rows.map((row) => similarity(row, weights!, o))
        const hashes = users.map(hashOfId)
        const nearest = [...similarities.keys()].sort(
          (a, b) => similarities[b]! - similarities[a]! || hashes[a]! - hashes[b]!,
        )
        const [last, next] = [o.neighbors - 1, o.neighbors].map((place) => similarities[nearest[place]!] ?? 0)
        const votes = rows.map((_, v) => {
          const s = similarities[v]!
          if (own) {
            fc.pre(!nearTie(last!, next!, o))
            return nearest.indexOf(v) < o.neighbors ? s : 0
          }
          const list = lists[v]!.filter((other) => other > 0)
          const least = list.length < o.neighbors ? 0 : Math.min(...list)
          fc.pre(!nearTie(s, least, o))
          return s > least ? s : 0
        })
        close(await scoresFor(model, history), vote(votes))
      }),
      { numRuns: 150 },
    )
  })
})

describe.each([ItemKNN, UserKNN])('%s', (Model) => {
  it('taking in the rest of a log equals fitting the whole', async () => {
    const all = [...tasteLog()]
    const model = await new Model({ neighbors: 5, weighting: 'bm25' }).fit(Interactions.from(all.slice(0, 300)))
    await model.update(Interactions.from(all.slice(300)))
    const whole = await new Model({ neighbors: 5, weighting: 'bm25' }).fit(Interactions.from(all))
    for (const user of [0, 17, 59]) expect(await model.recommend(user)).toEqual(await whole.recommend(user))
    const before = await model.recommend(3)
    await model.update(Interactions.from([]))
    expect(await model.recommend(3)).toEqual(before)
  })

  it('is the same once saved and loaded, and still takes updates', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kindred-knn-'))
    try {
      const model = await new Model({ neighbors: 7, weighting: 'tfidf', shrinkage: 2 }).fit(tasteLog())
      await model.save(dir)
      const loaded = await loadModel(dir)
      expect(loaded).toMatchObject({ options: model.options })
      const more = Interactions.from([
        { user: 'new', item: 2 },
        { user: 'new', item: 4 },
        { user: 0, item: 'new' },
      ])
      await model.update(more)
      await loaded.update(more)
      expect(await loaded.recommend('new')).toEqual(await model.recommend('new'))
      expect(await loaded.recommendFor([{ item: 4 }])).toEqual(await model.recommendFor([{ item: 4 }]))
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })

  it('of weights as great as floats go scores as of small ones, times their factor', async () => {
    const factor = 2 ** 120
    const rows = [...tasteLog()]
    const small = await new Model({ neighbors: 7 }).fit(Interactions.from(rows))
    const great = await new Model({ neighbors: 7 }).fit(
      Interactions.from(rows.map((row) => ({ ...row, weight: (row.weight ?? 1) * factor }))),
    )
    const history = rows.slice(0, 9).map(({ item, weight = 1 }) => ({ item, weight }))
    const lists = await small.recommendFor(history)
    const times = (list: typeof lists) => list.map(({ item, score }) => ({ item, score: score * factor }))
    const greatHistory = history.map(({ item, weight }) => ({ item, weight: weight * factor }))
    expect(lists.length).toBeGreaterThan(0)
    expect(await great.recommendFor(greatHistory)).toEqual(times(lists))
    const user = rows[0]!.user
    expect(await great.recommend(user)).toEqual(times(await small.recommend(user)))
  })

  it('refuses illegal options, item features, and stops when aborted, as it was', async () => {
    for (const illegal of [
      { neighbors: 0 },
      { neighbors: 2.5 },
      { similarity: 'pearson' },
      { weighting: 'idf' },
      { shrinkage: -1 },
      { shrinkage: Number.NaN },
      { similarity: 'jaccard', weighting: 'bm25' },
      { k: 3 },
      { normalize: 1 },
      { neighborhood: 'all' },
      Model === ItemKNN ? { neighborhood: 'own' } : { normalize: true },
    ])
      expect(() => new Model(illegal as NeighborOptions)).toThrow(code('ERR_VALUE'))
    const model = await new Model().fit(tasteLog())
    await expect(model.addItems({} as never)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
    const before = await model.recommend(3)
    const stop = new AbortController()
    const aborted = model.update(tasteLog({ seed: 9, users: 400 }), { signal: stop.signal })
    stop.abort()
    await expect(aborted).rejects.toEqual(code('ERR_ABORTED'))
    expect(await model.recommend(3)).toEqual(before)
  })
})

it('someone without a history scores every item 0', async () => {
  for (const model of [await new ItemKNN().fit(tasteLog()), await new UserKNN({ weighting: 'bm25' }).fit(tasteLog())])
    expect((await model.recommendFor([], { k: 100 })).map(({ score }) => score)).toEqual(Array(40).fill(0))
})

it('similar items of UserKNN are a typed error', async () => {
  const model = await new UserKNN().fit(tasteLog())
  await expect(model.similarItems(2)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
})

it('says so where a weighting cancels out, and only there', async () => {
  const warnings: string[] = []
  const listen = (warning: Error & { code?: string }) => {
    if (warning.code === 'KINDRED_WEIGHTING') warnings.push(warning.message)
  }
  process.on('warning', listen)
  const warned = async (model: ItemKNN | UserKNN, log: Interactions) => {
    warnings.length = 0
    await model.fit(log)
    await model.update(log)
    await new Promise((resolve) => setImmediate(resolve))
    return warnings.length
  }
  try {
    const ones = tasteLog()
    const counts = Interactions.from([...ones].map((row, n) => ({ ...row, weight: 1 + (n % 3) })))
    const even = Interactions.from(
      Array.from({ length: 60 }, (_, n) => ({ user: n >> 2, item: (n * 7 + (n >> 2)) % 13 })),
    )
    expect(await warned(new UserKNN({ weighting: 'tfidf' }), ones)).toBe(1)
    expect(warnings[0]).toMatch(/^UserKNN: weighting 'tfidf' cancels out .* shrinkage above 0\.$/)
    expect(await warned(new UserKNN({ weighting: 'tfidf', shrinkage: 1 }), ones)).toBe(0)
    expect(await warned(new UserKNN({ weighting: 'bm25' }), ones)).toBe(0)
    expect(await warned(new UserKNN({ weighting: 'tfidf' }), counts)).toBe(0)
    expect(await warned(new ItemKNN({ weighting: 'tfidf' }), ones)).toBe(0)
    expect(await warned(new ItemKNN({ weighting: 'tfidf' }), even)).toBe(1) // all users have as many items
    expect(await warned(new UserKNN(), ones)).toBe(0)
    // Each user's first item has the weight 0, which tells nothing of the others.
    const zeros = [...counts].map(({ user }) => ({ user, item: 'first', weight: 0 }))
    const zeroFirst = (rows: Interactions) => Interactions.from([...zeros, ...rows])
    expect(await warned(new UserKNN({ weighting: 'tfidf' }), zeroFirst(counts))).toBe(0)
    expect(await warned(new UserKNN({ weighting: 'tfidf' }), zeroFirst(ones))).toBe(1)
    expect(await warned(new UserKNN({ weighting: 'tfidf' }), Interactions.from(zeros))).toBe(0)
  } finally {
    process.off('warning', listen)
  }
})
