import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import { Catalogue, Interactions, readNegatives } from 'kindred'
import { describe, expect, it, onTestFinished } from 'vitest'
import { code, dir, fileFromSql, fileOf, read } from '../support/table-files.js'

const rows = async (path: string, options = {}) =>
  Array.from(await read(path, options), ({ user, item, weight }) => [user, item, weight])
const ids = async (path: string, options = {}) =>
  Array.from(await read(path, options), ({ user, item }) => [user, item])

const csv = 'user,item\nann,1\nbob,2\n'
const expected = [
  ['ann', 1],
  ['bob', 2],
]

describe('CSV', () => {
  it('without a header has the columns that the option names', async () => {
    const names = ['user', 'item', 'rating', 'time']
    const u = fileOf('data', '196\t242\t3\t881250949\n186\t302\t3\t891717742\n')
    const log = await read(u, { format: 'tsv', columns: names, weight: 'rating', time: 'time' })
    expect([...log]).toEqual([
      { user: 196, item: 242, weight: 3, time: 881250949 },
      { user: 186, item: 302, weight: 3, time: 891717742 },
    ])
    expect(await rows(u, { format: 'csv', delimiter: '\t', columns: names, weight: 'rating' })).toHaveLength(2)
    const ratings = fileOf('dat', '1::1193::5::978300760\n1::661::3::978302109\n')
    expect(await rows(ratings, { format: 'csv', delimiter: '::', columns: names, weight: 'rating' })).toEqual([
      [1, 1193, 5],
      [1, 661, 3],
    ])
    const items = fileOf('dat', '1::Toy Story: 1 (1995)::Animation|Comedy\n2::"Jumanji"::\n')
    const catalogue = await Catalogue.read(items, {
      format: 'csv',
      delimiter: '::',
      columns: ['id', 'title', 'genres'],
      quote: '',
      id: 'id',
      text: '{title}; {genres}',
    })
    expect(catalogue.texts).toEqual(['Toy Story: 1 (1995); Animation|Comedy', '"Jumanji"; '])
  })

  it('refuses columns that do not fit', async () => {
    const path = fileOf('csv', '\n1,2,3\n1,2\n')
    await expect(read(path, { columns: ['user', 'item'] })).rejects.toThrow(
      code('ERR_DATA', /line 2: the option columns names 2 columns, but the line holds 3/),
    )
    await expect(read(path, { columns: ['user', 'item', 'x'] })).rejects.toThrow(
      code('ERR_DATA', /line 3: expected 3 fields but found 2.*"1,2".*columns/),
    )
    await expect(read(path, { columns: ['a', 'item', 'x'] })).rejects.toThrow(
      code('ERR_COLUMN', /no column "user".*the option columns/),
    )
    await expect(read(fileOf('csv', csv), { columns: ['user', 'item'] })).rejects.toThrow(
      code('ERR_DATA', /line 1 holds the names.*skip: 1/),
    )
    for (const columns of [[], 'user', ['user', 'user'], ['user', ''], [7]])
      await expect(read(path, { columns: columns as never })).rejects.toThrow(code('ERR_VALUE', /columns/))
  })

  it.each(['::', '|||', ' ||| ', '<sep>', '§', '\x01', '\x1f', ' - - - '])(
    'has the delimiter %j',
    async (delimiter) => {
      const many = Array.from({ length: 20_000 }, (_, i) => `u${i % 97}${delimiter}${i}${delimiter}2`)
      const text = `user${delimiter}item${delimiter}w\n${many.join('\n')}\n"a${delimiter}""b"${delimiter}-1${delimiter}3\n`
      const log = await rows(fileOf('csv', text), { delimiter, weight: 'w' })
      expect(log).toHaveLength(20_001)
      expect(log[12_345]).toEqual([`u${12_345 % 97}`, 12_345, 2])
      expect(log.at(-1)).toEqual([`a${delimiter}"b`, -1, 3])
      expect(await rows(fileOf('csv.gz', gzipSync(text)), { delimiter, weight: 'w' })).toEqual(log)
    },
  )

  it('with another delimiter than was said is refused, with the right one', async () => {
    await expect(read(fileOf('csv', csv.replaceAll(',', ';')))).rejects.toThrow(
      code('ERR_COLUMN', /no column "user".*";" the delimiter.*option delimiter/),
    )
    await expect(read(fileOf('csv', csv), { user: 'ann' })).rejects.toThrow(code('ERR_COLUMN', /option columns/))
    await expect(read(fileOf('csv', 'user<sep>item\n\x1f<sep>2\n'), { delimiter: '<sep>' })).rejects.toThrow(
      code('ERR_DATA', /U\+001F/),
    )
  })

  it('may end its header, its rows or both with a delimiter', async () => {
    expect(await ids(fileOf('csv', 'user,item,\nann,1,\nbob,2,\n'))).toEqual(expected)
    expect(await ids(fileOf('csv', 'user,item,\nann,1\nbob,2\n'))).toEqual(expected)
    expect(await ids(fileOf('csv', 'user,item\nann,1,\nbob,2,\n'))).toEqual(expected)
    expect(await ids(fileOf('csv', 'ann,1,\nbob,2,\n'), { columns: ['user', 'item'] })).toEqual(expected)
    expect(await ids(fileOf('tsv', 'user\titem\nann\t1\t\nbob\t2\t'))).toEqual(expected)
    await expect(read(fileOf('csv', '\nuser,item\nann,1,\nbob,2,\neve,3,x\n'))).rejects.toThrow(
      code('ERR_DATA', /line 5 holds x behind/),
    )
    await expect(read(fileOf('csv', 'user,item\nann,1,\nbob,2\n'))).rejects.toThrow(code('ERR_DATA', /line 3/))
  })

  it('has the quote and the escape that the options say', async () => {
    const odd = fileOf('csv', 'user,item\n"say \\"hi\\", ann",1\n"back\\\\slash",2\nplain,3\n')
    expect(await ids(odd, { escape: '\\' })).toEqual([
      ['say "hi", ann', 1],
      ['back\\slash', 2],
      ['plain', 3],
    ])
    await expect(read(odd)).rejects.toThrow(code('ERR_DATA', /line 2: a quote.*option escape/))
    const header = fileOf('csv', '"us\\"er",item\n1,2\n')
    expect(await ids(header, { escape: '\\', user: 'us"er' })).toEqual([[1, 2]])
    const inches = fileOf('csv', 'user,item\n"5 inch,1\n7" disk,2\n')
    expect(await ids(inches, { quote: '' })).toEqual([
      ['"5 inch', 1],
      ['7" disk', 2],
    ])
    await expect(read(inches)).rejects.toThrow(code('ERR_DATA', /line 2: a quote does not close.*quote/))
    expect(await ids(fileOf('csv', "user,item\n'a,''b',1\n"), { quote: "'" })).toEqual([["a,'b", 1]])
    expect(await ids(fileOf('csv', '"us\ner","it,em"\n"a\nb",1\r\n'), { user: 'us\ner', item: 'it,em' })).toEqual([
      ['a\nb', 1],
    ])
  })

  it('has blank lines, comments and lines to skip', async () => {
    expect(await ids(fileOf('csv', `\n \n\r\n${csv}\n\n`))).toEqual(expected)
    expect(await ids(fileOf('csv', `"export, of\n\nsome,log\n${csv}`), { skip: 3 })).toEqual(expected)
    expect(await ids(fileOf('csv', 'x\nann,1\nbob,2\n'), { skip: 1, columns: ['user', 'item'] })).toEqual(expected)
    const noted = '\n# a, b\nuser,item\n# c\nann,1\n#d,e,f\nbob,2 # g\n'
    expect(await ids(fileOf('csv', noted), { comment: '#' })).toEqual(
      expected
        .slice(0, 1)
        .concat([['bob', '2 ']])
        .map(([u, i]) => [u, String(i)]),
    )
    expect(await ids(fileOf('csv', `a\n#b\n#c\n${csv}`), { comment: '#', skip: 2 })).toEqual(expected)
    expect(await ids(fileOf('csv', `a\nb\n#c\n${csv}`), { comment: '#', skip: 2 })).toEqual(expected)
    await expect(read(fileOf('csv', csv), { skip: 9 })).rejects.toThrow(code('ERR_DATA', /empty/))
  })

  it.each(['\n', '\r\n', '\r'])('ends its lines with %j', async (end) => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `u${i},${i % 7}`)
    for (const last of ['', end]) {
      const log = await read(fileOf('csv', `\ufeffuser,item${end}${lines.join(end)}${last}`))
      expect(log.size).toBe(100_000)
      expect(log.users.idAt(77_777)).toBe('u77777')
    }
    expect((await read(fileOf('jsonl', `{"user":1,"item":1}${end}{"user":2,"item":1}${end}`))).size).toBe(2)
    const userItems = fileOf('txt', `1 5 6${end}2 5${end}`)
    expect((await Interactions.read(userItems, { format: 'user-items' })).size).toBe(3)
    expect((await readNegatives(fileOf('neg', `(1,2) 3${end}(2,2) 4${end}`))).test.size).toBe(2)
  })

  it('has columns whose names differ in case alone, as has every format', async () => {
    const paths = [
      fileOf('csv', 'User,user,ITEM,item\n1,2,3,4\n'),
      fileOf('jsonl', '{"User":1,"user":2,"ITEM":3,"item":4,"~/x":5}'),
      await fileFromSql('parquet', 'SELECT 1 AS "User", {\'a\': 1, \'b\': [2]} AS nested, 3 AS "ITEM", 5 AS w'),
    ]
    expect(await ids(paths[0]!)).toEqual([[2, 4]])
    expect(await ids(paths[1]!)).toEqual([[2, 4]])
    for (const path of paths.slice(0, 2)) {
      expect(await ids(path, { user: 'User', item: 'user' })).toEqual([[1, 2]])
      expect(await ids(path, { user: 'ITEM' })).toEqual([[3, 4]])
      const catalogue = await Catalogue.read(path, { id: 'User', text: '{user} {ITEM} {item}' })
      expect(catalogue.texts).toEqual(['2 3 4'])
    }
    expect(await ids(paths[1]!, { user: 'User', item: 'user', weight: '~/x' })).toEqual([[1, 2]])
    expect(await ids(paths[2]!, { user: 'User', item: 'ITEM' })).toEqual([[1, 3]])
    for (const path of paths) await expect(read(path, { user: 'uSER' })).rejects.toThrow(code('ERR_COLUMN', /"User"/))
    const bytes = readFileSync(await fileFromSql('parquet', 'SELECT 1 AS usex, 2 AS user, 3 AS item'))
    const parquet = fileOf('parquet', Buffer.from(bytes.toString('latin1').replaceAll('usex', 'User'), 'latin1'))
    expect(await ids(parquet)).toEqual([[2, 3]])
    expect(await ids(parquet, { user: 'User', item: 'user' })).toEqual([[1, 2]])
    const twice = fileOf('parquet', Buffer.from(bytes.toString('latin1').replaceAll('usex', 'user'), 'latin1'))
    await expect(read(twice)).rejects.toThrow(code('ERR_COLUMN', /several columns "user"/))
    const nulls = fileOf('jsonl', '{"User":null,"user":2,"item":1}\n{"user":3,"item":1}')
    expect((await read(nulls, { user: 'User', item: 'user' })).report.dropped.nullUser).toBe(2)
  })

  it('refuses a column that comes twice, if it is asked for', async () => {
    const path = fileOf('csv', 'user,item,w,w\n1,2,3,4\n')
    expect(await ids(path)).toEqual([[1, 2]])
    await expect(read(path, { weight: 'w' })).rejects.toThrow(code('ERR_COLUMN', /several columns "w"/))
  })
})

