import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadModel, type Recommender } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { convertJsonl } from '#lib/data/tables/duckdb/convert-jsonl.js'
import { withDuckDb } from '#lib/data/tables/duckdb/duckdb.js'
import { json, kindred, logCsv, trainArgs, workFolder } from './run.js'

const { dir, path, write } = workFolder()
const log = write('log.csv', logCsv({ users: 1500, perUser: 4 }))
const mixed = write(
  'mixed.jsonl',
  Array.from(
    { length: 200 },
    (_, n) => `${JSON.stringify({ user: n % 3 ? n % 30 : `u"${n % 30},`, item: n % 13 })}\n`,
  ).join(''),
)
const folder = path('model')
let model: Recommender

beforeAll(async () => {
  await json(trainArgs(log, folder, '--factors', 4))
  model = await loadModel(folder)
})

interface Row {
  user: string | number
  rank: number
  item: string | number
  score: number
}

/** The rows that the file should hold. */
async function rowsOf(of: Recommender, k: number, options = {}): Promise<Row[]> {
  const lists = await of.recommendMany(of.users, { k, ...options })
  return [...of.users].flatMap((user, i) => lists[i]!.map(({ item, score }, n) => ({ user, rank: n + 1, item, score })))
}

/** A table as DuckDB reads it, in the order of its rows. */
async function read(file: string, relation: string): Promise<{ rows: Record<string, unknown>[]; types: string[] }> {
  return withDuckDb(file, undefined, async (connection) => {
    const reader = await connection.runAndReadAll(`SELECT * FROM ${relation}`)
    const rows = reader
      .getRowObjectsJS()
      .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])))
    return { rows, types: reader.columnTypes().map(String) }
  })
}

const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

const recommendAll = (of: string, out: string, ...more: (string | number)[]) =>
  json(['recommend', '--model', of, '--all', '--out', out, ...more])

