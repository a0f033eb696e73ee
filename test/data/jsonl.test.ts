import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Catalogue, type InteractionsReport } from 'kindred'
import { describe, expect, it } from 'vitest'
import { membersOf, parseJson } from '#lib/data/tables/files/json-text.js'
import { code, fileFromSql, fileOf, jsonOf, read, users } from '../support/table-files.js'

const catalogueOf = (...lines: string[]) => Catalogue.read(fileOf('jsonl', lines.join('\n')), { id: 'id', text: '{t}' })

describe('JSONL', () => {
  it('may begin with a byte order mark, have CRLF ends and blank lines, also compressed', async () => {
    const text = '\ufeff{"user":1,"item":2}\r\n\r\n  \r\n{"user":"\ufeffa","item":3}\r\n'
    const zstd = await fileFromSql(
      'jsonl.zst',
      `SELECT '\ufeff{"user":1,"item":2}' AS a UNION ALL SELECT '{"user":"\ufeffa","item":3}'`,
      `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0002', COMPRESSION zstd`,
    )
    for (const path of [fileOf('jsonl', text), fileOf('jsonl.gz', gzipSync(text)), zstd]) {
      const log = await read(path)
      expect(Array.from(log, ({ user, item }) => [user, item])).toEqual([
        [1, 2],
        ['\ufeffa', 3],
      ])
      expect(log.report.read).toBe(2)
    }
  })

  it('may hold NaN and infinities, as Python writes them', async () => {
    const lines = ['NaN', 'Infinity', '-Infinity', '2', '-NaN'].map(
      (w, i) => `{"user":1,"item":${i},"w":${w},"x":[NaN]}`,
    )
    for (const mark of ['', '\ufeff']) {
      const log = await read(fileOf('jsonl', mark + lines.join('\n')), { weight: 'w', time: 'w' })
      expect([...log]).toEqual([{ user: 1, item: 3, weight: 2, time: 2 }])
      expect(log.report.dropped.nonFiniteWeight).toBe(4)
      const ids = await read(
        fileOf('jsonl', `${mark}{"user":NaN,"item":1}\n{"user":2,"item":NaN}\n{"user":3,"item":3}`),
      )
      expect(ids.report.dropped).toMatchObject({ nullUser: 1, nullItem: 1 })
      await expect(read(fileOf('jsonl', `${mark}{"user":Infinity,"item":1}`))).rejects.toThrow(
        code('ERR_COLUMN', /row 1/),
      )
    }
  })

  it('has the last of a name that comes twice, as JSON.parse', async () => {
    const line = '{"user":1,"user":2,"item":3,"n":{"id":4,"id":5},"n":{"id":6,"id":7},"w":1,"w":null}'
    expect([...(await read(fileOf('jsonl', line)))]).toMatchObject([{ user: 2, item: 3 }])
    expect(await users(fileOf('jsonl', line), { user: 'n.id' })).toEqual([7])
    expect((await read(fileOf('jsonl', line), { weight: 'w' })).report.dropped.nullWeight).toBe(1)
    expect((await catalogueOf('{"id":1,"t":"a","t":"b"}')).texts).toEqual(['b'])
  })

  it('has halves of surrogate pairs, as JSON.parse', async () => {
    expect(await users(jsonOf('"\\ud800"', '"a\\udc00b"', '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\ufffd"'))).toEqual(
      ['\ud800', 'a\udc00b', '😀', '\ude00\ud83d', '\ufffd'],
    )
    const { texts } = await catalogueOf('{"id":1,"t":"cut \\ud83d"}', '{"id":2,"t":["whole","\\udc00"]}')
    expect(texts).toEqual(['cut \ud83d', 'whole, \udc00'])
  })

  it('gives a field of an object by its path; a field that is named so comes first', async () => {
    const lines = [
      '{"a":{"b":{"c":1}},"item":1}',
      '{"a.b.c":2,"a":{"b":{"c":9}},"item":2}',
      '{"a":{"b.c":3},"item":3}',
      '{"a":7,"item":4}',
      '{"a":{"b":{"c":null}},"item":5}',
    ]
    const log = await read(fileOf('jsonl', lines.join('\n')), { user: 'a.b.c' })
    expect([...log.users]).toEqual([1, 2, 3])
    expect(log.report.dropped.nullUser).toBe(2)
    const path = fileOf('jsonl', '{"m":{"$date":"2024-03-05T00:00:00Z"},"w":{"v":2},"user":1,"item":1}')
    expect([...(await read(path, { weight: 'w.v', time: 'm.$date' }))]).toEqual([
      { user: 1, item: 1, weight: 2, time: Date.UTC(2024, 2, 5) },
    ])
    await expect(read(path, { user: 'w.x' })).rejects.toThrow(code('ERR_COLUMN', /"w\.x".*"item", "m", "user", "w"/))
    await expect(read(path, { user: 'w' })).rejects.toThrow(code('ERR_COLUMN', /row 1.*"w\.id"/))
    const nested = fileOf('jsonl', '{"it":{"id":1,"names":{"en":"Heat"}}}')
    expect((await Catalogue.read(nested, { id: 'it.id', text: '{it.names.en}' })).texts).toEqual(['Heat'])
  })

  it('that is none is refused, naming the line and what helps', async () => {
    const good = '{"user":1,"item":1}\n'
    const refused: [string, RegExp][] = [
      ['[{"user":1,"item":1}]', /line 1: .*ARRAY.*jq/],
      ['[\n  {"user":1,"item":1}\n]', /line 1: .*ARRAY/],
      ['{\n  "user": 1,\n  "item": 1\n}\n', /line 1: .*one JSON object a line/],
      [`${good}\n${good}{"user":1,"item":}`, /line 4: expected a value but found "}" at character 18/],
      [`${good}{"user":1,"item":1} {"user":2,"item":1}`, /line 2: expected the end of the line/],
      [`${good}{'user':1}`, /line 2: expected a name in quotes/],
      [`${good}{"user":"a\tb","item":1}`, /line 2/],
      [`${good}{"user":"a,"item":1}`, /line 2/],
      [`${good}{"user":"a`, /line 2: expected a string that closes/],
      [`${good}{"user":0x10,"item":1}`, /line 2/],
      [`${good}{"user":01,"item":1}`, /line 2/],
      [`${good}{"user":"\\x","item":1}`, /line 2/],
      [`${good}7`, /line 2: expected a JSON object but found "7"/],
      [`${good}"user"`, /line 2/],
      [`${good}{"user":${'['.repeat(9999)}`, /line 2/],
    ]
    for (const [text, message] of refused) {
      await expect(read(fileOf('jsonl', text)), text).rejects.toThrow(code('ERR_DATA', message))
      await expect(Catalogue.read(fileOf('jsonl', text), { id: 'user', text: '{item}' }), text).rejects.toThrow(
        code('ERR_DATA', message),
      )
    }
    const latin = Buffer.from(`${good}{"user":"\xff","item":1}\n`, 'latin1')
    await expect(read(fileOf('jsonl', latin))).rejects.toThrow(code('ERR_DATA', /line 2.*UTF-8/))
  })

  it('tells the progress of both readings as one, that never goes back', async () => {
    const lines = Array.from({ length: 300_000 }, (_, i) => `{"user":${i % 9},"item":${i}}`)
    const seen: number[] = []
    const path = fileOf('jsonl', `${lines.join('\n')}\n{"user":"\\ud800","item":1}\n`)
    const log = await read(path, { onProgress: ({ done }) => seen.push(done) })
    expect(log.users.size).toBe(10)
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(300_001)
  })

  it('is read line by line to the same log', async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.maxSafeInteger(),
      fc.constantFrom(1e21, '3.5', ' 7 ', 'soon', 1.5e-7, 123456789012345680000, '', true),
    )
    const row = fc.record({ user: fc.integer(), item: fc.string(), w: value, t: value }, { requiredKeys: ['item'] })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 150, maxLength: 300 }), async (rows) => {
        const text = rows.map((one) => JSON.stringify(one)).join('\n')
        // The fields are there, so that none is missing.
        const first = '{"user":1,"item":"first","w":1,"t":1}\n'
        const both: { rows: unknown[]; report: InteractionsReport }[] = []
        for (const mark of ['', '\ufeff']) {
          const log = await read(fileOf('jsonl', mark + first + text), { weight: 'w', time: 't' })
          both.push({
            rows: Array.from(log, ({ weight, ...rest }) => ({ ...rest, weight: weight + 0 })),
            report: log.report,
          })
        }
        expect(both[1]).toEqual(both[0])
      }),
      { numRuns: 4 },
    )
  })
})

