import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { code, dir, fileFromSql, fileOf, jsonOf, parquetOf, read } from '../support/table-files.js'

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

  it('keep U+FEFF wherever it is no mark of the file', async () => {
    const ids = [
      '\ufeffann',
      'ann',
      'bob\ufeff',
      '\ufeff',
      '\ufeff\ufeff',
      '\ufeffwith a long name',
      'with a \ufeff long name',
    ]
    const rows = ids.map((id) => ({ user: id, item: 1 }))
    const paths = [
      fileOf('csv', `\ufeffuser,item\n${ids.map((id) => `"${id}",1\n`).join('')}`),
      fileOf('jsonl', rows.map((row) => JSON.stringify(row)).join('\n')),
      await fileFromSql('parquet', `SELECT unnest([${ids.map((id) => `'${id}'`).join(', ')}]) AS user, 1 AS item`),
    ]
    for (const path of paths) expect([...(await read(path)).users], path).toEqual(ids)
  })

  it('may have any name', async () => {
    for (const name of ["it's", 'a"b', 'x*?[1]{a,b}', '☕ ünï', 'user=5', '$1;--', 'back\\slash']) {
      const folder = join(dir, name)
      mkdirSync(folder)
      writeFileSync(join(folder, `${name}.csv`), csv)
      expect([...(await read(join(folder, `${name}.csv`)))], name).toEqual(expected)
    }
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
    ['a device', () => devNull, 'ERR_IO', /a device/],
    ['empty', () => fileOf('csv', ''), 'ERR_DATA', /empty/],
    ['empty within gzip', () => fileOf('jsonl.gz', gzipSync('')), 'ERR_DATA', /no JSON object/],
    ['of an unknown kind', () => fileOf('xlsx', 'x'), 'ERR_VALUE', /\.parquet/],
    ['no Parquet', () => fileOf('parquet', 'PAR1 not at all'), 'ERR_DATA', /cannot be read/],
    ['no gzip', () => fileOf('csv.gz', csv), 'ERR_DATA', /cannot be read/],
    ['cut short', () => fileOf('csv.gz', gzipSync(csv.repeat(1000)).subarray(0, 60)), 'ERR_DATA', /cannot be read/],
    ['of ragged lines', () => fileOf('csv', 'user,item\n1,2,3\n4\n'), 'ERR_DATA', /number of fields/],
    ['of ragged lines further down', () => fileOf('csv', `${csv.repeat(5000)}1,2,3\n`), 'ERR_DATA', /15001/],
    [
      'no UTF-8',
      () => fileOf('csv', Buffer.from('user,item\n\xff\xfe,1\n', 'latin1')),
      'ERR_DATA',
      /line 2 is no UTF-8 text.*encoding/,
    ],
    ['no JSON', () => fileOf('jsonl', '{"user":1,"item":1}\n{"user":\n'), 'ERR_DATA', /line 2|line 3/],
    ['JSON of arrays', () => fileOf('jsonl', '[1]\n'), 'ERR_DATA', /ARRAY/],
    ['of blank lines alone', () => fileOf('csv', '\n \n\n'), 'ERR_DATA', /empty/],
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
