import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type ColumnDrift, type ColumnProfile, profileTable, Table } from 'kindred'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { quantilesSql } from '#lib/features/profile/number-statistics.js'
import { code, dir, fileFromSql, fileOf } from '../support/table-files.js'

const FIXTURES = 'test/fixtures/profile'
const TABLE = `${FIXTURES}/current.csv`
const REFERENCE = `${FIXTURES}/reference.csv`
const expected = JSON.parse(readFileSync(`${FIXTURES}/expected.json`, 'utf8'))

/** Each number of `wanted` is that of `actual` but for rounding; other values are equal. */
function expectNear(actual: unknown, wanted: unknown, path: string): void {
  if (typeof wanted === 'object' && wanted !== null)
    for (const [key, value] of Object.entries(wanted))
      expectNear((actual as Record<string, unknown>)[key], value, `${path}.${key}`)
  else if (typeof wanted === 'number')
    expect(Math.abs((actual as number) - wanted), `${path}: ${actual}, ${wanted}`).toBeLessThan(
      1e-9 * (1 + Math.abs(wanted)),
    )
  else expect(actual, path).toEqual(wanted)
}

/** The tables in several formats: what is in them is the same. */
const FORMATS: Record<string, (csv: string) => string | Promise<string>> = {
  csv: (csv) => csv,
  jsonl: (csv) => fileFromSql('jsonl', `SELECT * FROM read_csv('${csv}', ${TYPES})`, 'FORMAT json'),
  parquet: (csv) => fileFromSql('parquet', `SELECT * FROM read_csv('${csv}', ${TYPES})`),
}
const TYPES = "types = {'code': 'VARCHAR', 'price': 'DOUBLE', 'weight': 'DOUBLE', 'sold': 'DATE', 'gift': 'BOOLEAN'}"

describe.each(Object.keys(FORMATS))('a table as %s', (format) => {
  let table = ''
  let against = ''
  beforeAll(async () => {
    table = await FORMATS[format]!(TABLE)
    against = await FORMATS[format]!(REFERENCE)
  })

  it('has the types, figures, correlations and drift that NumPy, pandas and SciPy find', async () => {
    const profile = await profileTable(table, { against })
    expect(profile.table).toBe(table)
    expect(profile.rows).toBe(183)
    expect(profile.duplicates).toBe(expected.duplicates)
    expect(profile.columns.map(({ name, type }) => [name, type])).toEqual([
      ['price', 'number'],
      ['stars', 'number'],
      ['kind', 'string'],
      ['gift', 'boolean'],
      ['weight', 'number'],
      ['sold', 'timestamp'],
      ['code', 'string'],
    ])
    for (const [name, wanted] of Object.entries(expected.columns)) expectNear(profile.column(name), wanted, name)
    const { columns, values } = profile.correlations
    for (const [pair, wanted] of Object.entries(expected.correlations)) {
      const [a, b] = pair.split(' ').map((name) => columns.indexOf(name)) as [number, number]
      expectNear(values[a]![b], wanted, pair)
      expect(values[b]![a]).toBe(values[a]![b])
    }
    const drifts = new Map(profile.drift!.columns.map((one) => [one.column, one]))
    for (const [name, wanted] of Object.entries(expected.drift)) expectNear(drifts.get(name), wanted, name)
    expect(drifts.get('code')!.by).toBe('lengths')
    expect(drifts.get('kind')).toMatchObject({ by: 'values', verdict: 'strong', unseen: 8 })
    expect(drifts.get('weight')).toMatchObject({ by: 'quantiles', verdict: 'moderate' })
    expect(drifts.get('sold')!.verdict).toBe('stable')
  })
})

