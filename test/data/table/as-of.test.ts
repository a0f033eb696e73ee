import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { aggregateAsOf, joinAsOf, Table } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../../support/table-files.js'

interface Timed {
  k: string | null
  g: number | null
  t: number | null
  a: number | null
  x: number | null
}

const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 15 })
const timed = fc.array(
  fc.record({
    k: optional(fc.constantFrom('p', 'q', 'r')),
    g: optional(fc.integer({ min: 0, max: 1 })),
    t: optional(fc.integer({ min: -5, max: 12 })),
    a: optional(fc.integer({ min: -5, max: 14 })),
    x: optional(fc.integer({ min: -100, max: 100 })),
  }),
  { maxLength: 40 },
)
const TYPES = { k: 'string', g: 'number', t: 'number', a: 'number', x: 'number' } as const
const tableOf = (rows: readonly Timed[]) => Table.from(rows, { types: TYPES })
const cases = {
  events: timed,
  rows: timed,
  isExact: fc.boolean(),
  hasArrival: fc.boolean(),
  on: fc.constantFrom(['k'], ['k', 'g'], ['g']),
}

/** Whether `row` may be seen by `event`: the definition, apart from all that the library does. */
function isKnown(event: Timed, row: Timed, on: readonly string[], isExact: boolean, hasArrival: boolean): boolean {
  const keys = on as readonly ('k' | 'g')[]
  if (keys.some((key) => event[key] === null || event[key] !== row[key])) return false
  const arrival = hasArrival ? row.a : row.t
  if (event.t === null || row.t === null || arrival === null) return false
  return isExact ? row.t <= event.t && arrival <= event.t : row.t < event.t && arrival < event.t
}