describe('compressed files', () => {
  const deflated = (text: string) => gzipSync(text).subarray(10)
  const member = (text: string, flags: number, ...fields: Buffer[]) =>
    Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), ...fields, deflated(text)])
  const [name, comment] = [Buffer.from('log.csv\0'), Buffer.from('made by hand\0')]
  const extra = Buffer.from([5, 0, ...Buffer.from('hello')])

  it('of gzip may have every header and several members', async () => {
    const head = Buffer.from([0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3])
    const sum = Buffer.alloc(2)
    sum.writeUInt16LE(crcOf(head) & 0xffff)
    const files = [
      member(csv, 1),
      Buffer.concat([head, sum, deflated(csv)]),
      member(csv, 4, extra),
      member(csv, 8, name),
      member(csv, 16, comment),
      member(csv, 4 + 8 + 16, extra, name, comment),
      Buffer.concat([gzipSync('user,item\nann,1\n'), gzipSync('bob,2\n')]),
      Buffer.concat([gzipSync('user,it'), gzipSync(''), member('em\nann,1\nbob,2\n', 16, comment)]),
      Buffer.concat([gzipSync(csv), Buffer.alloc(512)]),
    ]
    for (const [n, file] of files.entries()) expect(await ids(fileOf('csv.gz', file)), `file ${n}`).toEqual(expected)
    const json = '{"user":"ann","item":1}\n{"user":"bob","item":2}\n'
    expect(await ids(fileOf('jsonl.gz', member(json, 16, comment)))).toEqual(expected)
    expect(await ids(fileOf('jsonl.gz', gzipSync(`\ufeff${json}`)))).toEqual(expected)
    const lines = member('ann 1\n', 4 + 16, extra, comment)
    expect((await Interactions.read(fileOf('txt.gz', lines), { format: 'user-items' })).size).toBe(1)
  })

  /** A zstd frame of one raw block. */
  const frame = (text: string) => {
    const content = Buffer.from(text)
    const block = Buffer.alloc(3)
    block.writeUIntLE((content.length << 3) | 1, 0, 3)
    return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length]), block, content])
  }
  const skippable = (nibble: number, length: number) => {
    const bytes = Buffer.alloc(8 + length, 0xaa)
    bytes.writeUInt32LE(0x184d2a50 + nibble, 0)
    bytes.writeUInt32LE(length, 4)
    return bytes
  }

  it('of zstd may have several frames, and frames to skip', async () => {
    const files = [
      Buffer.concat([frame('user,item\nann,1\n'), frame('bob,2\n')]),
      Buffer.concat([
        skippable(0, 4),
        frame('user,item\nann,1\n'),
        skippable(15, 300),
        frame('bob,2\n'),
        skippable(3, 0),
      ]),
    ]
    for (const file of files) expect(await ids(fileOf('csv.zst', file))).toEqual(expected)
    const cut = Buffer.concat([frame(csv), skippable(1, 50)]).subarray(0, -1)
    await expect(read(fileOf('csv.zst', cut))).rejects.toThrow(code('ERR_DATA', /zstd/))
    const lines = Buffer.concat([skippable(0, 4), frame('ann 1 2\n'), frame('bob 2\n')])
    expect((await Interactions.read(fileOf('txt.zst', lines), { format: 'user-items' })).size).toBe(3)
    expect((await readNegatives(fileOf('neg.zst', frame('(1,2) 3\n')))).test.size).toBe(1)
    const latin = await fileFromSql(
      'csv.zst',
      "SELECT 'a' AS user, i AS item FROM range(9999) t(i)",
      'FORMAT csv, HEADER, COMPRESSION zstd',
    )
    expect((await read(latin, { encoding: 'latin1' })).size).toBe(9999)
    await expect(Interactions.read(fileOf('txt.zst', lines.subarray(0, -2)), { format: 'user-items' })).rejects.toThrow(
      code('ERR_DATA', /zstd/),
    )
  })

  it('leave no temporary files behind', async () => {
    const { TMPDIR } = process.env
    const temporary = mkdtempSync(join(dir, 'tmp-'))
    onTestFinished(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = TMPDIR
    })
    process.env.TMPDIR = temporary
    await ids(fileOf('csv.gz', member(csv, 16, comment)))
    await expect(read(fileOf('csv.gz', member('user,item\n1,2,3\n', 16, comment)))).rejects.toThrow(
      code('ERR_DATA', /line 2/),
    )
    expect(readdirSync(temporary)).toEqual([])
    process.env.TMPDIR = join(temporary, 'missing')
    await expect(read(fileOf('csv.gz', member(csv, 16, comment)))).rejects.toThrow(
      code('ERR_IO', /missing: a temporary/),
    )
  })
})

