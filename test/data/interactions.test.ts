import fc from 'fast-check'
import { type CleaningOptions, type Interaction, type InteractionInput, Interactions } from 'kindred'
import { describe, expect, it } from 'vitest'

const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })

const id = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('0', '1', 'ann', 'ünï', ''))
const row = fc.record(
  {
    user: fc.option(id, { freq: 10 }),
    item: fc.option(id, { freq: 10 }),
    weight: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(null, undefined, NaN, Infinity, 1e39)),
    time: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(null, undefined)),
  },
  { requiredKeys: ['user', 'item'] },
)
const rows = fc.array(row, { maxLength: 60 })
const pair = ({ user, item }: { user: unknown; item: unknown }) => JSON.stringify([user, item])

/** What cleaning means, said plainly: groups of a Map. */
function cleanPlainly(input: InteractionInput[], { duplicates = 'last', ...core }: CleaningOptions): Interaction[] {
  const usable = input
    .map(({ user, item, weight = 1, time }) => ({ user, item, weight, time: time ?? undefined }) as Interaction)
    .filter(({ user, item, weight }) => user !== null && item !== null && weight !== null && Math.abs(weight) < 3e38)
  const groups = new Map<string, Interaction[]>()
  for (const one of usable) groups.set(pair(one), [...(groups.get(pair(one)) ?? []), one])
  const winners = new Map<Interaction, number>()
  for (const group of groups.values()) {
    const winner = group.reduce((a, b) => ((b.time ?? -Infinity) >= (a.time ?? -Infinity) ? b : a))
    const weights = group.map(({ weight }) => weight)
    const sum = weights.reduce((a, b) => a + b)
    winners.set(winner, { last: winner.weight, sum, max: Math.max(...weights), error: winner.weight }[duplicates])
  }
  let kept = usable.filter((one) => winners.has(one)).map((one) => ({ ...one, weight: winners.get(one)! }))
  for (;;) {
    const count = (key: 'user' | 'item', value: unknown) => kept.filter((one) => one[key] === value).length
    const next = kept.filter(
      ({ user, item }) =>
        count('user', user) >= (core.minUserInteractions ?? 1) &&
        count('item', item) >= (core.minItemInteractions ?? 1),
    )
    if (next.length === kept.length) return kept
    kept = next
  }
}

