import { cleanTable, Table, TableCleaner } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../../support/table-files.js'

const column = (table: Table, name: string) => [...table].map((row) => row[name])

describe('missing values', () => {
  const table = Table.from([
    { n: 1, s: 'a', is: true },
    { n: null, s: null, is: null },
    { n: 5, s: 'b', is: false },
    { n: 3, s: 'b', is: true },
    { n: 100, s: 'c', is: null },
  ])

  it.each([
    ['mean', 27.25],
    ['median', 4],
    ['most-frequent', 1],
    [{ fill: 'constant', value: -1 }, -1],
  ] as const)('are filled by %j', async (rule, filled) => {
    const { table: cleaned, report } = await cleanTable(table, { missing: { n: rule } })
    expect(column(cleaned, 'n')).toEqual([1, filled, 5, 3, 100])
    expect(report.missing.n).toEqual({ count: 1, fill: typeof rule === 'string' ? rule : rule.fill, value: filled })
    expect(column(table, 'n')[1]).toBeNull()
  })

  it('of strings and booleans are filled by the most frequent or a constant', async () => {
    const rules = { missing: { s: 'most-frequent', is: 'most-frequent' } } as const
    expect(column((await cleanTable(table, rules)).table, 's')).toEqual(['a', 'b', 'b', 'b', 'c'])
    expect(column((await cleanTable(table, rules)).table, 'is')).toEqual([true, true, false, true, true])
    const constant = await cleanTable(table, { missing: { s: { fill: 'constant', value: 'new', flag: true } } })
    expect(column(constant.table, 's')).toEqual(['a', 'new', 'b', 'b', 'c'])
    expect(column(constant.table, 's_missing')).toEqual([false, true, false, false, false])
  })

  it('drop their rows, or are flagged', async () => {
    const { table: cleaned, report } = await cleanTable(table, { missing: { n: 'drop', is: 'flag' } })
    expect(column(cleaned, 'is_missing')).toEqual([false, false, false, true])
    expect(report).toMatchObject({ read: 5, kept: 4, dropped: { duplicates: 0, outliers: 0, missing: 1 } })
    expect(report.missing).toEqual({
      n: { count: 1, fill: 'drop', value: null },
      is: { count: 1, fill: 'none', value: null },
    })
    expect(String(report)).toBe(
      '5 rows, 4 kept; dropped: 0 duplicates, 0 with outliers, 1 with missing values\n  n: 1 missing: drop\n  is: 1 missing: none',
    )
  })

  it('where a table has no others take the type of what is put there', async () => {
    const cleaner = new TableCleaner({ missing: { s: 'most-frequent', is: 'most-frequent' } })
    await cleaner.fit(Table.from({ s: ['a', 'a', 'b'], is: [true, true, null] }))
    const one = await cleaner.transform(Table.from([{ s: null, is: null }]))
    expect(one.table.row(0)).toEqual({ s: 'a', is: true })
    const texts = Table.from([{ n: null }], { types: { n: 'string' } })
    const { table: filled } = await cleanTable(texts, { missing: { n: { fill: 'constant', value: 3 } } })
    expect(filled.column('n')).toMatchObject({ type: 'number', values: Float64Array.of(3) })
  })

  it('that cannot be filled so are an error', async () => {
    await expect(cleanTable(table, { missing: { s: 'mean' } })).rejects.toEqual(code('ERR_COLUMN', /string/))
    await expect(cleanTable(table, { missing: { n: { fill: 'constant', value: 'x' } } })).rejects.toEqual(
      code('ERR_COLUMN'),
    )
    await expect(cleanTable(table, { missing: { n: { fill: 'constant' } } })).rejects.toEqual(
      code('ERR_VALUE', /value/),
    )
    await expect(cleanTable(table, { missing: { n: 'mode' as never } })).rejects.toEqual(code('ERR_VALUE', /'median'/))
    await expect(cleanTable(table, { missing: { m: 'drop' } })).rejects.toEqual(code('ERR_COLUMN', /"m"/))
    const empty = Table.from([{ n: null }], { types: { n: 'number' } })
    await expect(cleanTable(empty, { missing: { n: 'mean' } })).rejects.toEqual(code('ERR_DATA', /no values/))
    const taken = Table.from([{ n: null, n_missing: 1 }])
    await expect(cleanTable(taken, { missing: { n: 'flag' } })).rejects.toEqual(code('ERR_VALUE', /n_missing/))
  })
})

