import { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { Table, type TableRow } from 'kindred'
import { describe, expect, it } from 'vitest'
import { withDuckDb } from '#lib/data/tables/duckdb/duckdb.js'
import { duckDbReader } from '#lib/data/tables/duckdb/duckdb-reader.js'
import { jsonlNames } from '#lib/data/tables/files/jsonl-lines.js'
import { code, fileFromSql, fileOf } from '../../support/table-files.js'

const rowsOf = async (...args: Parameters<typeof Table.read>) => [...(await Table.read(...args))]
const types = (table: Table) => Object.fromEntries(table.columns.map((name) => [name, table.column(name).type]))

describe('a CSV file', () => {
  it('counts infinite numbers as values that do not fit', async () => {
    const unreadable = { n: { count: 1, example: 'Infinity' } }
    const infinite = [fileOf('csv', 'n\n1\n1e400\n'), fileOf('jsonl', '{"n":1}\n{"n":Infinity}\n')]
    infinite.push(await fileFromSql('parquet', `SELECT unnest([1, 'inf'::DOUBLE]) AS n`))
    for (const file of infinite) {
      const read = await Table.read(file)
      expect([...read]).toEqual([{ n: 1 }, { n: null }])
      expect(read.report.unreadable).toEqual(unreadable)
    }
  })

  it('says what helps where a column of Parquet holds bytes', async () => {
    const file = await fileFromSql('parquet', `SELECT 1 AS n, '\\xFF\\x00'::BLOB AS raw`)
    await expect(Table.read(file)).rejects.toEqual(code('ERR_DATA', /column of bytes.*columns/))
    expect([...(await Table.read(file, { columns: ['n'] }))]).toEqual([{ n: 1 }])
  })

  it('has columns of the types of all their values', async () => {
    const path = fileOf(
      'csv',
      'id,n,is,day,at,text,none\n007,1,true,2024-03-05,2024-03-05T14:30:15.5Z,a,\n42,-2.5e3,FALSE,2024-03-06,,"b, c",\n,,,,,"",\n',
    )
    const table = await Table.read(path)
    expect(types(table)).toEqual({
      ...{
        id: 'string',
        n: 'number',
        is: 'boolean',
        day: 'timestamp',
        at: 'timestamp',
        text: 'string',
        none: 'number',
      },
    })
    expect([...table]).toEqual([
      {
        ...{ id: '007', n: 1, is: true, day: new Date('2024-03-05'), at: new Date('2024-03-05T14:30:15.500Z') },
        ...{ text: 'a', none: null },
      },
      { id: '42', n: -2500, is: false, day: new Date('2024-03-06'), at: null, text: 'b, c', none: null },
      { id: null, n: null, is: null, day: null, at: null, text: null, none: null },
    ])
    expect(table.report).toEqual({ read: 3, unreadable: {} })
  })

  it.each([
    ['ids with leading zeros', '1', '007', 'string'],
    ['integers beyond 2^53', '1', '9007199254740993', 'string'],
    ['long fractions', '1', '0.12345678901234567', 'number'],
    ['zero and fractions', '0', '-0.5', 'number'],
    ['plus signs', '1', '+3', 'string'],
    ['NaN', '1', 'nan', 'number'],
    ['words among numbers', '1', 'x', 'string'],
    ['numbers among truths', 'true', '1', 'string'],
    ['dates among numbers', '1', '2024-01-01', 'string'],
    ['words among dates', '2024-01-01', 'soon', 'string'],
    ['dates of other forms', '2024-01-01', '2024-01-02 10:00', 'timestamp'],
  ])('that has %s at its very end is read as such', async (_, first, last, type) => {
    const path = fileOf('csv', `a,b\n${`${first},1\n`.repeat(9000)}${last},1\n`)
    const table = await Table.read(path)
    expect(types(table)).toEqual({ a: type, b: 'number' })
    expect(table.rows).toBe(9001)
    if (type === 'string') expect([table.row(0).a, table.row(9000).a]).toEqual([first, last])
  })

  it('is read by the types that are given, and what does not fit is counted', async () => {
    const path = fileOf(
      'csv',
      'n,s,l,t,v,is\n1,1,a|b,2024-01-01,"[1,2]",1\nx,2,"[""c"",""d|e""]",?,,no\n 3 ,3,,5,"[3,4]",maybe\n',
    )
    const table = await Table.read(path, {
      columns: { v: 'vector', n: 'number', s: 'string', l: 'list', t: 'timestamp', is: 'boolean' },
    })
    expect(table.columns).toEqual(['v', 'n', 's', 'l', 't', 'is'])
    expect([...table]).toEqual([
      { v: Float32Array.of(1, 2), n: 1, s: '1', l: ['a', 'b'], t: new Date('2024-01-01'), is: true },
      { v: null, n: null, s: '2', l: ['c', 'd|e'], t: null, is: false },
      { v: Float32Array.of(3, 4), n: 3, s: '3', l: [], t: new Date(5), is: null },
    ])
    expect(table.report.unreadable).toEqual({
      n: { count: 1, example: '"x"' },
      t: { count: 1, example: '"?"' },
      is: { count: 1, example: '"maybe"' },
    })
  })

  it('may lack a header, be compressed, and have commas for points', async () => {
    const path = fileOf('csv.gz', gzipSync('1,5;x\n2,5;y\n'))
    const options = { header: ['n', 's'], delimiter: ';', decimal: ',' } as const
    expect(await rowsOf(path, { ...options, columns: ['s', 'n'] })).toEqual([
      { s: 'x', n: 1.5 },
      { s: 'y', n: 2.5 },
    ])
  })

  it('may be several, whose types are those of all', async () => {
    const files = [fileOf('csv', 'a,b\n1,x\n'), fileOf('csv', 'b,a\ny,z\n')]
    expect(await rowsOf(files)).toEqual([
      { a: '1', b: 'x' },
      { a: 'z', b: 'y' },
    ])
  })

  it('that lacks a column or is malformed is an error', async () => {
    const path = fileOf('csv', 'a,b\n1,2\n')
    await expect(Table.read(path, { columns: ['a', 'B'] })).rejects.toEqual(code('ERR_COLUMN', /Did you mean "b"/))
    await expect(Table.read(fileOf('csv', 'a,b\n1,2\n3\n'))).rejects.toEqual(code('ERR_DATA', /line 3/))
    await expect(Table.read(fileOf('csv', ''))).rejects.toEqual(code('ERR_DATA', /empty/))
    await expect(Table.read('nowhere.csv')).rejects.toEqual(code('ERR_IO'))
    await expect(Table.read(fileOf('xyz', 'a'))).rejects.toEqual(code('ERR_VALUE', /format/))
    await expect(Table.read(path, { columns: { a: 'text' } as never })).rejects.toEqual(code('ERR_VALUE', /'number'/))
  })

  it('of no rows has its columns', async () => {
    const table = await Table.read(fileOf('csv', 'a,b\n'))
    expect([table.rows, table.columns]).toEqual([0, ['a', 'b']])
  })
})

describe('a JSONL file', () => {
  it('has the fields of all objects; lists are lists', async () => {
    const path = fileOf(
      'jsonl',
      '{"id":"007","n":1,"tags":["a","b"],"is":true}\n{"n":2.5,"tags":[],"deep":{"x":1},"when":"2024-01-01T00:00:00Z"}\n{"id":"7","n":null,"tags":["b",3]}\n',
    )
    const table = await Table.read(path)
    expect(types(table)).toEqual({
      ...{ id: 'string', n: 'number', tags: 'list', is: 'boolean', deep: 'string', when: 'timestamp' },
    })
    expect([...table]).toEqual([
      { id: '007', n: 1, tags: ['a', 'b'], is: true, deep: null, when: null },
      { id: null, n: 2.5, tags: [], is: null, deep: '{"x":1}', when: new Date('2024-01-01') },
      { id: '7', n: null, tags: ['b', '3'], is: null, deep: null, when: null },
    ])
    expect(await rowsOf(path, { columns: { 'deep.x': 'number' } })).toEqual([
      { 'deep.x': null },
      { 'deep.x': 1 },
      { 'deep.x': null },
    ])
  })

  it.each([
    ['strings of digits', '1', '"2"', 'string', ['1', '2']],
    ['integers beyond 2^53', '1', '9007199254740993', 'string', ['1', '9007199254740993']],
    ['lists', '"a"', '["b","c"]', 'list', [['a'], ['b', 'c']]],
    ['truths', '1', 'true', 'string', ['1', 'true']],
    ['fractions', '1', '2.5e-3', 'number', [1, 0.0025]],
  ])('that has %s at its very end is read as such', async (_, first, last, type, ends) => {
    const table = await Table.read(fileOf('jsonl', `${`{"a":${first}}\n`.repeat(9000)}{"a":${last}}\n`))
    expect(types(table)).toEqual({ a: type })
    expect([table.row(0).a, table.row(9000).a]).toEqual(ends)
  })

  it.each([false, true])('names its fields in order of first appearance, read by line: %s', async (byLine) => {
    const path = fileOf('jsonl', '{"b":1,"a":2}\n\n{"c":{"z":1},"a":null,"d":[]}\n{"aa":1,"b":2}\n')
    const file = { path, readable: path, compression: 'uncompressed', format: 'jsonl' } as const
    const names = await withDuckDb(path, undefined, async (connection) => {
      const reader = duckDbReader(connection)
      const found: string[] = []
      for await (const name of jsonlNames(reader, await reader.open(file, []), byLine, undefined)) found.push(name)
      return found
    })
    expect([...new Set(names)]).toEqual(['b', 'a', 'c', 'd', 'aa'])
  })

  it('that DuckDB refuses is read line by line, with the same types', async () => {
    const table = await Table.read(fileOf('jsonl', '\ufeff{"a":1,"A":"x","a":2}\n\n{"a":2.5,"A":NaN}\n'))
    expect([...table]).toEqual([
      { a: 2, A: 'x' },
      { a: 2.5, A: null },
    ])
    await expect(Table.read(fileOf('jsonl', '{"a":1}\n[2]\n'))).rejects.toEqual(code('ERR_DATA', /line 2/))
    await expect(Table.read(fileOf('jsonl', '{"a":1}\n'), { columns: ['b'] })).rejects.toEqual(
      code('ERR_COLUMN', /"b"/),
    )
  })
})

describe('a Parquet file', () => {
  it('has the types that it declares', async () => {
    const path = await fileFromSql(
      'parquet',
      `SELECT * FROM (VALUES
        (1::INTEGER, 5::BIGINT, 1.5::DECIMAL(5,2), true, DATE '2024-01-01', TIMESTAMP '2024-01-01 00:00:00.0015', '007', ['a', NULL, 'b'], [1.5::FLOAT, 2], 0.5::DOUBLE),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'nan'::DOUBLE)) t(i, big, dec, "is", "day", "at", s, l, v, d)`,
    )
    const table = await Table.read(path)
    expect(types(table)).toEqual({
      ...{ i: 'number', big: 'number', dec: 'number', is: 'boolean', day: 'timestamp', at: 'timestamp', s: 'string' },
      ...{ l: 'list', v: 'vector', d: 'number' },
    })
    expect([...table]).toEqual([
      {
        ...{ i: 1, big: 5, dec: 1.5, is: true, day: new Date('2024-01-01'), at: new Date('2024-01-01T00:00:00.001Z') },
        ...{ s: '007', l: ['a', 'b'], v: Float32Array.of(1.5, 2), d: 0.5 },
      },
      { i: null, big: null, dec: null, is: null, day: null, at: null, s: null, l: [], v: null, d: null },
    ])
    expect((table.column('at') as { values: Float64Array }).values[0]).toBe(Date.UTC(2024) + 1.5)
  })

  it('keeps integers beyond 2^53 as strings', async () => {
    const path = await fileFromSql('parquet', 'SELECT 9007199254740993::BIGINT AS id UNION ALL SELECT 5')
    expect([...(await rowsOf(path))].map(({ id }) => id).sort()).toEqual(['5', '9007199254740993'])
    const given = await Table.read(path, { columns: { id: 'number' } })
    expect(given.column('id').type).toBe('number')
  })
})

describe('reading', () => {
  const many = fileOf('csv', `a,b\n${Array.from({ length: 300_000 }, (_, i) => `${i},u${i % 1000}`).join('\n')}\n`)

  it('tells its progress, hears an abort and leaves the event loop alive', async () => {
    const told: number[] = []
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const table = await Table.read(many, { onProgress: ({ done }) => told.push(done) })
    clearInterval(timer)
    expect(table.rows).toBe(300_000)
    expect(told.at(-1)).toBe(300_000)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(ticks).toBeGreaterThan(5)
    const controller = new AbortController()
    const reading = Table.read(many, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(reading).rejects.toEqual(code('ERR_ABORTED'))
    const thrown = new TypeError('of the caller')
    const failing = Table.read(many, {
      onProgress: () => {
        throw thrown
      },
    })
    await expect(failing).rejects.toBe(thrown)
  })

  it('in a worker thread gives the same rows', async () => {
    const path = fileOf('jsonl', '{"a":1,"b":"x","c":["y"]}\n{"a":2.5,"b":null,"c":[]}\n')
    const program = `const { parentPort } = require('node:worker_threads')
      const { Table } = require('kindred')
      Table.read(${JSON.stringify(path)}).then(async (table) => {
        await table.write(${JSON.stringify(`${path}.parquet`)})
        parentPort.postMessage([...table])
      })`
    const rows = await new Promise<TableRow[]>((resolve, reject) => {
      new Worker(program, { eval: true }).once('message', resolve).once('error', reject)
    })
    expect(rows).toEqual([
      { a: 1, b: 'x', c: ['y'] },
      { a: 2.5, b: null, c: [] },
    ])
    expect(await rowsOf(`${path}.parquet`)).toEqual(rows)
  })
})