describe('a column', () => {
  const profiled = async (lines: string[], options = {}): Promise<ColumnProfile> =>
    (await profileTable(fileOf('csv', `x,n\n${lines.map((line, n) => `${line},${n}\n`).join('')}`), options)).column(
      'x',
    )

  it('of numbers has bins that hold each of them once', async () => {
    const { numbers, distinct, frequent } = await profiled(['1.5', '2', '2', '10', ''])
    expect(numbers).toMatchObject({ min: 1.5, max: 10, zeros: 0, isInteger: false })
    expect(numbers!.histogram.counts.reduce((sum, one) => sum + one, 0)).toBe(4)
    expect(numbers!.histogram.counts[0]).toBe(1)
    expect(numbers!.histogram.counts.at(-1)).toBe(1)
    expect(numbers!.histogram.edges).toHaveLength(numbers!.histogram.counts.length + 1)
    expect(distinct).toBe(3)
    expect(frequent).toEqual([
      { value: '2', count: 2 },
      { value: '1.5', count: 1 },
      { value: '10', count: 1 },
    ])
  })

  it('of few integers has a bin for each', async () => {
    const { numbers } = await profiled(['1', '3', '3', '5'])
    expect(numbers!.histogram).toEqual({
      edges: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5],
      counts: [1, 0, 2, 0, 1],
      below: 0,
      above: 0,
    })
  })

  it('with a value far out has bins for the others, and tells how many lie beyond', async () => {
    const values = Array.from({ length: 500 }, (_, n) => String(n / 10))
    const { numbers } = await profiled([...values, '1e9', '-1e9'])
    const { edges, counts, below, above } = numbers!.histogram
    expect(edges.at(-1)).toBeLessThan(51)
    expect(below + above + counts.reduce((sum, one) => sum + one, 0)).toBe(502)
    expect(below).toBeGreaterThan(0)
    expect(above).toBeGreaterThan(0)
    expect(numbers!.max).toBe(1e9)
  })

  it.each<[string, string[], string]>([
    ['numbers', ['1', '-2.5e3', '.5', 'nan'], 'number'],
    ['padded with zeros', ['007', '010'], 'string'],
    ['beyond 2^53', ['9007199254740993', '9007199254740995'], 'string'],
    ['dates', ['2024-01-01', '2024-01-02 03:04:05'], 'timestamp'],
    ['truths', ['true', 'False'], 'boolean'],
    ['a mixture', ['1', 'true'], 'string'],
    ['nothing', ['', ' '], 'unknown'],
  ])('of %s', async (_, values, type) => {
    expect((await profiled(values)).type).toBe(type)
  })

  it('keeps what would be lost in doubles', async () => {
    const { distinct } = await profiled(['9007199254740993', '9007199254740995', '9007199254740992'])
    expect(distinct).toBe(3)
    const parquet = await fileFromSql('parquet', 'SELECT 9007199254740992::BIGINT + range AS x FROM range(3)')
    expect((await profileTable(parquet)).column('x')).toMatchObject({ type: 'string', distinct: 3 })
  })

  it('with infinite values counts them apart', async () => {
    const { numbers, present, missing } = await profiled(['inf', '-inf', '1', '3', 'nan'])
    expect(numbers).toMatchObject({ infinite: 2, min: 1, max: 3, mean: 2 })
    expect(numbers!.deviation).toBeCloseTo(Math.SQRT2, 10)
    expect([present, missing]).toEqual([4, 1])
  })

  it('of infinite values alone has no summary', async () => {
    const profile = await profileTable(fileOf('csv', 'x\ninf\n-inf\n'))
    expect(profile.column('x')).toMatchObject({ type: 'number', present: 2, distinct: 2 })
    expect(profile.column('x').numbers).toBeUndefined()
    expect(profile.toHTML()).not.toMatch(/NaN|undefined/)
    expect(String(profile)).not.toMatch(/NaN|undefined/)
  })

  it.each([
    ['the greatest', ['1.7e308', '-1.7e308', '1e308']],
    ['great', ['1e200', '2e200', '4e200']],
    ['tiny', ['1e-200', '2e-200', '4e-200']],
    ['denormal', ['5e-324', '1e-323', '0']],
  ])('of %s numbers has finite figures', async (_, values) => {
    const profile = await profileTable(fileOf('csv', `x\n${values.join('\n')}\n`))
    const { mean, deviation, quantiles, histogram } = profile.column('x').numbers!
    const numbers = values.map(Number)
    const scale = Math.max(...numbers.map(Math.abs))
    expect(mean / scale).toBeCloseTo(numbers.reduce((sum, value) => sum + value / scale, 0) / 3, 6)
    expect(deviation).toBeGreaterThan(0)
    for (const figure of [deviation, ...Object.values(quantiles), ...histogram.edges])
      expect(Number.isFinite(figure)).toBe(true)
    expect(histogram.counts.reduce((sum, one) => sum + one, histogram.below + histogram.above)).toBe(3)
  })

  it('of lists counts their elements', async () => {
    const lines = ['{"tags":["a","b"]}', '{"tags":["a"]}', '{"tags":[]}', '{"tags":null}', '{"other":1}']
    const column = (await profileTable(fileOf('jsonl', `${lines.join('\n')}\n`))).column('tags')
    expect(column).toMatchObject({
      type: 'list',
      present: 3,
      missing: 2,
      distinct: 2,
      lengths: { min: 0, max: 2, mean: 1, median: 1 },
      frequent: [
        { value: 'a', count: 2 },
        { value: 'b', count: 1 },
      ],
    })
  })

  it('lists as many frequent values as asked, each cut at 200 characters', async () => {
    const long = 'x'.repeat(1_000_000)
    const { frequent, lengths } = await profiled([long, long, 'b', 'a'], { frequent: 2 })
    expect(frequent).toEqual([
      { value: 'x'.repeat(200), count: 2 },
      { value: 'a', count: 1 },
    ])
    expect(lengths).toMatchObject({ min: 1, max: 1_000_000 })
  })
})