describe('outliers', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1000, null, -500]
  const table = Table.from({ n: values, i: values.map((_, i) => i) }, { types: { n: 'number' } })
  // numpy.percentile(v, [25, 75]) = [2.5, 7.5]
  const inside = { low: 2.5 - 7.5, high: 7.5 + 7.5 }

  it('by the interquartile range are clipped, dropped, made missing or flagged', async () => {
    const run = async (action?: 'clip' | 'drop' | 'missing' | 'flag') =>
      cleanTable(table, { outliers: { n: { method: 'iqr', ...(action && { action }) } } })
    const clipped = await run()
    expect(column(clipped.table, 'n')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 15, null, -5])
    expect(clipped.report.outliers.n).toEqual({ count: 2, ...inside, action: 'clip' })
    const dropped = await run('drop')
    expect(column(dropped.table, 'i')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 10])
    expect(dropped.report.dropped.outliers).toBe(2)
    expect(column((await run('missing')).table, 'n').slice(9)).toEqual([null, null, null])
    expect(column((await run('flag')).table, 'n_outlier').map(Number)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1])
  })

  it('by standard deviations and by quantiles', async () => {
    // numpy.mean + 2 numpy.std
    const z = await cleanTable(table, { outliers: { n: { method: 'z-score', factor: 2, action: 'flag' } } })
    expect(z.report.outliers.n!.count).toBe(1)
    expect(z.report.outliers.n!.high).toBeCloseTo(716.5012871495544, 9)
    const w = await cleanTable(table, { outliers: { n: { method: 'winsorize', limits: [0.1, 0.9] } } })
    expect(column(w.table, 'n')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, null, 1])
    const constant = Table.from([{ n: 3 }, { n: 3 }])
    const none = await cleanTable(constant, { outliers: { n: { method: 'z-score', action: 'drop' } } })
    expect(none.table.rows).toBe(2)
  })

  it('are found before missing values are filled', async () => {
    const rules = { outliers: { n: { method: 'iqr', action: 'missing' } }, missing: { n: 'mean' } } as const
    const { table: cleaned, report } = await cleanTable(table, rules)
    expect(column(cleaned, 'n').slice(9)).toEqual([5, 5, 5])
    expect(report.missing.n!.count).toBe(3)
  })

  it('of what is no number, by other rules, are an error', async () => {
    const outliers = (rule: object) => cleanTable(table, { outliers: { n: rule as never } })
    await expect(outliers({ method: 'magic' })).rejects.toEqual(code('ERR_VALUE', /'iqr'/))
    await expect(outliers({ method: 'iqr', limits: [0, 1] })).rejects.toEqual(code('ERR_VALUE', /limits/))
    await expect(outliers({ method: 'winsorize', limits: [0.9, 0.1] })).rejects.toEqual(code('ERR_VALUE', /limits/))
    await expect(outliers({ method: 'iqr', factr: 2 })).rejects.toEqual(code('ERR_VALUE', /"factor"/))
    await expect(cleanTable(Table.from([{ s: 'a' }]), { outliers: { s: { method: 'iqr' } } })).rejects.toEqual(
      code('ERR_COLUMN', /string/),
    )
  })
})