describe('encodings', () => {
  const text = 'user,item\nünï,1\nÅsa,2\n'
  const utf16be = (content: string) => Buffer.from(content, 'utf16le').swap16()

  it('are as the option says, or UTF-16 with its mark', async () => {
    const wanted = [
      ['ünï', 1],
      ['Åsa', 2],
    ]
    const latin = Buffer.from(text, 'latin1')
    const cases: [Buffer, string | undefined][] = [
      [latin, 'latin1'],
      [latin, 'latin-1'],
      [latin, 'ISO-8859-1'],
      [latin, 'windows-1252'],
      [Buffer.from(text, 'utf16le'), 'utf-16le'],
      [Buffer.from(text, 'utf16le'), 'utf-16'],
      [Buffer.from(`\ufeff${text}`, 'utf16le'), 'utf-16'],
      [Buffer.from(`\ufeff${text}`, 'utf16le'), undefined],
      [utf16be(text), 'utf-16be'],
      [utf16be(`\ufeff${text}`), 'utf-16'],
      [utf16be(`\ufeff${text}`), undefined],
      [Buffer.from(text), 'utf-8'],
      [Buffer.from(`\ufeff${text}`), 'utf8'],
    ]
    for (const [bytes, encoding] of cases) {
      expect(await ids(fileOf('csv', bytes), { encoding }), encoding).toEqual(wanted)
      expect(await ids(fileOf('csv.gz', gzipSync(bytes)), { encoding }), encoding).toEqual(wanted)
    }
    const cyrillic = Buffer.from('user,item\n\xc0\xed\xed\xe0,1\n', 'latin1')
    expect(await ids(fileOf('csv', cyrillic), { encoding: 'windows-1251' })).toEqual([['Анна', 1]])
    const japanese = Buffer.from('user,item\n\x83\x65\x83\x58\x83\x67,1\n', 'latin1')
    expect(await ids(fileOf('csv', japanese), { encoding: 'shift_jis' })).toEqual([['テスト', 1]])
    expect(
      await ids(fileOf('csv', Buffer.from('üser,item\n1,2\n', 'latin1')), { encoding: 'latin1', user: 'üser' }),
    ).toEqual([[1, 2]])
  })

  it('are those of JSONL and of lines too', async () => {
    const json = '{"user":"ünï","item":1}\n{"user":"Åsa","item":2}\n'
    expect(await ids(fileOf('jsonl', Buffer.from(json, 'latin1')), { encoding: 'latin1' })).toHaveLength(2)
    expect((await ids(fileOf('jsonl', Buffer.from(`\ufeff${json}`, 'utf16le'))))[0]).toEqual(['ünï', 1])
    await expect(read(fileOf('jsonl', Buffer.from(json, 'latin1')))).rejects.toThrow(
      code('ERR_DATA', /line 1 is no UTF-8 text.*option encoding/),
    )
    const lines = { format: 'user-items' as const }
    for (const [bytes, encoding] of [
      [Buffer.from('ü 1\r2 1\r', 'latin1'), 'latin1'],
      [Buffer.from('\ufeffü 1\r\n2 1\r\n', 'utf16le'), undefined],
    ] as const) {
      const log = await Interactions.read(fileOf('txt', bytes), { ...lines, encoding })
      expect(Array.from(log, ({ user }) => user)).toEqual(['ü', '2'])
    }
    const negatives = await readNegatives(fileOf('neg', Buffer.from('(ü,2) 3\n', 'latin1')), { encoding: 'latin1' })
    expect([...negatives.test.users]).toEqual(['ü'])
  })

  it('that are wrong are told, with the line and the option', async () => {
    const latin = (content: string) => fileOf('csv', Buffer.from(content, 'latin1'))
    await expect(read(latin('user,item\n1,1\n\xfc,1\n'))).rejects.toThrow(
      code('ERR_DATA', /line 3 is no UTF-8.*encoding/),
    )
    await expect(read(latin('\n\xfcser,item\n1,1\n'))).rejects.toThrow(code('ERR_DATA', /line 2 is no UTF-8.*encoding/))
    await expect(read(latin(`${'user,item\n1,1\n'.repeat(1)}${'1,1\n'.repeat(50_000)}\xfc,1\n`))).rejects.toThrow(
      code('ERR_DATA', /line 50003 is no UTF-8/),
    )
    await expect(read(fileOf('csv', Buffer.from('user,item\n1,2\n', 'utf16le')))).rejects.toThrow(
      code('ERR_DATA', /line 1 holds a NUL byte.*utf-16le/),
    )
    const bad = Buffer.concat([
      Buffer.from('user,item\n'),
      Buffer.from('1,1\n'.repeat(40_000)),
      Buffer.from([0x81, 0x20, 10]),
    ])
    await expect(read(fileOf('csv', bad), { encoding: 'shift_jis' })).rejects.toThrow(
      code('ERR_DATA', /line 40002 is no SHIFT_JIS text/),
    )
    for (const encoding of ['klingon', '', 7, 'utf-32'])
      await expect(read(fileOf('csv', csv), { encoding: encoding as never })).rejects.toThrow(
        code('ERR_VALUE', /encoding/),
      )
  })

  it('decode characters that fall on two chunks', async () => {
    const many = `user,item\n${Array.from({ length: 60_000 }, (_, i) => `日本☕${i},${i}\n`).join('')}`
    const log = await read(fileOf('csv', Buffer.from(`\ufeff${many}`, 'utf16le')))
    expect(log.size).toBe(60_000)
    expect([...log.users].every((id, i) => id === `日本☕${i}`)).toBe(true)
  })
})