describe('quantiles of more rows than are held', () => {
  it('are the least values that so great a share does not exceed, in any order of rows', async () => {
    const values = Array.from({ length: 1000 }, (_, n) => Math.floor(((n * 7919) % 1000) / 3) - 20)
    const shares = [0.01, 0.25, 0.5, 0.99]
    const relation = `(SELECT unnest([${values.join(', ')}, NULL])::DOUBLE AS v)`
    const path = await fileFromSql('parquet', quantilesSql(relation, shares, 1e9))
    const ofRows = await Table.read(path)
    const sorted = values.toSorted((a, b) => a - b)
    expect(Object.values(ofRows.row(0))).toEqual(shares.map((share) => sorted[Math.ceil(share * 1000) - 1]))
    const held = await Table.read(await fileFromSql('parquet', quantilesSql(relation, shares, 1000)))
    for (const [n, value] of Object.values(held.row(0)).entries())
      expect(Math.abs((value as number) - (Object.values(ofRows.row(0))[n] as number))).toBeLessThanOrEqual(1)
  })
})

describe('findings', () => {
  it('tell what asks for attention', async () => {
    const rows = Array.from({ length: 300 }, (_, n) => [
      ...[n, 'same', n === 7 ? 'b' : 'a', n < 100 ? '' : n % 10, n % 10 === 3 ? 'n/a' : n % 10, ` ${n % 5}x`, ''],
      ...[n % 3 === 0 ? 'inf' : n % 4, 2 * n + 1],
    ])
    const csv = `id,constant,near,holes,mixed,spaces,empty,infinite,double\n${rows.map((row) => row.join(',')).join('\n')}\n${rows[0]!.join(',')}\n`
    const { findings } = await profileTable(fileOf('csv', csv))
    const found = findings.map(({ kind, column, text }) => `${kind} ${column ?? ''}: ${text}`)
    for (const wanted of [
      'duplicates : 1 row like an earlier one (0.3 %)',
      'constant constant: is always "same"',
      'near-constant near: is "a" in 99.7 % of the rows that have it',
      'missing holes: is missing in 34 % of the rows',
      'mixed mixed: is text, though 90 % of its values are numbers',
      'padded spaces: begins or ends with a space in 301 rows',
      'empty empty: has no value in any row',
      'infinite infinite: is infinite in 101 rows, which count in no figure',
      'correlated id: goes with "double": 1.00',
    ])
      expect(found).toContain(wanted)
  })
})