describe('duplicates', () => {
  const table = Table.from([
    { u: 'a', n: 1, l: ['x'], v: [1, 2] },
    { u: 'a', n: 1, l: ['x'], v: [1, 2] },
    { u: 'a', n: 1, l: ['x', 'y'], v: [1, 2] },
    { u: 'a', n: null, l: [], v: null },
    { u: 'a', n: null, l: [], v: null },
    { u: null, n: 1, l: ['x'], v: [1, 3] },
  ])

  it('of whole rows are dropped, of a key the first or the last kept', async () => {
    const whole = await cleanTable(table, { duplicates: true })
    expect(whole.table.rows).toBe(4)
    expect(whole.report.dropped.duplicates).toBe(2)
    const indexed = table.with([{ type: 'number', name: 'i', values: Float64Array.of(0, 1, 2, 3, 4, 5) }])
    const first = await cleanTable(indexed, { duplicates: { by: ['u', 'n'] } })
    expect(column(first.table, 'i')).toEqual([0, 3, 5])
    const last = await cleanTable(indexed, { duplicates: { by: ['u', 'n'], keep: 'last' } })
    expect(column(last.table, 'i')).toEqual([2, 4, 5])
    expect((await cleanTable(indexed, { duplicates: { by: [] } })).table.rows).toBe(1)
    expect((await cleanTable(indexed, { duplicates: false })).table.rows).toBe(6)
    await expect(cleanTable(table, { duplicates: { by: ['x'] } })).rejects.toEqual(code('ERR_COLUMN', /"x"/))
  })
})

describe('types', () => {
  it('are given to columns, and what does not fit is counted', async () => {
    const table = Table.from([
      { a: '1', b: 2, t: '2024-01-01' },
      { a: 'x', b: null, t: 'soon' },
      { a: '1', b: 3, t: '' },
    ])
    const { table: cleaned, report } = await cleanTable(table, {
      types: { a: 'number', b: 'string', t: 'timestamp' },
      missing: { a: 'mean' },
    })
    expect([...cleaned]).toEqual([
      { a: 1, b: '2', t: new Date('2024-01-01') },
      { a: 1, b: null, t: null },
      { a: 1, b: '3', t: null },
    ])
    expect(report.unreadable).toEqual({ a: { count: 1, example: '"x"' }, t: { count: 1, example: '"soon"' } })
    expect(String(report)).toContain('a: 1 values do not fit the type, such as "x": missing')
  })
})

describe('a cleaner', () => {
  const rules = {
    outliers: { n: { method: 'winsorize', limits: [0, 0.5] } },
    missing: { n: 'mean', s: 'most-frequent' },
  } as const
  const train = Table.from([
    { n: 0, s: 'a' },
    { n: 10, s: 'a' },
    { n: 20, s: 'b' },
  ])
  const test = Table.from([
    { n: 1000, s: null },
    { n: null, s: 'b' },
  ])

  it('applies to others what it learnt of one, also from JSON', async () => {
    const cleaner = await new TableCleaner(rules).fit(train)
    const copy = TableCleaner.fromJSON(JSON.parse(JSON.stringify(cleaner)))
    for (const one of [cleaner, copy]) {
      const { table } = await one.transform(test)
      expect(column(table, 'n')[0]).toBe(10)
      expect(column(table, 'n')[1]).toBeCloseTo(20 / 3, 12)
      expect(column(table, 's')).toEqual(['a', 'b'])
    }
    expect(cleaner.toJSON().outliers).toEqual({ n: { low: 0, high: 10 } })
  })

  it('is not fitted by a fit that fails', async () => {
    const cleaner = new TableCleaner(rules)
    await expect(cleaner.transform(test)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(cleaner.fit(Table.from([{ n: 1, s: null }]))).rejects.toEqual(code('ERR_DATA'))
    expect(() => cleaner.toJSON()).toThrow(code('ERR_NOT_FITTED'))
    expect(() => TableCleaner.fromJSON({} as never)).toThrow(code('ERR_VALUE'))
    expect(() => TableCleaner.fromJSON({ rules, outliers: {}, fills: {} })).toThrow(code('ERR_VALUE', /"n"/))
  })

  it('leaves the event loop alive, and hears an abort', async () => {
    const size = 500_000
    const n = Float64Array.from({ length: size }, (_, i) => (i * 7919) % 10_007)
    const large = Table.from({ n, m: n.slice().reverse() })
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const all = { outliers: { n: { method: 'iqr' } }, missing: { m: 'median' }, duplicates: true } as const
    const { report } = await cleanTable(large, all)
    clearInterval(timer)
    expect(report.missing.m!.value).toBe(n.slice().sort()[size / 2 - 1]! / 2 + n.slice().sort()[size / 2]! / 2)
    expect(ticks).toBeGreaterThan(5)
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 5)
    await expect(cleanTable(large, { ...all, signal: controller.signal })).rejects.toEqual(code('ERR_ABORTED'))
  })
})