describe('Interactions.from', () => {
  it.each(['last', 'sum', 'max'] as const)(
    'cleans as a plain implementation does: duplicates %s, k-core',
    (duplicates) => {
      const cores = fc.record({ minUserInteractions: fc.nat(3), minItemInteractions: fc.nat(3) }, { requiredKeys: [] })
      fc.assert(
        fc.property(rows, cores, (input, core) => {
          const options = { duplicates, ...core }
          const log = Interactions.from(input, options)
          const expected = cleanPlainly(input, options)
          expect([...log]).toEqual(expected)
          expect([...log.users]).toEqual([...new Set(expected.map(({ user }) => user))])
          expect([...log.items]).toEqual([...new Set(expected.map(({ item }) => item))])
          const { read, kept, dropped, rowsWithoutTime } = log.report
          expect(read).toBe(input.length)
          expect(kept).toBe(log.size)
          expect(kept + Object.values(dropped).reduce((a, b) => a + b)).toBe(read)
          expect(rowsWithoutTime).toBe(expected.filter(({ time }) => time === undefined).length)
        }),
      )
    },
  )

  it('counts why rows went', () => {
    const log = Interactions.from([
      { user: null, item: null },
      { user: 'a', item: undefined },
      { user: 'a', item: 1, weight: null },
      { user: 'a', item: 1, weight: NaN },
      { user: 'a', item: 1, weight: -Infinity },
      { user: 'a', item: 1, weight: 1e300 },
      { user: 'a', item: 2, weight: 2 },
      { user: 'a', item: 2, weight: 3, time: 5 },
    ])
    expect(log.report).toEqual({
      read: 8,
      kept: 1,
      dropped: { nullUser: 1, nullItem: 1, nullWeight: 1, nonFiniteWeight: 3, duplicates: 1, kCore: 0 },
      rowsWithoutTime: 0,
    })
    expect([...log]).toEqual([{ user: 'a', item: 2, weight: 3, time: 5 }])
    expect(log.items.has(1)).toBe(false)
  })

  it('takes dates, bigints and views of time', () => {
    const log = Interactions.from([
      { user: 2n ** 60n, item: 5n, time: new Date('2020-01-01') },
      { user: -0, item: 'x', time: 7n },
      { user: 1, item: 'x', time: new Date('never') },
    ])
    expect([...log]).toEqual([
      { user: '1152921504606846976', item: 5, weight: 1, time: Date.UTC(2020, 0) },
      { user: 0, item: 'x', weight: 1, time: 7 },
      { user: 1, item: 'x', weight: 1, time: undefined },
    ])
    expect(Object.is(log.users.idAt(1), 0)).toBe(true)
  })

  it('refuses fields of other names, in whatever row', () => {
    const ok = { user: 1, item: 1 }
    const refused: [object, RegExp][] = [
      [{ ...ok, rating: 5 }, /row 1: unknown field "rating"\. Legal fields: user, item, weight, time\./],
      [{ ...ok, wieght: 5 }, /unknown field "wieght"\. Did you mean "weight"\?/],
      [{ ...ok, weight: 1, time: 1, Time: 2 }, /Did you mean "time"\?/],
      [{ usr: 1, item: 1 }, /Did you mean "user"\?/],
      [{ ...ok, timestamp: undefined }, /unknown field "timestamp"/],
    ]
    for (const [row, message] of refused)
      expect(() => Interactions.from([ok, row as never])).toThrow(code('ERR_VALUE', message))
    class Row {
      user = 1
      item = 2
      get rating() {
        return 5
      }
    }
    expect([
      ...Interactions.from([new Row(), Object.create({ rating: 5 }, Object.getOwnPropertyDescriptors(ok))]),
    ]).toMatchObject([
      { user: 1, item: 2 },
      { user: 1, item: 1 },
    ])
    async function* rows() {
      yield { ...ok, rating: 5 }
    }
    return expect(Interactions.from(rows())).rejects.toThrow(code('ERR_VALUE', /"rating"/))
  })

  it('drops a sum beyond 32 bits', () => {
    const log = Interactions.from(
      [1e38, 3e38, 3e38].map((weight) => ({ user: 1, item: 1, weight })),
      { duplicates: 'sum' },
    )
    expect(log.size).toBe(0)
    expect(log.report.dropped).toMatchObject({ duplicates: 2, nonFiniteWeight: 1 })
  })

  it('takes an async iterable, and stops on a signal', async () => {
    async function* stream() {
      for (let i = 0; ; i++) {
        yield { user: i % 100, item: i }
        if (i === 250) return
      }
    }
    const log = await Interactions.from(stream())
    expect([log.size, log.users.size]).toEqual([251, 100])
    await expect(Interactions.from(stream(), { signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_ABORTED'))
  })

  it('refuses what is wrong, and says where', () => {
    const ok = { user: 1, item: 1 }
    const from = (...input: unknown[]) => Interactions.from(input as InteractionInput[])
    expect(() => from(ok, { user: 1.5, item: 1 })).toThrow(code('ERR_VALUE', /user of row 1/))
    expect(() => from({ user: 1, item: true })).toThrow(code('ERR_VALUE', /item of row 0/))
    expect(() => from({ ...ok, weight: '3' })).toThrow(code('ERR_VALUE', /weight of row 0/))
    expect(() => from({ ...ok, time: '2020' })).toThrow(code('ERR_VALUE', /time of row 0/))
    expect(() => from(null)).toThrow(code('ERR_VALUE', /row 0/))
    expect(() => Interactions.from(7 as never)).toThrow(code('ERR_VALUE', /iterable/))
    expect(() => Interactions.from([], { duplicate: 'sum' } as never)).toThrow(code('ERR_VALUE', /"duplicate"/))
    expect(() => Interactions.from([], { duplicates: 'first' as never })).toThrow(code('ERR_VALUE', /'last'/))
    expect(() => Interactions.from([], { minUserInteractions: NaN })).toThrow(code('ERR_VALUE'))
    expect(() => Interactions.from([ok, ok], { duplicates: 'error' })).toThrow(
      code('ERR_DUPLICATE', /user 1 and item 1/),
    )
  })

  it('gives sparse matrices both ways', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (input) => {
        const log = Interactions.from(input)
        const [byUser, byItem] = [await log.byUser(), await log.byItem()]
        expect([byUser.rows, byUser.cols, byItem.rows, byItem.cols]).toEqual([
          log.users.size,
          log.items.size,
          log.items.size,
          log.users.size,
        ])
        expect(await log.byItem()).toBe(byItem)
        const triples: [number, number, number][] = []
        for (let u = 0; u < byUser.rows; u++)
          for (let n = byUser.indptr[u]!; n < byUser.indptr[u + 1]!; n++)
            triples.push([u, byUser.indices[n]!, byUser.values![n]!])
        const expected = Array.from(log, ({ user, item, weight }) => [
          log.users.indexOf(user),
          log.items.indexOf(item),
          weight,
        ])
        expect(triples).toEqual(expected.sort(([u, i], [v, j]) => u! - v! || i! - j!))
      }),
      { numRuns: 30 },
    )
  })
})

describe('filter', () => {
  it('filters by any condition', () => {
    const log = Interactions.from([
      { user: 1, item: 'a', weight: 5 },
      { user: 2, item: 'b', weight: 1 },
    ])
    expect([...log.filter(({ weight }) => weight > 3).items]).toEqual(['a'])
  })
})