describe('drift', () => {
  const drift = async (was: string, is: string, options = {}) => {
    const profile = await profileTable(fileOf('csv', is), { against: fileOf('csv', was), ...options })
    return profile.drift!
  }
  const columnOf = (name: string, values: readonly unknown[]) =>
    `${name},k\n${values.map((one) => `${one},1\n`).join('')}`

  it('of a table against itself is none', async () => {
    const { drift: itself } = await profileTable(TABLE, { against: TABLE })
    for (const { populationStabilityIndex, jensenShannon, kolmogorovSmirnov, verdict, unseen = 0 } of itself!.columns) {
      expect([populationStabilityIndex, jensenShannon, verdict, unseen]).toEqual([0, 0, 'stable', 0])
      if (kolmogorovSmirnov) expect(kolmogorovSmirnov).toEqual({ statistic: 0, pValue: 1 })
    }
  })

  it('has a bin for what is missing', async () => {
    const values = Array.from({ length: 100 }, (_, n) => n)
    const { columns } = await drift(
      columnOf('x', values),
      columnOf('x', [...values.slice(50), ...values.map(() => '')]),
    )
    const [x] = columns as [ColumnDrift]
    expect(x.bins.at(-1)).toEqual({ label: 'missing', reference: 0, current: 100 })
    expect(x.bins.map(({ reference }) => reference)).toEqual([...new Array(10).fill(10), 0])
    expect(x.verdict).toBe('strong')
  })

  it('puts infinite values into the first and the last bin', async () => {
    const values = Array.from({ length: 40 }, (_, n) => n)
    const { columns } = await drift(columnOf('x', [...values, 'inf']), columnOf('x', ['-inf', 'inf', 'inf']), {
      bins: 4,
    })
    const [x] = columns as [ColumnDrift]
    expect(x.bins.map(({ current }) => current)).toEqual([1, 0, 0, 2])
  })

  it('tells which columns are gone, new and of another type, and does not compare them', async () => {
    const found = await drift('a,b,c,d\n1,x,2,\n2,y,3,\n', 'a,c,d,e\n1,x,5,1\n3,y,6,2\n')
    expect(found).toMatchObject({ rows: 2, gone: ['b'], added: ['e'] })
    expect(found.retyped).toEqual([{ column: 'c', reference: 'number', current: 'string' }])
    expect(found.columns.map(({ column }) => column)).toEqual(['a', 'd'])
    // The reference has no value of d.
    expect(found.columns[1]).toMatchObject({ column: 'd', verdict: 'strong', unseen: 2 })
    expect(found.columns[1]!.kolmogorovSmirnov).toBeUndefined()
  })

  it('looks at the selected columns alone', async () => {
    const found = await drift('a,b\n1,x\n', 'a,b,c\n1,x,5\n', { select: ['a', 'c'] })
    expect(found).toMatchObject({ gone: [], added: ['c'] })
    expect(found.columns.map(({ column }) => column)).toEqual(['a'])
  })

  it('of categories beyond those with a bin of their own counts the others together', async () => {
    const values = Array.from({ length: 210 }, (_, n) => `v${n % 21}`)
    const { columns } = await drift(columnOf('x', values), columnOf('x', [...values, 'new', 'v20']), { categories: 5 })
    const [x] = columns as [ColumnDrift]
    expect(x.bins).toHaveLength(6)
    expect(x.bins.at(-1)).toEqual({ label: 'other', reference: 160, current: 162 })
    expect(x).toMatchObject({ unseen: 1, verdict: 'stable' })
  })

  it('of texts that never come twice is that of their lengths', async () => {
    const texts = (length: (n: number) => number) =>
      columnOf(
        'x',
        Array.from({ length: 300 }, (_, n) => `${n}`.padStart(length(n), 'abc')),
      )
    const long = texts((n) => 10 + (n % 20))
    const [same] = (await drift(long, long)).columns as [ColumnDrift]
    expect(same).toMatchObject({ by: 'lengths', verdict: 'stable' })
    const [longer] = (
      await drift(
        long,
        texts((n) => 20 + (n % 20)),
      )
    ).columns as [ColumnDrift]
    expect(longer).toMatchObject({ by: 'lengths', verdict: 'strong' })
  })
})