describe('joinAsOf', () => {
  it('gives each event the newest row that was known to it, as a loop over all pairs does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...cases, maxAge: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }) }),
        async ({ events, rows, isExact, hasArrival, on, maxAge }) => {
          const expected = events.map((event) => {
            let best = -1
            for (const [i, row] of rows.entries()) {
              if (!isKnown(event, row, on, isExact, hasArrival)) continue
              const other = rows[best]
              const isNewer =
                other === undefined || row.t! > other.t! || (row.t === other.t && (!hasArrival || row.a! >= other.a!))
              if (isNewer) best = i
            }
            return best >= 0 && maxAge !== undefined && event.t! - rows[best]!.t! > maxAge ? -1 : best
          })
          const { matches, table, report } = await joinAsOf(tableOf(events), tableOf(rows), {
            ...{ on, eventTime: 't', validFrom: 't', prefix: 'f_', allowExactMatches: isExact, maxAge },
            ...(hasArrival && { arrivedAt: 'a' }),
          })
          expect([...matches]).toEqual(expected)
          expect([...table].map(({ f_x }) => f_x)).toEqual(expected.map((row) => rows[row]?.x ?? null))
          expect(report.matched + report.unmatched).toBe(events.length)
          expect(report.matched).toBe(expected.filter((row) => row >= 0).length)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('leaks nothing: rows that are not known yet change no event', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ events: timed, rows: timed, now: fc.integer({ min: -5, max: 12 }) }),
        async ({ events, rows, now }) => {
          const options = { on: 'k', eventTime: 't', validFrom: 't', arrivedAt: 'a', prefix: 'f_' } as const
          const past = events.filter(({ t }) => t !== null && t <= now)
          const known = rows.filter(({ t, a }) => t !== null && a !== null && Math.max(t, a) <= now)
          const all = await joinAsOf(tableOf(past), tableOf(rows), options)
          const then = await joinAsOf(tableOf(past), tableOf(known), options)
          expect([...all.table]).toEqual([...then.table])
        },
      ),
      { numRuns: 200 },
    )
  })

  it("equals DuckDB's ASOF JOIN where there are no arrivals", async () => {
    const size = 20_000
    let state = 1
    const random = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * n)
    }
    const column = (of: () => number) => Float64Array.from({ length: size }, of)
    const events = Table.from({
      i: Int32Array.from({ length: size }, (_, i) => i),
      k: column(() => random(500)),
      t: column(() => random(1e6)),
    })
    // One row a key and moment, since DuckDB takes any of equals.
    const moments = new Set<number>()
    while (moments.size < size) moments.add(random(600) * 1e6 + random(1e6))
    const features = Table.from({
      k: Float64Array.from(moments, (moment) => Math.floor(moment / 1e6)),
      f: Float64Array.from(moments, (moment) => moment % 1e6),
    })
    const { table, report } = await joinAsOf(events, features, { on: 'k', eventTime: 't', validFrom: 'f' })
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run('CREATE TABLE e (i DOUBLE, k DOUBLE, t DOUBLE); CREATE TABLE f (k DOUBLE, f DOUBLE)')
    for (const [name, one] of [
      ['e', events],
      ['f', features],
    ] as const) {
      const appender = await connection.createAppender(name)
      for (const row of one) {
        for (const cell of Object.values(row)) appender.appendDouble(cell as number)
        appender.endRow()
      }
      appender.closeSync()
    }
    const joined = await connection.runAndReadAll(
      'SELECT f.f FROM e ASOF LEFT JOIN f ON e.k = f.k AND e.t >= f.f ORDER BY e.i',
    )
    const expected = joined.getRows().map(([f]) => f)
    connection.closeSync()
    instance.closeSync()
    expect([...table].map(({ f }) => f)).toEqual(expected)
    expect(report.matched).toBeGreaterThan(size / 2)
    expect(report.unmatched).toBeGreaterThan(100)
  })

  it('tells what has no key or no time, and takes the columns that are wanted', async () => {
    const events = Table.from([
      { k: 'a', t: 5 },
      { k: null, t: 5 },
      { k: 'a', t: null },
      { k: 'b', t: 5 },
    ])
    const features = Table.from([
      { k: 'a', f: 5, x: 1, y: 'p' },
      { k: null, f: 1, x: 2, y: 'q' },
    ])
    const { table, report } = await joinAsOf(events, features, {
      on: 'k',
      eventTime: 't',
      validFrom: 'f',
      columns: ['y'],
    })
    expect([...table]).toEqual([
      { k: 'a', t: 5, y: 'p' },
      { k: null, t: 5, y: null },
      { k: 'a', t: null, y: null },
      { k: 'b', t: 5, y: null },
    ])
    expect(report).toEqual({
      ...{ events: 4, matched: 1, unmatched: 3, eventsWithoutKeyOrTime: 2, featuresWithoutKeyOrTime: 1 },
    })
  })

  it('refuses tables that do not fit', async () => {
    const events = Table.from([{ k: 'a', t: 5, x: 1 }])
    const on = { on: 'k', eventTime: 't', validFrom: 'f' }
    const join = (rows: object[], options = {}) => joinAsOf(events, Table.from(rows as never), { ...on, ...options })
    await expect(join([{ k: 1, f: 5 }])).rejects.toEqual(code('ERR_COLUMN', /type string in one table and number/))
    await expect(join([{ k: 'a', f: new Date() }])).rejects.toEqual(code('ERR_COLUMN', /type timestamp/))
    await expect(join([{ k: 'a', f: 'x' }])).rejects.toEqual(code('ERR_COLUMN', /validFrom/))
    await expect(join([{ k: 'a', f: 1, x: 2 }])).rejects.toEqual(code('ERR_VALUE', /both tables have a column "x"/))
    await expect(join([{ f: 1 }])).rejects.toEqual(code('ERR_COLUMN', /"k"/))
    await expect(join([{ k: 'a', f: 1 }], { maxAge: -1 })).rejects.toEqual(code('ERR_VALUE', /maxAge/))
    await expect(join([{ k: 'a', f: 1 }], { on: [] })).rejects.toEqual(code('ERR_VALUE', /on:/))
    await expect(joinAsOf([] as never, events, on)).rejects.toEqual(code('ERR_VALUE', /events/))
    await expect(join([{ k: 'a', f: 1 }], { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
  })
})

describe('aggregateAsOf', () => {
  it('tells of each event what was known before it, as a loop over all pairs does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...cases, window: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }) }),
        async ({ events, rows, isExact, hasArrival, on, window }) => {
          const table = await aggregateAsOf(tableOf(events), tableOf(rows), {
            ...{ on, eventTime: 't', validFrom: 't', allowExactMatches: isExact },
            ...(hasArrival && { arrivedAt: 'a' }),
            aggregates: {
              rows: { of: 'count', window },
              texts: { of: 'count', column: 'k', window },
              sum: { of: 'sum', column: 'x', window },
              mean: { of: 'mean', column: 'x', window },
              since: { of: 'time-since-last', window },
            },
          })
          const expected = events.map((event) => {
            const isWithout = event.t === null || on.some((key) => event[key as 'k' | 'g'] === null)
            if (isWithout) return { rows: null, texts: null, sum: null, mean: null, since: null }
            const known = rows.filter(
              (row) =>
                isKnown(event, row, on, isExact, hasArrival) && (window === undefined || event.t! - row.t! <= window),
            )
            const values = known.flatMap(({ x }) => (x === null ? [] : [x]))
            const sum = values.reduce((total, x) => total + x, 0)
            return {
              rows: known.length,
              texts: known.filter(({ k }) => k !== null).length,
              sum,
              mean: values.length === 0 ? null : sum / values.length,
              since: known.length === 0 ? null : event.t! - Math.max(...known.map(({ t }) => t!)),
            }
          })
          expect([...table.select(['rows', 'texts', 'sum', 'mean', 'since'])]).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('does not count the event itself, unless asked', async () => {
    const log = Table.from([
      { u: 1, t: 1 },
      { u: 1, t: 2 },
      { u: 1, t: 2 },
      { u: 2, t: 9 },
    ])
    const options = { on: 'u', eventTime: 't', validFrom: 't', aggregates: { before: { of: 'count' } } } as const
    expect([...(await aggregateAsOf(log, log, options))].map(({ before }) => before)).toEqual([0, 1, 1, 0])
    const also = await aggregateAsOf(log, log, { ...options, allowExactMatches: true })
    expect([...also].map(({ before }) => before)).toEqual([1, 3, 3, 1])
  })

  it('refuses what it cannot compute', async () => {
    const log = Table.from([{ u: 1, t: 1, s: 'x' }])
    const run = (aggregates: object) =>
      aggregateAsOf(log, log, { on: 'u', eventTime: 't', validFrom: 't', aggregates: aggregates as never })
    await expect(run({ a: { of: 'median' } })).rejects.toEqual(code('ERR_VALUE', /'mean'/))
    await expect(run({ a: { of: 'sum' } })).rejects.toEqual(code('ERR_VALUE', /column/))
    await expect(run({ a: { of: 'sum', column: 's' } })).rejects.toEqual(code('ERR_COLUMN', /string/))
    await expect(run({ a: { of: 'count', windw: 1 } })).rejects.toEqual(code('ERR_VALUE', /"window"/))
    await expect(run({ t: { of: 'count' } })).rejects.toEqual(code('ERR_VALUE', /already/))
    await expect(run({ a: { of: 'time-since-last', column: 't' } })).rejects.toEqual(code('ERR_VALUE', /of no column/))
  })
})
