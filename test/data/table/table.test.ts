import { Features, Matrix, Table } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../../support/table-files.js'

const day = new Date('2024-03-05T14:30:15Z')
const rows = [
  { n: 1.5, is: true, when: day, text: 'a', tags: ['x', 'y'], vector: [1, 2] },
  { n: null, is: null, when: null, text: null, tags: [], vector: null },
  { n: -0, is: false, text: 'b', tags: ['y'], vector: Float32Array.of(3, 4) },
  { n: Number.NaN, text: 'a', extra: 7 },
]
const table = Table.from(rows)

describe('Table.from rows', () => {
  it('takes columns by any name', () => {
    const row = { constructor: 1, toString: 'a', hasOwnProperty: true }
    expect([...Table.from([row])]).toEqual([row])
    const { columns } = Table.from({ constructor: [1], valueOf: ['a'] })
    expect(columns).toEqual(['constructor', 'valueOf'])
  })

  it('makes a column of each kind', () => {
    expect(table.rows).toBe(4)
    expect(table.columns).toEqual(['n', 'is', 'when', 'text', 'tags', 'vector', 'extra'])
    expect(table.columns.map((name) => table.column(name).type)).toEqual([
      ...['number', 'boolean', 'timestamp', 'string', 'list', 'vector', 'number'],
    ])
    expect(table.column('n')).toEqual({ type: 'number', name: 'n', values: Float64Array.of(1.5, NaN, -0, NaN) })
    expect(table.column('text')).toMatchObject({ codes: Int32Array.of(0, -1, 1, 0), dictionary: ['a', 'b'] })
    expect(table.column('tags')).toMatchObject({
      offsets: Int32Array.of(0, 2, 2, 3, 3),
      codes: Int32Array.of(0, 1, 1),
      dictionary: ['x', 'y'],
    })
    expect(table.column('vector')).toMatchObject({ width: 2, values: Float32Array.of(1, 2, NaN, NaN, 3, 4, NaN, NaN) })
  })

  it('gives rows back as objects', () => {
    expect(table.row(0)).toEqual({
      ...{ n: 1.5, is: true, when: day, text: 'a', tags: ['x', 'y'] },
      ...{ vector: Float32Array.of(1, 2), extra: null },
    })
    expect([...table]).toHaveLength(4)
    expect(Table.from(table).columns.map((name) => Table.from(table).column(name))).toEqual(
      table.columns.map((name) => table.column(name)),
    )
    expect(() => table.row(4)).toThrow(code('ERR_VALUE', /0 to 3/))
  })

  it('makes strings of what is of several kinds, and counts what has no text', () => {
    const mixed = Table.from([{ id: 7 }, { id: '007' }, { id: true }, { id: {} }])
    expect([...mixed].map(({ id }) => id)).toEqual(['7', '007', 'true', null])
    expect(mixed.report).toEqual({ read: 4, unreadable: { id: { count: 1, example: 'Object' } } })
  })

  it('takes types, and counts what does not fit them', () => {
    const typed = Table.from([{ n: '1.5' }, { n: 'x' }, { n: '' }, { n: Infinity }, { n: true }], {
      types: { n: 'number' },
    })
    expect(typed.column('n')).toMatchObject({ values: Float64Array.of(1.5, NaN, NaN, NaN, 1) })
    expect(typed.report.unreadable).toEqual({ n: { count: 2, example: '"x"' } })
    expect(Table.from([], { types: { a: 'string' } }).column('a').type).toBe('string')
  })

  it('keeps lists of numbers of several lengths as texts', () => {
    expect([...Table.from([{ a: [] }, { a: [1, 2] }, { a: [3] }])].map(({ a }) => a)).toEqual([[], ['1', '2'], ['3']])
  })

  it.each([
    [[1], /row 0/],
    [[{ a: 1 }, null], /row 1/],
    [5, /rows, or columns/],
    [null, /rows, or columns/],
  ])('refuses %j', (data, message) => {
    expect(() => Table.from(data as never)).toThrow(code('ERR_VALUE', message))
  })
})