describe('odd tables', () => {
  it('of one row', async () => {
    const profile = await profileTable(fileOf('csv', 'a,b,c\n1,x,\n'))
    expect(profile.column('a').numbers).toMatchObject({ min: 1, max: 1, mean: 1, deviation: 0 })
    expect(profile.correlations.columns).toEqual([])
    expect(profile.toHTML()).not.toMatch(/NaN|Infinity|undefined/)
    expect(String(profile)).toMatch(/1 row, 3 columns, 0 rows twice/)
  })

  it.each([
    ['no row', 'csv', 'a,b\n'],
    ['nothing', 'csv', ''],
    ['blank lines', 'jsonl', '\n\n'],
  ])('of %s is refused', async (_, extension, text) => {
    await expect(profileTable(fileOf(extension, text))).rejects.toEqual(code('ERR_DATA'))
  })

  it('of which everything is missing', async () => {
    const profile = await profileTable(fileOf('csv', 'a,b\n,\n,\n'))
    expect(profile.columns).toMatchObject([
      { type: 'unknown', present: 0, missing: 2, distinct: 0, frequent: [] },
      { type: 'unknown', present: 0, missing: 2, distinct: 0, frequent: [] },
    ])
    expect(profile.toHTML()).not.toMatch(/NaN|Infinity|undefined/)
    expect(String(profile)).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('of 500 columns', async () => {
    const names = Array.from({ length: 500 }, (_, n) => `c${n}`)
    const rows = Array.from({ length: 30 }, (_, row) =>
      names.map((_, n) => (n % 2 === 0 ? row * n + 1 : `t${row % 3}`)),
    )
    const profile = await profileTable(fileOf('csv', `${names}\n${rows.map((row) => row.join(',')).join('\n')}\n`))
    expect(profile.columns).toHaveLength(500)
    expect(profile.correlations.columns).toHaveLength(30)
    expect(profile.correlations.left).toHaveLength(469) // c0 is constant
    expect(profile.toHTML()).toMatch('c499')
  }, 240_000)

  it('whose fields differ in upper and lower case alone, or are named as others are in part', async () => {
    const lines = ['{"A":1,"a":"x","a.b":true}', '{"A":2,"a":null,"a.b":false}']
    const profile = await profileTable(fileOf('jsonl', `${lines.join('\n')}\n`))
    expect(profile.columns.map(({ name, type, present }) => [name, type, present])).toEqual([
      ['A', 'number', 2],
      ['a', 'string', 1],
      ['a.b', 'boolean', 2],
    ])
  })

  it('in several files that leave fields out', async () => {
    const parts = [fileOf('jsonl', '{"a":1}\n'), fileOf('jsonl', '{"b":"x"}\n{"a":2}\n')]
    const profile = await profileTable(parts)
    expect(profile.columns.map(({ name, type, missing }) => [name, type, missing])).toEqual([
      ['a', 'number', 1],
      ['b', 'string', 2],
    ])
  })

  it('of a malformed file is refused, naming the line', async () => {
    await expect(profileTable(fileOf('jsonl', '{"a":1}\n{"a":\n'))).rejects.toEqual(code('ERR_DATA', /line 2/))
    await expect(profileTable(fileOf('csv', 'a,b\n1,2\n3\n'))).rejects.toEqual(code('ERR_DATA'))
  })

  it('whose columns of Parquet are of every type', async () => {
    const select = `SELECT 1::TINYINT AS i, 1.5::DECIMAL(10, 2) AS d, 'NaN'::FLOAT AS f, [1, 2]::INTEGER[2] AS v, {'a': 1} AS s,
      MAP {'k': 1} AS m, 'abc'::BLOB AS b, TIMESTAMPTZ '2024-01-01 01:00:00+01' AS z, TIME '01:02:03' AS t, uuid() AS u, NULL AS n,
      DATE '2024-01-01' AS day, ['x'] AS l, 'infinity'::TIMESTAMP AS e`
    const profile = await profileTable(await fileFromSql('parquet', select))
    expect(Object.fromEntries(profile.columns.map(({ name, type }) => [name, type]))).toEqual({
      ...{ i: 'number', d: 'number', f: 'number', v: 'list', s: 'string', m: 'string', b: 'string', z: 'timestamp' },
      ...{ t: 'string', u: 'string', n: 'unknown', day: 'timestamp', l: 'list', e: 'timestamp' },
    })
    expect(profile.column('f')).toMatchObject({ present: 0, missing: 1 })
    for (const name of ['z', 'day']) expect(profile.column(name).numbers!.min).toBe(Date.UTC(2024, 0, 1))
  })
})

describe('a Table', () => {
  it('has the same profile as the file that it was read from', async () => {
    const [table, against] = [await Table.read(TABLE), await Table.read(REFERENCE)]
    const ofTable = await profileTable(table, { against })
    const ofFile = await profileTable(TABLE, { against: REFERENCE })
    expect(ofTable.toJSON()).toEqual({
      ...ofFile.toJSON(),
      table: 'a table',
      drift: { ...ofFile.drift, against: 'a table' },
    })
    expect((await profileTable(table, { against: REFERENCE })).drift).toEqual(ofFile.drift)
  })

  it('of any type of columns', async () => {
    const table = Table.from({
      when: [new Date(0), null],
      tags: [['a', 'b'], []],
      vector: [
        [1, 2],
        [3, 4],
      ],
      'a "b"': ['x', 'y'],
    })
    const profile = await profileTable(table)
    expect(profile.columns.map(({ name, type }) => [name, type])).toEqual([
      ...[['when', 'timestamp'] as const, ['tags', 'list'] as const, ['vector', 'list'] as const],
      ['a "b"', 'string'],
    ])
  })

  it('of texts alone is counted by DuckDB, and not read here row by row', async () => {
    const { DuckDBConnection } = createRequire(resolve('package.json'))(
      '@duckdb/node-api',
    ) as typeof import('@duckdb/node-api')
    const run = vi.spyOn(DuckDBConnection.prototype, 'run')
    try {
      await profileTable(Table.from({ text: Array.from({ length: 300 }, (_, i) => `text ${i}`) }))
      const results = await Promise.all(run.mock.results.map(({ value }) => value as ReturnType<typeof run>))
      expect(results.length).toBeGreaterThan(5)
      expect(Math.max(...results.map(({ rowCount }) => rowCount))).toBeLessThan(100)
    } finally {
      run.mockRestore()
    }
  })

  it('has columns whose names differ by case alone', async () => {
    const table = Table.from({ Price: [1, 2], price: ['a', 'b'], other: [3, 4] })
    const { columns } = await profileTable(table, { select: ['price', 'Price', 'price'] })
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['price', 'string'],
      ['Price', 'number'],
    ])
    const drift = (await profileTable(table, { against: table })).drift!
    expect(drift.columns.map(({ column }) => column)).toEqual(['Price', 'price', 'other'])
    const apart = await profileTable(table, { against: Table.from({ else: [1] }) })
    expect(String(apart)).toMatch(/Drift against a table, 1 row\nno column can be compared/)
  })

  it('without rows or columns, or with options of files, is refused', async () => {
    const empty = Table.from([{ a: 1 }]).slice(0, 0)
    await expect(profileTable(empty)).rejects.toEqual(code('ERR_DATA', /^a table: there are no rows/))
    const one = Table.from([{ price: 1 }])
    await expect(profileTable(one, { select: ['prise'] })).rejects.toEqual(code('ERR_COLUMN', /table has: "price"/))
    await expect(profileTable(Table.from([]))).rejects.toEqual(code('ERR_DATA', /no columns/))
    await expect(profileTable(Table.from({ a: [] }))).rejects.toEqual(code('ERR_DATA', /no rows/))
    const table = Table.from({ a: [1] })
    await expect(profileTable(table, { delimiter: ';' })).rejects.toEqual(code('ERR_VALUE', /delimiter: of files/))
  })
})