describe('recommend --all', () => {
  it('writes the lists of every user, as recommendMany gives them', async () => {
    const expected = await rowsOf(model, 3)
    expect(await recommendAll(folder, path('l.jsonl'), '--k', 3)).toMatchObject({ users: 1500, rows: 4500 })
    const lines = readFileSync(path('l.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(expected)

    await recommendAll(folder, path('l.parquet'), '--k', 3)
    const parquet = await read('l.parquet', `read_parquet('${path('l.parquet')}')`)
    expect(parquet.types).toEqual(['BIGINT', 'INTEGER', 'BIGINT', 'FLOAT'])
    expect(parquet.rows).toEqual(expected)

    await recommendAll(folder, path('l.csv'), '--k', 3)
    const csv = await read('l.csv', `read_csv('${path('l.csv')}')`)
    expect(csv.rows.map(({ score: _, ...row }) => row)).toEqual(expected.map(({ score: _, ...row }) => row))
  })

  it('leaves out items on top of what each user has seen', async () => {
    const expected = await rowsOf(model, 3, { exclude: { seen: true, items: [0, 1, 2, 3] } })
    expect(expected).not.toEqual(await rowsOf(model, 3))
    for (const exclude of ['0,1,2,3', '0,1,seen,2,3']) {
      await recommendAll(folder, path('left.jsonl'), '--k', 3, '--exclude', exclude)
      const lines = readFileSync(path('left.jsonl'), 'utf8').trim().split('\n')
      expect(lines.map((line) => JSON.parse(line))).toEqual(expected)
    }
  })

  it('refuses a list without ids', async () => {
    const args = ['recommend', '--model', folder, '--all', '--out', path('blank.jsonl')]
    for (const list of [',,', '', '1,,2', '1,'])
      expect(await kindred([...args, '--candidates', list])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/--candidates: expected ids with a comma between them/),
      })
    expect(existsSync(path('blank.jsonl'))).toBe(false)
  })

  it('takes what one list takes, and replaces an older file whole', async () => {
    writeFileSync(path('older.jsonl'), 'x'.repeat(1000))
    await recommendAll(folder, path('older.jsonl'), '--k', 2, '--exclude', 'none', '--candidates', '0,2,5')
    const expected = await rowsOf(model, 2, { exclude: 'none', candidates: [0, 2, 5] })
    const lines = readFileSync(path('older.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(expected)
    for (const file of ['none.jsonl', 'none.parquet', 'none.csv'])
      expect(await recommendAll(folder, path(file), '--k', 0)).toMatchObject({ rows: 0 })
    const empty = await read('none.parquet', `read_parquet('${path('none.parquet')}')`)
    expect(empty).toEqual({ rows: [], types: ['BIGINT', 'INTEGER', 'BIGINT', 'FLOAT'] })
  })

  it('writes ids of both types as text into tables, with their types into JSONL', async () => {
    await json(trainArgs(mixed, path('mixed'), '--algorithm', 'EASE'))
    const expected = await rowsOf(await loadModel(path('mixed')), 2)
    await recommendAll(path('mixed'), path('m.jsonl'), '--k', 2)
    expect(
      readFileSync(path('m.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(expected)
    for (const [name, reader] of [
      ['m.parquet', 'read_parquet'],
      ['m.csv', 'read_csv'],
    ] as const) {
      await recommendAll(path('mixed'), path(name), '--k', 2)
      const { rows } = await read(name, `${reader}('${path(name)}')`)
      expect(rows.map(({ user, item }) => [user, item])).toEqual(expected.map(({ user, item }) => [String(user), item]))
    }
  })

  it('refuses to write the empty string as an id into CSV', async () => {
    const rows = Array.from({ length: 40 }, (_, n) =>
      JSON.stringify({ user: `u${n % 8}`, item: n % 5 ? `i${n % 7}` : '' }),
    )
    await json(trainArgs(write('blank.log.jsonl', rows.join('\n')), path('blank'), '--algorithm', 'Popularity'))
    expect(
      await kindred(['recommend', '--model', path('blank'), '--all', '--exclude', 'none', '--out', path('b.csv')]),
    ).toMatchObject({ code: 1, stderr: expect.stringMatching(/empty string.*\.jsonl or \.parquet.*ERR_DATA/) })
    expect(existsSync(path('b.csv'))).toBe(false)
    await recommendAll(path('blank'), path('b.parquet'), '--exclude', 'none')
    const table = await read('b.parquet', `read_parquet('${path('b.parquet')}')`)
    expect(table.rows.filter(({ item }) => item === '')).toHaveLength(8)
  })

  it('names the file to be written, not those in between, where a table cannot be made', async () => {
    const options = { columns: { user: 'VARCHAR' }, format: 'csv', name: 'lists.csv' } as const
    const from = write('between.part', '{"user":"a"}\n')
    const missing = await convertJsonl(from, path('none/between-2.part'), options).catch((error) => error)
    expect(missing).toMatchObject({
      code: 'ERR_IO',
      message: expect.stringMatching(/^lists\.csv: cannot be written: .*"lists\.csv".*no such file/i),
    })
    const bad = await convertJsonl(write('bad.part', '{"user":"a\n'), path('t.part'), options).catch((error) => error)
    expect(bad).toMatchObject({
      code: 'ERR_DATA',
      message: expect.stringMatching(/^lists\.csv: cannot be written: .*JSON/),
    })
    for (const { message } of [missing, bad]) expect(message).not.toMatch(/\.part/)
  })

  it('leaves nothing behind where it fails', async () => {
    writeFileSync(path('kept.parquet'), 'older')
    const failing = ['--candidates', '99999', '--out', path('kept.parquet')]
    expect(await kindred(['recommend', '--model', folder, '--all', ...failing])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/99999.*ERR_UNKNOWN_ID/),
    })
    expect(readFileSync(path('kept.parquet'), 'utf8')).toBe('older')
    const nowhere = await kindred(['recommend', '--model', folder, '--all', '--out', path('no/where.csv')])
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringMatching(/where\.csv: cannot be written.*ERR_IO/) })
    expect(existsSync(path('no'))).toBe(false)
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