describe('Table.from columns', () => {
  it('keeps arrays of 64-bit floats and columns', () => {
    const n = Float64Array.of(1, 2)
    const made = Table.from({
      n,
      other: table.column('text').type === 'string' ? ['p', 'q'] : [],
      i: Int32Array.of(3, 4),
    })
    expect((made.column('n') as { values: Float64Array }).values).toBe(n)
    expect([...made]).toEqual([
      { n: 1, other: 'p', i: 3 },
      { n: 2, other: 'q', i: 4 },
    ])
    expect(Table.from({ renamed: made.column('n') }).column('renamed').name).toBe('renamed')
    expect(Table.from({ f: Float32Array.of(1, Infinity) }).report.unreadable).toEqual({
      f: { count: 1, example: 'Infinity' },
    })
  })

  it('refuses columns of several lengths, and what is none', () => {
    expect(() => Table.from({ a: [1], b: [1, 2] })).toThrow(code('ERR_SHAPE', /"a" has 1 rows and "b" has 2/))
    expect(() => Table.from({ a: 5 })).toThrow(code('ERR_VALUE', /"a"/))
    expect(() => Table.fromColumns([{} as never])).toThrow(code('ERR_VALUE'))
    const column = table.column('n')
    expect(() => Table.fromColumns([column, column])).toThrow(code('ERR_VALUE', /twice/))
  })
})

describe('parts of a table', () => {
  it('are its columns', () => {
    expect(table.select(['text', 'n']).columns).toEqual(['text', 'n'])
    expect(table.drop(['n', 'is', 'when', 'tags', 'vector', 'extra']).columns).toEqual(['text'])
    expect(table.select([]).rows).toBe(4)
    expect(table.rename({ n: 'm' }).columns[0]).toBe('m')
    expect(() => table.select(['txet'])).toThrow(code('ERR_COLUMN', /Did you mean "text"/))
    expect(() => table.rename({ n: 'is' })).toThrow(code('ERR_VALUE', /twice/))
    expect(() => table.drop(['no'])).toThrow(code('ERR_COLUMN'))
  })

  it('are rows by number, by a function, and slices', () => {
    const of = (part: Table) => [...part].map(({ text, tags, vector }) => [text, tags, vector])
    const all = of(table)
    expect(of(table.filterRows(Int32Array.of(2, 0, 0)))).toEqual([all[2], all[0], all[0]])
    expect(of(table.filterRows((row, i) => row.text === 'a' || i === 2))).toEqual([all[0], all[2], all[3]])
    expect(of(table.slice(1, 3))).toEqual(all.slice(1, 3))
    expect(of(table.slice(1).slice(1))).toEqual(all.slice(2))
    expect(() => table.filterRows(Int32Array.of(4))).toThrow(code('ERR_VALUE', /0 to 3/))
    expect(() => table.filterRows([1] as never)).toThrow(code('ERR_VALUE', /Int32Array/))
    expect(() => table.slice(3, 5)).toThrow(code('ERR_VALUE'))
    const isB = (async (row: { text: unknown }) => row.text === 'b') as never
    expect(() => table.filterRows(isB)).toThrow(code('ERR_VALUE', /not async/))
  })

  it('come together again, also with dictionaries of their own', () => {
    const cells = (one: Table) => [...one]
    expect(cells(Table.concat([table.slice(0, 1), table.slice(1)]))).toEqual(cells(table))
    const others = Table.concat([
      Table.from([{ t: 'b', l: ['q'] }]),
      Table.from([{ l: ['r', 'q'], t: 'a' }, { t: null }]),
    ])
    expect(cells(others)).toEqual([
      { t: 'b', l: ['q'] },
      { t: 'a', l: ['r', 'q'] },
      { t: null, l: [] },
    ])
    expect(() => Table.concat([table, table.drop(['n'])])).toThrow(code('ERR_COLUMN', /"n"/))
    expect(() => Table.concat([Table.from([{ a: 1 }]), Table.from([{ a: 'x' }])])).toThrow(code('ERR_COLUMN', /"a"/))
    expect(() => Table.concat([])).toThrow(code('ERR_VALUE'))
  })

  it('take further columns', () => {
    const n = { type: 'number', name: 'n', values: Float64Array.of(9, 9, 9, 9) } as const
    const changed = table.with([n, { ...n, name: 'm' }])
    expect(changed.columns).toEqual([...table.columns, 'm'])
    expect(changed.row(1).n).toBe(9)
    expect(table.row(1).n).toBeNull()
    expect(() => table.with([{ ...n, values: Float64Array.of(1) }])).toThrow(code('ERR_SHAPE'))
  })
})