describe('calls', () => {
  it.each<[string, object, string, RegExp]>([
    ['an unknown option', { agianst: 'x.csv' }, 'ERR_VALUE', /Did you mean "against"/],
    ['a column that is not there', { select: ['prise'] }, 'ERR_COLUMN', /"prise".*Did you mean "price"/],
    ['no columns', { select: [] }, 'ERR_VALUE', /select/],
    ['one bin', { bins: 1 }, 'ERR_VALUE', /bins/],
    ['a floor of 0', { floor: 0 }, 'ERR_VALUE', /floor/],
    ['too little memory', { maxBytes: 1000 }, 'ERR_VALUE', /maxBytes/],
    ['a reference that is not there', { against: 'none.csv' }, 'ERR_IO', /none\.csv/],
    ['a fired signal', { signal: AbortSignal.abort() }, 'ERR_ABORTED', /aborted/],
  ])('are refused: %s', async (_, options, error, message) => {
    await expect(profileTable(TABLE, options)).rejects.toEqual(code(error, message))
  })

  it('tell of each column as it is done', async () => {
    const told: string[] = []
    await profileTable(TABLE, { against: REFERENCE, onProgress: ({ done, total }) => told.push(`${done}/${total}`) })
    expect(told).toEqual(Array.from({ length: 14 }, (_, n) => `${n + 1}/14`))
  })

  it('stop when they are aborted', async () => {
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    await expect(profileTable(TABLE, { signal: controller.signal, onProgress })).rejects.toEqual(code('ERR_ABORTED'))
  })

  it('give the same in a worker thread', async () => {
    const script = `
      const { parentPort, workerData } = require('node:worker_threads')
      const { profileTable } = require(workerData.kindred)
      const { table, against } = workerData
      profileTable(table, { against }).then((profile) => parentPort.postMessage(JSON.stringify(profile)))`
    const workerData = { kindred: resolve('dist/index.js'), table: TABLE, against: REFERENCE }
    const worker = new Worker(script, { eval: true, workerData })
    const [message] = await once(worker, 'message')
    await worker.terminate()
    expect(message).toBe(JSON.stringify(await profileTable(TABLE, { against: REFERENCE })))
  })

  it('give the same twice, whatever the sample', async () => {
    const select = 'SELECT range % 1000 / 7 AS a, range % 13 AS b, (range * 17) % 997 AS c FROM range(250000)'
    const path = await fileFromSql('parquet', select)
    const [one, two] = [await profileTable(path), await profileTable(path)]
    expect(one.correlations.rows).toBeGreaterThan(99_000)
    expect(one.correlations.rows).toBeLessThan(101_000)
    expect(two.toJSON()).toEqual(one.toJSON())
  })

  it('work in memory that the table does not fit into', async () => {
    const select = `SELECT hash(range)::VARCHAR || hash(range + 1)::VARCHAR AS text, (hash(range * 3) % 1000000007)::DOUBLE AS x FROM range(2000000)`
    const path = await fileFromSql('parquet', select)
    const profile = await profileTable(path, { maxBytes: 128 * 2 ** 20 })
    expect(profile.column('text')).toMatchObject({ distinct: 2_000_000, missing: 0 })
    expect(profile.duplicates).toBe(0)
  }, 240_000)

  it('write a page, and nothing else', async () => {
    const profile = await profileTable(TABLE)
    await profile.save(`${dir}/profile.html`)
    expect(readFileSync(`${dir}/profile.html`, 'utf8')).toBe(profile.toHTML())
    await expect(profile.save(`${dir}/profile.pdf`)).rejects.toEqual(code('ERR_VALUE', /ends with \.html/))
    await expect(profile.save(`${dir}/none/profile.html`)).rejects.toEqual(code('ERR_IO'))
    expect(JSON.parse(JSON.stringify(profile))).toEqual(JSON.parse(JSON.stringify(profile.toJSON())))
    expect(() => profile.column('none')).toThrow(code('ERR_COLUMN', /"price"/))
  })
})
