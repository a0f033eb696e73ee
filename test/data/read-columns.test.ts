import { describe, expect, it } from 'vitest'
import { code, csvOf, fileFromSql, fileOf, jsonOf, parquetOf, read, users } from '../support/table-files.js'

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

  it('of structs are named by their paths', async () => {
    const path = await fileFromSql(
      'parquet',
      "SELECT {'id': i, 'at': {'day': DATE '2020-01-01' + i::INTEGER}} AS u, {'id': 'x'} AS it, {'w': i > 0} AS v, 5 AS \"v.x\" FROM range(2) t(i)",
    )
    const options = { user: 'u.id', item: 'it.id', weight: 'v.w', time: 'u.at.day' }
    expect([...(await read(path, options))]).toEqual([
      { user: 0, item: 'x', weight: 0, time: Date.UTC(2020, 0, 1) },
      { user: 1, item: 'x', weight: 1, time: Date.UTC(2020, 0, 2) },
    ])
    expect([...(await read(path, { ...options, weight: 'v.x' }))][0]!.weight).toBe(5)
    await expect(read(path, { ...options, user: 'u.none' })).rejects.toThrow(code('ERR_COLUMN', /"u\.none".*"u", "it"/))
    await expect(read(path, { ...options, user: 'u' })).rejects.toThrow(code('ERR_COLUMN', /STRUCT.*"u\.id"/))
    const dotted = fileOf('csv', 'n.id,item\n1,2\n')
    expect(await users(dotted, { user: 'n.id' })).toEqual([1])
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
    expect([...(await read(path, { weight: 'b' }))].map(({ weight }) => weight)).toEqual([1, 1, 1])
    await expect(read(path, { time: 'b' })).rejects.toThrow(code('ERR_COLUMN', /BOOLEAN/))
  })
})
