import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Table, type TableRow } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code, dir, fileOf } from '../../support/table-files.js'

const table = Table.from([
  {
    ...{ n: 1.5, is: true, when: new Date('2024-03-05T14:30:15.250Z'), text: 'a "b", c\nd', tags: ['x', 'y|z'] },
    ...{ vector: [1, 0.1], sparse: { indices: [1, 5], values: [0.5, 2] }, __proto__: null, 'na me': '' },
  },
  { n: -1e300, is: false, text: ' ä ', tags: [], vector: null, sparse: { indices: [], values: [] }, 'na me': 'x' },
  { n: null, text: null, sparse: { indices: [0], values: [1] } },
])
const COLUMNS = {
  n: 'number',
  is: 'boolean',
  when: 'timestamp',
  text: 'string',
  tags: 'list',
  vector: 'vector',
  sparse: 'sparse',
  'na me': 'string',
} as const

/** An empty text and none are one in CSV. */
const asCsv = (rows: TableRow[]) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell === '' ? null : cell])))

const path = (name: string) => join(dir, name)
const cells = (one: Table) => [...one]

describe('a table that is written', () => {
  it.each(['parquet', 'jsonl', 'csv', 'tsv', 'ndjson'])('as %s comes back', async (extension) => {
    const file = path(`t.${extension}`)
    await table.write(file)
    const isCsv = extension === 'csv' || extension === 'tsv'
    expect(cells(await Table.read(file, { columns: COLUMNS }))).toEqual(isCsv ? asCsv(cells(table)) : cells(table))
    if (extension === 'parquet') {
      const own = await Table.read(file)
      expect(own.columns.map((name) => own.column(name).type)).toEqual(Object.values(COLUMNS))
      expect(cells(own)).toEqual(cells(table))
    }
  })

  it('keeps microseconds, and refuses years that ISO 8601 does not have', async () => {
    const when = { type: 'timestamp', name: 't', values: Float64Array.of(1.25, -0.5, Date.UTC(2024)) } as const
    for (const extension of ['parquet', 'csv', 'jsonl']) {
      await Table.fromColumns([when]).write(path(`micro.${extension}`))
      expect((await Table.read(path(`micro.${extension}`))).column('t')).toEqual(when)
    }
    const far = Table.fromColumns([{ ...when, values: Float64Array.of(1e15) }])
    await expect(far.write(path('far.csv'))).rejects.toEqual(code('ERR_VALUE', /1 to 9999/))
    expect(existsSync(path('far.csv'))).toBe(false)
  })

  it('as CSV is what others read', async () => {
    await Table.from([
      { a: 1, b: 'x,y' },
      { a: 0.1, b: null },
      { a: null, b: null },
    ]).write(path('plain.csv'))
    expect(readFileSync(path('plain.csv'), 'utf8')).toBe('a,b\n1,"x,y"\n0.1,\n,\n')
    const single = Table.from([{ a: 1 }, { a: null }])
    await single.write(path('single.csv'))
    expect(cells(await Table.read(path('single.csv')))).toEqual(cells(single))
  })

  it.each(['csv', 'jsonl', 'parquet'])('keeps the sign of 0 in %s', async (extension) => {
    await Table.from({ n: [-0, 0, 1] }).write(path(`zero.${extension}`))
    expect(cells(await Table.read(path(`zero.${extension}`)))).toEqual([{ n: -0 }, { n: 0 }, { n: 1 }])
  })

  it('comes back from CSV and Parquet whatever its texts and numbers are', async () => {
    const rows = fc.array(
      fc.record({
        n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null }),
        s: fc.option(fc.string({ unit: 'grapheme' }), { nil: null }),
        l: fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 20 },
    )
    let count = 0
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const types = { n: 'number', s: 'string', l: 'list' } as const
        const made = Table.from(given, { types })
        const extension = count++ % 2 === 0 ? 'csv' : 'parquet'
        await made.write(path(`any.${extension}`))
        const expected = extension === 'csv' ? asCsv(cells(made)) : cells(made)
        expect(cells(await Table.read(path(`any.${extension}`), { columns: types }))).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
})

describe('writing', () => {
  it('replaces an older file whole, or leaves it', async () => {
    const file = path('older.csv')
    writeFileSync(file, 'old')
    const controller = new AbortController()
    controller.abort()
    await expect(table.write(file, { signal: controller.signal })).rejects.toEqual(code('ERR_ABORTED'))
    expect(readFileSync(file, 'utf8')).toBe('old')
    await Table.from([{ a: 1 }]).write(file)
    expect(readFileSync(file, 'utf8')).toBe('a\n1\n')
    expect(readdirSync(dir).filter((name) => name.startsWith('.kindred'))).toEqual([])
  })

  it('refuses other extensions, folders and tables of nothing', async () => {
    await expect(table.write(path('t.xlsx'))).rejects.toEqual(code('ERR_VALUE', /\.parquet/))
    await expect(table.write(5 as never)).rejects.toEqual(code('ERR_VALUE'))
    const twice = Table.from({ Price: [1], price: [2] })
    await expect(twice.write(path('t.parquet'))).rejects.toEqual(code('ERR_COLUMN', /"Price" and "price"/))
    await expect(table.select([]).write(path('t.csv'))).rejects.toEqual(code('ERR_VALUE', /no columns/))
    mkdirSync(path('folder.csv'))
    await expect(table.write(path('folder.csv'))).rejects.toEqual(code('ERR_IO', /folder/))
    await expect(table.write(join(fileOf('x', ''), 't.csv'))).rejects.toEqual(code('ERR_IO'))
  })
})