it.each([
  ['csv', { quote: 'ab' }, /quote/],
  ['csv', { quote: 'é' }, /quote/],
  ['csv', { escape: '' }, /escape/],
  ['csv', { comment: '##' }, /comment/],
  ['csv', { comment: '"' }, /comment/],
  ['csv', { skip: -1 }, /skip/],
  ['csv', { delimiter: '' }, /delimiter/],
  ['csv', { delimiter: '\n' }, /delimiter/],
  ['csv', { delimiter: '"' }, /quote/],
  ['csv', { quote: ',' }, /quote/],
  ['csv', { quote: '', escape: '\\' }, /escape/],
  ['jsonl', { delimiter: ',' }, /delimiter: of CSV and TSV/],
  ['jsonl', { columns: ['user', 'item'] }, /columns: of CSV/],
  ['parquet', { encoding: 'latin1' }, /encoding: of text files/],
  ['parquet', { quote: '' }, /quote: of CSV/],
])('a %s file refuses %j', async (extension, options, message) => {
  const path = fileOf(extension, extension === 'jsonl' ? '{"user":1,"item":1}' : csv)
  await expect(read(path, options as never)).rejects.toThrow(code('ERR_VALUE', message))
})

function crcOf(bytes: Buffer): number {
  if (typeof crc32 === 'function') return crc32(bytes)
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

describe('line ends of several kinds', () => {
  const ends = { LF: '\n', CRLF: '\r\n', CR: '\r' }
  const pairs = Object.entries(ends).flatMap(([one, a]) => Object.entries(ends).map(([other, b]) => [one, other, a, b]))

  it.each(pairs)('are read also where %s becomes %s far from the begin', async (_one, _other, a, b) => {
    const lines = (from: number, end: string) =>
      Array.from({ length: 10_000 }, (_, i) => `u${i % 7},"${from + i}"${end}`).join('')
    for (const quote of ['"', '']) {
      const text = `user,item${a}${lines(0, a!)}${lines(10_000, b!)}`.replaceAll('"', quote)
      for (const [extension, bytes] of [
        ['csv', Buffer.from(text)],
        ['csv.gz', gzipSync(text)],
      ] as const) {
        const log = await read(fileOf(extension, bytes))
        expect([log.size, log.at(0), log.at(19_999)]).toEqual([
          20_000,
          { user: 'u0', item: 0, weight: 1 },
          { user: 'u3', item: 19_999, weight: 1 },
        ])
      }
    }
  })

  it('do not hide the line of a quote that does not close', async () => {
    const lines = 'u,1\n'.repeat(20_000)
    await expect(read(fileOf('csv', `user,item\n${lines}u,2\r\nu,"3\n`))).rejects.toThrow(
      code('ERR_DATA', /line 20003: a quote does not close/),
    )
  })
})

it('a file of another format than text says what it is and what helps', async () => {
  const text = 'user,item\n1,2\n'
  const parquet = readFileSync(await fileFromSql('parquet', 'SELECT 1 AS user, 2 AS item'))
  for (const [bytes, what] of [
    [gzipSync(text), /gzip data where text was expected. End its name in .gz/],
    [Buffer.from('28b52ffd040031', 'hex'), /zstd data/],
    [parquet, /Parquet file where text was expected. Say so with format: 'parquet'/],
    [Buffer.from('504b03041400000008', 'hex'), /zip archive/],
    [Buffer.from('BZh91AY&SY\x01\x02', 'latin1'), /bzip2/],
    [Buffer.from('fd377a585a000004', 'hex'), /xz data/],
    [Buffer.from('SQLite format 3\0\x10\0'), /SQLite/],
  ] as const) {
    const error = code('ERR_DATA', what)
    for (const format of ['csv', 'jsonl'] as const)
      await expect(read(fileOf('data', bytes), { format, encoding: 'latin1' })).rejects.toThrow(error)
    await expect(readNegatives(fileOf('data', bytes))).rejects.toThrow(error)
    await expect(read(fileOf('csv.gz', gzipSync(bytes)))).rejects.toThrow(error)
  }
  expect(await ids(fileOf('csv', 'PAR1,item\nBZh,2\n'), { user: 'PAR1' })).toEqual([['BZh', 2]])
})
