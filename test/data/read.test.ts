import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { Interactions, type ReadInteractionsOptions } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kindred-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })

let files = 0
function fileOf(extension: string, content: string | Buffer): string {
  const path = join(dir, `${files++}.${extension}`)
  writeFileSync(path, content)
  return path
}
async function fileFromSql(extension: string, select: string, options = ''): Promise<string> {
  const path = join(dir, `${files++}.${extension}`)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${select}) TO '${path}' (${options || 'FORMAT parquet'})`)
  connection.closeSync()
  instance.closeSync()
  return path
}
const columns = { user: 'user', item: 'item' }
const read = (path: string, options: Partial<ReadInteractionsOptions> = {}) =>
  Interactions.read(path, { ...columns, ...options })
const users = async (path: string, options = {}) => [...(await read(path, options)).users]
const csvOf = (...values: string[]) => fileOf('csv', `user,item\n${values.map((v, i) => `${v},${i}\n`).join('')}`)
const jsonOf = (...values: string[]) => fileOf('jsonl', values.map((v, i) => `{"user":${v},"item":${i}}\n`).join(''))
const parquetOf = (sqlType: string, ...values: string[]) =>
  fileFromSql(
    'parquet',
    `SELECT CAST(u AS ${sqlType}) AS user, i AS item FROM (VALUES ${values.map((v, i) => `(${v}, ${i})`).join(', ')}) t(u, i)`,
  )

describe('ids', () => {
  it('of CSV are integers only if every one is written as an integer', async () => {
    expect(await users(csvOf('7', '0', '-3', '42'))).toEqual([7, 0, -3, 42])
    expect(await users(csvOf('7', '007', '42'))).toEqual(['7', '007', '42'])
    expect(await users(csvOf('7', '-0'))).toEqual(['7', '-0'])
    expect(await users(csvOf('7', '8.0'))).toEqual(['7', '8.0'])
    expect(await users(csvOf('7', ' 8'))).toEqual(['7', ' 8'])
    expect(await users(csvOf('7', '+8'))).toEqual(['7', '+8'])
    expect(await users(csvOf('1_000', '1e3', 'true', 'NULL', 'nan'))).toEqual(['1_000', '1e3', 'true', 'NULL', 'nan'])
    expect(await users(csvOf('2020-01-01', '2020-02-30'))).toEqual(['2020-01-01', '2020-02-30'])
    expect(await users(csvOf('"a ""b"", c"', "it's", 'ünï☕', '"x\ny"'))).toEqual(['a "b", c', "it's", 'ünï☕', 'x\ny'])
  })

  it('of CSV stay strings even if the first odd one comes late', async () => {
    const values = Array.from({ length: 50_000 }, (_, i) => String(i))
    expect((await users(csvOf(...values))).at(-1)).toBe(49_999)
    const late = await users(csvOf(...values, '007'))
    expect([late[0], late.at(-2), late.at(-1)]).toEqual(['0', '49999', '007'])
  })

  it('of JSONL are what they are', async () => {
    expect(
      await users(jsonOf('42', '"42"', '"007"', '1.0', '2e1', '-0', '"2020-01-01"', '"a\\"\\u00e9\\n"', '""')),
    ).toEqual([42, '42', '007', 1, 20, 0, '2020-01-01', 'a"é\n', ''])
    for (const illegal of ['1.5', 'true', '[1]', '{"a":1}', '1e20'])
      await expect(read(jsonOf('1', illegal))).rejects.toThrow(code('ERR_COLUMN', /row 2/))
  })

  it('beyond 2^53 are strings of digits from every reader', async () => {
    const [max, beyond, huge] = ['9007199254740991', '9007199254740993', '170141183460469231731687303715884105727']
    const expected = [2 ** 53 - 1, beyond, huge, `-${beyond}`]
    const quoted = [max, beyond, huge, `-${beyond}`]
    expect(await users(csvOf(...quoted))).toEqual(expected)
    expect(await users(jsonOf(...quoted))).toEqual(expected)
    expect(await users(await parquetOf('DECIMAL(38,0)', max, beyond))).toEqual(expected.slice(0, 2))
    expect(await users(await parquetOf('BIGINT', max, beyond, `-${beyond}`))).toEqual([
      ...expected.slice(0, 2),
      expected[3],
    ])
    expect(await users(await parquetOf('UBIGINT', '18446744073709551615', '5'))).toEqual(['18446744073709551615', 5])
  })

  it('are the same from JSONL, CSV and every integer type of Parquet', async () => {
    const expected = [1, 120, 0]
    expect(await users(csvOf('1', '120', '0'))).toEqual(expected)
    expect(await users(jsonOf('1', '120', '0'))).toEqual(expected)
    for (const type of [
      'TINYINT',
      'USMALLINT',
      'INTEGER',
      'UINTEGER',
      'BIGINT',
      'UBIGINT',
      'HUGEINT',
      'FLOAT',
      'DOUBLE',
      'DECIMAL(9,2)',
    ])
      expect(await users(await parquetOf(type, '1', '120', '0'))).toEqual(expected)
    expect(await users(await parquetOf('VARCHAR', "'1'", "'007'"))).toEqual(['1', '007'])
    expect(await users(await parquetOf("ENUM('a', 'b')", "'b'", "'a'"))).toEqual(['b', 'a'])
    expect(await users(await parquetOf('BLOB', "'old'"))).toEqual(['old'])
  })

  it('are refused where a column holds none', async () => {
    for (const [type, value] of [
      ['DOUBLE', '1.5'],
      ['DOUBLE', '1e20'],
      ['DOUBLE', "'inf'"],
      ['DECIMAL(9,2)', '1.25'],
      ['BOOLEAN', 'true'],
      ['DATE', "'2020-01-01'"],
      ['INTEGER[]', '[1]'],
    ] as const)
      await expect(read(await parquetOf(type, value))).rejects.toThrow(code('ERR_COLUMN', /"user"/))
  })

  it('that are null drop their row', async () => {
    const csv = await read(csvOf('1', '', '""', '2'))
    expect([[...csv.users], csv.report.dropped.nullUser]).toEqual([[1, 2], 2])
    const json = await read(fileOf('jsonl', '{"user":1,"item":1}\n{"item":1}\n{"user":null,"item":2}\n{"user":3}\n'))
    expect(json.report.dropped).toMatchObject({ nullUser: 2, nullItem: 1 })
    for (const type of ['INTEGER', 'BIGINT', 'DOUBLE', 'VARCHAR', 'DECIMAL(9,2)'])
      expect((await read(await parquetOf(type, '1', 'NULL'))).report.dropped.nullUser).toBe(1)
    expect((await read(await parquetOf('DOUBLE', '1::DOUBLE', "'nan'::DOUBLE"))).report.dropped.nullUser).toBe(1)
  })
})

describe('weights and times', () => {
  it('of CSV', async () => {
    const path = fileOf(
      'csv',
      'user,item,w,t\n1,1,2.5,7\n1,2,,\n1,3,nan,\n1,4,inf,\n1,5,many,\n1,6,1e39,\n1,7,-1,2020-01-01T00:00:00+02:00\n1,8,1,soon\n1,9,1,1970-01-01 00:00:01.5\n1,10,1,inf\n',
    )
    const log = await read(path, { weight: 'w', time: 't' })
    expect(Array.from(log, ({ item, weight, time }) => [item, weight, time])).toEqual([
      [1, 2.5, 7],
      [7, -1, Date.UTC(2019, 11, 31, 22)],
      [8, 1, undefined],
      [9, 1, 1500],
      [10, 1, undefined],
    ])
    expect(log.report.dropped).toMatchObject({ nullWeight: 1, nonFiniteWeight: 4 })
    expect(log.report.rowsWithoutTime).toBe(2)
  })

  it('of JSONL', async () => {
    const path = fileOf(
      'jsonl',
      '{"user":1,"item":1,"w":2.5,"t":"2020-01-01"}\n{"user":1,"item":2,"w":null,"t":3}\n{"user":1,"item":3,"w":1e400}\n{"user":1,"item":4,"w":"3","t":4}\n{"user":1,"item":5,"w":[1]}\n',
    )
    const log = await read(path, { weight: 'w', time: 't' })
    expect(Array.from(log, ({ item, weight, time }) => [item, weight, time])).toEqual([
      [1, 2.5, Date.UTC(2020, 0)],
      [4, 3, 4],
    ])
    expect(log.report.dropped).toMatchObject({ nullWeight: 1, nonFiniteWeight: 2 })
  })

  it('of Parquet', async () => {
    const times = [
      "DATE '2020-01-01'",
      "TIMESTAMP '2020-01-01'",
      "TIMESTAMP_NS '2020-01-01'",
      "TIMESTAMP_S '2020-01-01'",
      "TIMESTAMPTZ '2020-01-01 02:00:00+02'",
      "'2020-01-01'",
      '1577836800000::BIGINT',
      '1577836800000::DOUBLE',
    ]
    for (const time of times) {
      const path = await fileFromSql('parquet', `SELECT 1 AS user, 2 AS item, 0.5::FLOAT AS w, ${time} AS t`)
      expect([...(await read(path, { weight: 'w', time: 't' }))]).toEqual([
        { user: 1, item: 2, weight: 0.5, time: Date.UTC(2020, 0) },
      ])
    }
    const path = await fileFromSql(
      'parquet',
      "SELECT 1 AS user, unnest([1, 2, 3]) AS item, unnest([1, NULL, 'nan'::DOUBLE]) AS w, true AS b",
    )
    expect((await read(path, { weight: 'w' })).report.dropped).toMatchObject({ nullWeight: 1, nonFiniteWeight: 1 })
    await expect(read(path, { weight: 'b' })).rejects.toThrow(code('ERR_COLUMN', /BOOLEAN/))
    await expect(read(path, { time: 'b' })).rejects.toThrow(code('ERR_COLUMN', /BOOLEAN/))
  })
})

describe('files', () => {
  const csv = 'user,item\nann,1\nbob,2\n'
  const expected = [
    { user: 'ann', item: 1, weight: 1, time: undefined },
    { user: 'bob', item: 2, weight: 1, time: undefined },
  ]

  it('of every format and compression give the same log', async () => {
    const json = '{"user":"ann","item":1}\n{"item":2,"user":"bob","more":[]}'
    const select = "SELECT * FROM (VALUES ('ann', 1), ('bob', 2)) t(user, item)"
    const paths = [
      fileOf('csv', csv),
      fileOf('csv', `\ufeff${csv.replaceAll('\n', '\r\n')}`),
      fileOf('csv', csv.trimEnd()),
      fileOf('CSV', csv),
      fileOf('tsv', csv.replaceAll(',', '\t')),
      fileOf('jsonl', json),
      fileOf('ndjson', json),
      fileOf('csv.gz', gzipSync(csv)),
      fileOf('tsv.gz', gzipSync(csv.replaceAll(',', '\t'))),
      fileOf('jsonl.gz', gzipSync(json)),
      await fileFromSql('csv.zst', select, 'FORMAT csv, HEADER, COMPRESSION zstd'),
      await fileFromSql('jsonl.zst', select, 'FORMAT json, COMPRESSION zstd'),
      await fileFromSql('parquet', select),
      await fileFromSql('parquet', select, 'FORMAT parquet, COMPRESSION zstd'),
      await fileFromSql('parquet', select, 'FORMAT parquet, COMPRESSION gzip'),
    ]
    for (const path of paths) expect([...(await read(path))], path).toEqual(expected)
    expect([...(await read(fileOf('dat', csv), { format: 'csv' }))]).toEqual(expected)
    expect([...(await read(fileOf('dat.gz', gzipSync(csv)), { format: 'csv' }))]).toEqual(expected)
    expect([...(await read(fileOf('csv', csv.replaceAll(',', ';')), { delimiter: ';' }))]).toEqual(expected)
  })

  it('may have any name', async () => {
    for (const name of ["it's", 'a"b', 'x*?[1]{a,b}', '☕ ünï', 'user=5', '$1;--', 'back\\slash']) {
      const folder = join(dir, name)
      mkdirSync(folder)
      writeFileSync(join(folder, `${name}.csv`), csv)
      expect([...(await read(join(folder, `${name}.csv`)))], name).toEqual(expected)
    }
    writeFileSync(join(dir, 'starry.csv'), csv)
    await expect(read(join(dir, 'st*.csv'))).rejects.toThrow(code('ERR_IO', /no such file/))
  })

  it('may have columns of any name', async () => {
    const path = fileOf('csv', '"a ""q""",it\'s,A b\n1,2,3\n')
    expect([...(await read(path, { user: 'a "q"', item: "it's", weight: 'A b' }))]).toEqual([
      { user: 1, item: 2, weight: 3, time: undefined },
    ])
    const json = fileOf('jsonl', '{"a \\"q\\"":1,"it\'s":2,"User":3}')
    expect((await read(json, { user: 'a "q"', item: "it's" })).size).toBe(1)
    await expect(read(json, { user: 'user', item: "it's" })).rejects.toThrow(code('ERR_COLUMN', /"User"/))
    expect((await read(fileOf('csv', 'id\n1\n'), { user: 'id', item: 'id' })).size).toBe(1)
    expect((await read(fileOf('jsonl', '{"id":1}'), { user: 'id', item: 'id' })).size).toBe(1)
  })

  it('keep their order, across chunks and threads', async () => {
    const lines = Array.from({ length: 300_000 }, (_, i) => `${i},${i % 7}`)
    const log = await read(fileOf('csv', `user,item\n${lines.join('\n')}\n`))
    expect(log.size).toBe(300_000)
    let ordered = true
    for (let i = 0; i < log.size; i++) ordered &&= log.users.idAt(i) === i
    expect(ordered).toBe(true)
  })

  it('lacking a column are refused, with the columns that they have', async () => {
    await expect(read(fileOf('csv', csv), { item: 'film' })).rejects.toThrow(
      code('ERR_COLUMN', /"film".*"user", "item"/),
    )
    await expect(read(fileOf('csv', csv), { weight: 'Item' })).rejects.toThrow(code('ERR_COLUMN'))
    await expect(read(jsonOf('1'), { time: 't' })).rejects.toThrow(code('ERR_COLUMN', /"t".*"item", "user"/))
    await expect(read(await parquetOf('INTEGER', '1'), { user: 'USER' })).rejects.toThrow(code('ERR_COLUMN', /"USER"/))
    expect((await read(fileOf('jsonl', '{"user":1,"item":1,"t":null}'), { time: 't' })).times).toBeNull()
  })

  it('with a header alone are an empty log', async () => {
    expect((await read(fileOf('csv', 'user,item\n'))).size).toBe(0)
    expect((await read(await fileFromSql('parquet', 'SELECT 1 AS user, 2 AS item LIMIT 0'))).report.read).toBe(0)
  })

  it.each<[string, () => string, string, RegExp]>([
    ['missing', () => join(dir, 'nowhere.csv'), 'ERR_IO', /no such file/],
    ['a folder', () => dir, 'ERR_IO', /a folder/],
    ['empty', () => fileOf('csv', ''), 'ERR_DATA', /empty/],
    ['empty within gzip', () => fileOf('jsonl.gz', gzipSync('')), 'ERR_DATA', /no JSON object/],
    ['of an unknown kind', () => fileOf('xlsx', 'x'), 'ERR_VALUE', /\.parquet/],
    ['no Parquet', () => fileOf('parquet', 'PAR1 not at all'), 'ERR_DATA', /cannot be read/],
    ['no gzip', () => fileOf('csv.gz', csv), 'ERR_DATA', /cannot be read/],
    ['cut short', () => fileOf('csv.gz', gzipSync(csv.repeat(1000)).subarray(0, 60)), 'ERR_DATA', /cannot be read/],
    ['of ragged lines', () => fileOf('csv', 'user,item\n1,2,3\n4\n'), 'ERR_DATA', /number of fields/],
    ['of ragged lines further down', () => fileOf('csv', `${csv.repeat(5000)}1,2,3\n`), 'ERR_DATA', /15001/],
    ['no UTF-8', () => fileOf('csv', Buffer.from('user,item\n\xff\xfe,1\n', 'latin1')), 'ERR_DATA', /utf-8/],
    ['no JSON', () => fileOf('jsonl', '{"user":1,"item":1}\n{"user":\n'), 'ERR_DATA', /line 2|line 3/],
    ['JSON of arrays', () => fileOf('jsonl', '[1]\n'), 'ERR_DATA', /ARRAY/],
    ['of blank lines before its header', () => fileOf('csv', `\n\n${csv}`), 'ERR_DATA', /header/],
  ])('are refused: %s', async (_, path, expectedCode, message) => {
    await expect(read(path())).rejects.toThrow(code(expectedCode, message))
  })

  it.each(['csv', 'json'])('cut short within gzip or zstd are refused, wherever: %s', async (format) => {
    for (const compression of ['gzip', 'zstd']) {
      const select = 'SELECT (i * 7919) % 65537 AS user, i AS item FROM range(60000) t(i)'
      const extension = `${format === 'json' ? 'jsonl' : 'csv'}.${compression === 'gzip' ? 'gz' : 'zst'}`
      const path = await fileFromSql(extension, select, `FORMAT ${format}, COMPRESSION ${compression}`)
      expect((await read(path)).size).toBe(60_000)
      const whole = readFileSync(path)
      for (const cut of [1, 4, 9, 200, whole.length >> 1, whole.length - 5]) {
        writeFileSync(path, whole.subarray(0, whole.length - cut))
        await expect(read(path), `${extension} cut by ${cut}`).rejects.toThrow(code('ERR_DATA', /truncated/))
      }
    }
  })

  it('are read under options that are checked first', async () => {
    const path = fileOf('csv', csv)
    await expect(read(path, { users: 'x' } as never)).rejects.toThrow(code('ERR_VALUE', /"users"/))
    await expect(read(path, { user: 5 as never })).rejects.toThrow(code('ERR_VALUE', /user/))
    await expect(read(path, { user: undefined })).rejects.toThrow(code('ERR_VALUE', /user/))
    await expect(read(path, { format: 'xml' as never })).rejects.toThrow(code('ERR_VALUE', /'parquet'/))
    await expect(read(7 as never)).rejects.toThrow(code('ERR_VALUE', /path/))
    await expect(read(path, { minItemInteractions: -1 })).rejects.toThrow(code('ERR_VALUE'))
  })

  it('are cleaned', async () => {
    const path = fileOf('csv', 'user,item,w\n1,1,1\n1,1,2\n1,2,4\n2,1,8\n')
    expect(Array.from(await read(path, { weight: 'w', duplicates: 'sum' }), ({ weight }) => weight)).toEqual([3, 4, 8])
    const core = await read(path, { minUserInteractions: 2 })
    expect([...core.users]).toEqual([1])
    expect(core.report.dropped).toMatchObject({ duplicates: 1, kCore: 1 })
    await expect(read(path, { duplicates: 'error' })).rejects.toThrow(code('ERR_DUPLICATE'))
  })

  it('stop at once on a signal, and tell their progress', async () => {
    const path = fileOf('csv', `user,item\n${Array.from({ length: 400_000 }, (_, i) => `${i},1`).join('\n')}\n`)
    const controller = new AbortController()
    const seen: number[] = []
    const reading = read(path, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        seen.push(done)
        controller.abort()
      },
    })
    await expect(reading).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' })
    expect(seen).toHaveLength(1)
    await expect(read(path, { signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_ABORTED'))
  })

  it('tell the number of rows from a Parquet file alone', async () => {
    const lastOf = async (path: string) => {
      let last: unknown
      await read(path, { onProgress: (progress) => (last = progress) })
      return last
    }
    expect(await lastOf(fileOf('csv', csv))).toEqual({ done: csv.trim().split('\n').length - 1, total: undefined })
    expect(await lastOf(await parquetOf('VARCHAR', "'a'", "'b'", "'c'"))).toEqual({ done: 3, total: 3 })
  })
})