describe('split', () => {
  const many = Table.from({
    i: Int32Array.from({ length: 100 }, (_, i) => i),
    t: Array.from({ length: 100 }, (_, i) => (i % 10 === 9 ? null : new Date(1000 * (99 - i)))),
  })
  const is = (part: Table) => [...part].map(({ i }) => i as number)

  it('by chance gives parts that are the whole, the same for the same seed', () => {
    const { train, test, validation } = many.split({ by: 'random', fraction: 0.3, validation: 0.1, seed: 5 })
    expect([train.rows, test.rows, validation!.rows]).toEqual([60, 30, 10])
    expect([...is(train), ...is(test), ...is(validation!)].sort((a, b) => a - b)).toEqual(is(many))
    expect(is(train)).toEqual([...is(train)].sort((a, b) => a - b))
    const again = many.split({ by: 'random', fraction: 0.3, validation: 0.1, seed: 5 })
    expect(is(again.test)).toEqual(is(test))
    expect(is(many.split({ by: 'random', fraction: 0.3, seed: 6 }).test)).not.toEqual(is(test))
    expect(many.split({ by: 'random' }).validation).toBeUndefined()
  })

  it('lets the event loop run where asked to, and hears an abort', async () => {
    const options = { by: 'random', fraction: 0.3, validation: 0.1, seed: 5 } as const
    const { train, test, validation } = await many.splitAsync(options)
    const parts = many.split(options)
    expect([train, test, validation!].map(is)).toEqual([parts.train, parts.test, parts.validation!].map(is))
    const signal = AbortSignal.abort()
    await expect(many.splitAsync({ by: 'time', column: 't', signal })).rejects.toEqual(code('ERR_ABORTED'))
    expect(is(await many.filterRowsAsync(Int32Array.of(3, 1)))).toEqual([3, 1])
    expect(is(await many.filterRowsAsync(({ i }) => (i as number) > 97))).toEqual([98, 99])
    await expect(many.filterRowsAsync(() => true, { signal })).rejects.toEqual(code('ERR_ABORTED'))
    await expect(many.splitAsync({ by: 'random', signl: signal } as never)).rejects.toEqual(
      code('ERR_VALUE', /"signl"/),
    )
  })

  it('by time never has a later row in train', () => {
    const { train, test, validation } = many.split({ by: 'time', column: 't', fraction: 0.2, validation: true })
    const times = (part: Table) => [...part].flatMap(({ t }) => (t === null ? [] : [(t as Date).getTime()]))
    expect(test.rows + validation!.rows).toBe(36)
    expect(train.rows).toBe(64)
    expect(Math.max(...times(train))).toBeLessThan(Math.min(...times(validation!)))
    expect(Math.max(...times(validation!))).toBeLessThan(Math.min(...times(test)))
    const at = many.split({ by: 'time', column: 't', at: new Date(50_000) })
    expect(is(at.test)).toEqual(is(many).filter((i) => i <= 49 && i % 10 !== 9))
  })

  it('refuses what is not of it', () => {
    expect(() => many.split({ by: 'time', column: 't', seed: 1 } as never)).toThrow(code('ERR_VALUE', /"seed"/))
    expect(() => many.split({ by: 'time', column: 'x' })).toThrow(code('ERR_COLUMN', /"x"/))
    expect(() => many.split({ by: 'time', column: 't', at: 3, fraction: 0.5 })).toThrow(
      code('ERR_VALUE', /at and fraction/),
    )
    expect(() => many.split({ by: 'random', fraction: 0.6, validation: 0.6 })).toThrow(code('ERR_VALUE', /whole/))
  })
})

describe('features', () => {
  it('are numbers beside one another, by id', () => {
    const made = Table.from([
      { id: 'a', n: 1, b: true, v: [2, 3], s: 'no' },
      { id: 'b', n: 4, b: false, v: [5, 6], s: 'no' },
    ])
    const features = made.toFeatures({ id: 'id' })
    expect([...features.ids]).toEqual(['a', 'b'])
    expect(features.matrix.data).toEqual(Float32Array.of(1, 1, 2, 3, 4, 0, 5, 6))
    expect(made.toFeatures({ id: 'id', columns: ['v'] }).dims).toBe(2)
    expect(() => made.toFeatures({ id: 'id', columns: ['s'] })).toThrow(code('ERR_COLUMN', /"s"/))
    expect(() => table.toFeatures({ id: 'text', columns: ['n'] })).toThrow(code('ERR_VALUE', /row 1/))
    expect(() => made.toFeatures({ id: 'b' })).toThrow(code('ERR_COLUMN', /boolean/))
  })

  it('become a table, and come back', () => {
    const features = Features.from([3, 1], new Matrix(2, 2, Float32Array.of(1, 2, 3, 4)))
    const made = Table.fromFeatures(features)
    expect([...made]).toEqual([
      { id: 3, vector: Float32Array.of(1, 2) },
      { id: 1, vector: Float32Array.of(3, 4) },
    ])
    const back = made.toFeatures({ id: 'id' })
    expect([...back.ids]).toEqual([3, 1])
    expect(back.matrix.data).toEqual(features.matrix.data)
  })
})