describe('parseJson and membersOf', () => {
  it('agree with JSON.parse', () => {
    const plain = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v)))
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const value = JSON.parse(text)
        const written = JSON.stringify(value, undefined, space)
        expect(plain(parseJson(written))).toEqual(plain(value))
      }),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.bigInt(), (object, big) => {
        // A number of many digits is scanned, others are not.
        for (const extra of ['', `,"\u0001big":${big}`.replace('\u0001', ' ')]) {
          const text = `{"first":0${Object.entries(object)
            .map(([name, one]) => `,${JSON.stringify(name)}:${JSON.stringify(one)}`)
            .join('')}${extra}}`
          const members = membersOf(text)
          expect([...members.keys()].sort()).toEqual(Object.keys(JSON.parse(text)).sort())
          for (const [name, one] of Object.entries(object)) expect(JSON.parse(members.get(name)!)).toEqual(plain(one))
          if (extra !== '') expect(members.get(' big')).toBe(String(big))
        }
      }),
    )
  })

  it('keep long integers, and take NaN and a comma too many', () => {
    expect(parseJson('[12345678901234567890, -9007199254740993, 1.5, NaN, -Infinity, nan,]')).toEqual([
      12345678901234567890n,
      -9007199254740993n,
      1.5,
      Number.NaN,
      -Infinity,
      Number.NaN,
    ])
    expect(membersOf('{"a":1e21,"b":{"x":[1,2]},}').get('a')).toBe('1e21')
    expect(membersOf('{"__proto__":{"a":1},"constructor":2}').get('__proto__')).toBe('{"a":1}')
    expect(membersOf('{"a":1}').get('constructor')).toBeUndefined()
    expect([...membersOf(' null ').keys()]).toEqual([])
    const long = `{"a":"${'\\n'.repeat(3e6)}","b":12345678901234567890}`
    expect(membersOf(long).get('b')).toBe('12345678901234567890')
  })
})
