import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Catalogue } from 'kindred'
import { describe, expect, it } from 'vitest'
import { parseTemplate } from '#lib/data/text-template.js'
import { code, dir, fileFromSql, fileOf } from '../support/table-files.js'

const films = [
  { id: 1, title: 'Heat', year: 1995, genres: ['Action', 'Crime'], plot: 'A "heist"\nin L.A.' },
  { id: 2, title: 'Amélie ☕', year: 2001, genres: [], plot: null },
  { id: 3, title: 'Sans genre', year: 2001, plot: '' },
]
const text = '{title} ({year}). {genres}. {plot}'
const expected = ['Heat (1995). Action, Crime. A "heist"\nin L.A.', 'Amélie ☕ (2001). . ', 'Sans genre (2001). . ']
const jsonl = films.map((film) => `${JSON.stringify(film)}\n`).join('')

describe('Catalogue', () => {
  it('renders texts from objects', () => {
    const catalogue = Catalogue.from(films, { id: 'id', text })
    expect(catalogue.texts).toEqual(expected)
    expect([...catalogue.ids]).toEqual([1, 2, 3])
    expect(catalogue.text(2)).toBe(expected[1])
    expect(catalogue.report).toEqual({
      read: 3,
      kept: 3,
      dropped: { nullId: 0 },
      missing: { title: 0, year: 0, genres: 2, plot: 2 },
    })
    expect([catalogue.field(1, 'genres'), catalogue.field(2, 'plot')]).toEqual(['Action, Crime', undefined])
  })

  it('renders them by a function', () => {
    const catalogue = Catalogue.from(films, { id: 'id', text: ({ title }) => title.toUpperCase(), keep: ['year'] })
    expect(catalogue.texts).toEqual(['HEAT', 'AMÉLIE ☕', 'SANS GENRE'])
    expect(catalogue.field(1, 'year')).toBe('1995')
    expect(() => Catalogue.from(films, { id: 'id', text: () => 5 as never })).toThrow(code('ERR_VALUE', /row 0/))
  })

  it('reads the same from JSONL, gzip and Parquet', async () => {
    const parquet = await fileFromSql('parquet', `SELECT * FROM '${fileOf('ndjson', jsonl)}'`)
    for (const path of [fileOf('jsonl', jsonl), fileOf('jsonl.gz', gzipSync(jsonl)), parquet]) {
      const catalogue = await Catalogue.read(path, { id: 'id', text, keep: ['title'] })
      expect(catalogue.texts, path).toEqual(expected)
      expect([...catalogue.ids]).toEqual([1, 2, 3])
      expect(catalogue.report.missing).toEqual({ title: 0, year: 0, genres: 2, plot: 2 })
      expect(catalogue.field(2, 'title')).toBe('Amélie ☕')
    }
  })

  it('reads CSV and TSV, whose empty fields are missing', async () => {
    const csv = 'id,title,plot\n007,"Dr. ""No""",\n8,,x\n,lost,\n'
    const catalogue = await Catalogue.read(fileOf('csv', csv), { id: 'id', text: '{title}/{plot}' })
    expect([...catalogue.ids]).toEqual(['007', '8'])
    expect(catalogue.texts).toEqual(['Dr. "No"/', '/x'])
    expect(catalogue.report).toEqual({ read: 3, kept: 2, dropped: { nullId: 1 }, missing: { title: 1, plot: 1 } })
    const tsv = await Catalogue.read(fileOf('tsv', 'id\tt\n1\ta,b\n'), { id: 'id', text: '{t}' })
    expect(tsv.texts).toEqual(['a,b'])
  })

  it('writes numbers, booleans, dates and nested lists', () => {
    const row = { id: 'x', a: 1.5, b: true, c: new Date(0), d: [['p', null], 'q'], e: 2n ** 64n, f: NaN }
    const catalogue = Catalogue.from([row], { id: 'id', text: '{a}|{b}|{c}|{d}|{e}|{f}' })
    expect(catalogue.texts).toEqual(['1.5|true|1970-01-01T00:00:00.000Z|p, q|18446744073709551616|'])
    expect(catalogue.report.missing.f).toBe(1)
  })

  it('reads scalars of every type', async () => {
    const json = fileOf('jsonl', '{"id":"x","a":1.50,"b":true,"e":18446744073709551616,"s":"\\u00e9"}')
    const catalogue = await Catalogue.read(json, { id: 'id', text: '{a}|{b}|{e}|{s}' })
    expect(catalogue.texts).toEqual(['1.5|true|18446744073709551616|é'])
    const parquet = await fileFromSql(
      'parquet',
      "SELECT 5::BIGINT AS id, 1.5::FLOAT AS a, 'nan'::DOUBLE AS n, DATE '2020-01-02' AS d, ['a', NULL, 'b'] AS l, 2.50::DECIMAL(9, 2) AS m",
    )
    const read = await Catalogue.read(parquet, { id: 'id', text: '{a}|{n}|{d}|{l}|{m}' })
    expect(read.texts).toEqual(['1.5||2020-01-02|a, b|2.5'])
    expect(read.report.missing.n).toBe(1)
  })

  it('refuses unknown fields, naming those that exist', async () => {
    const listed = /"actors".*"title"/
    expect(() => Catalogue.from(films, { id: 'id', text: '{actors}' })).toThrow(code('ERR_COLUMN', listed))
    expect(() => Catalogue.from(films, { id: 'key', text: '{title}' })).toThrow(code('ERR_COLUMN', /"key"/))
    for (const path of [fileOf('jsonl', jsonl), fileOf('csv', 'id,title\n1,a\n')]) {
      await expect(Catalogue.read(path, { id: 'id', text: '{actors}' })).rejects.toThrow(code('ERR_COLUMN', listed))
      await expect(Catalogue.read(path, { id: 'key', text: '{title}' })).rejects.toThrow(code('ERR_COLUMN', /"key"/))
      await expect(Catalogue.read(path, { id: 'id', text: '{title}', keep: ['x'] })).rejects.toThrow(code('ERR_COLUMN'))
    }
    const catalogue = Catalogue.from(films, { id: 'id', text: '{title}' })
    expect(() => catalogue.field(1, 'plot')).toThrow(code('ERR_COLUMN', /keep/))
    expect(() => catalogue.text('1')).toThrow(code('ERR_UNKNOWN_ID'))
  })

  it('refuses an id that comes twice, and text that is none', async () => {
    const twice = [films[0]!, films[1]!, films[0]!]
    expect(() => Catalogue.from(twice, { id: 'id', text: '{title}' })).toThrow(code('ERR_DUPLICATE', /item 1 /))
    const path = fileOf('jsonl', twice.map((film) => JSON.stringify(film)).join('\n'))
    await expect(Catalogue.read(path, { id: 'id', text: '{title}' })).rejects.toThrow(
      code('ERR_DUPLICATE', /item 1 .*row 3/),
    )
    const objects = fileOf('jsonl', '{"id":1,"a":{"b":1}}')
    await expect(Catalogue.read(objects, { id: 'id', text: '{a}' })).rejects.toThrow(code('ERR_DATA', /"a" in row 1/))
    expect(() => Catalogue.from([{ id: 1, a: {} }], { id: 'id', text: '{a}' })).toThrow(code('ERR_DATA', /item 1/))
  })

  it('has no text for one odd value, and counts it', async () => {
    const values = [
      'NaN',
      'Infinity',
      '-Infinity',
      '{"a":1}',
      '[{"name":"x"}]',
      '["a",NaN,null]',
      'null',
      '""',
      '"b"',
      '7',
      '" \\t"',
    ]
    const lines = values.map((value, id) => `{"id":${id},"t":${value}}\n`).join('')
    const given = [
      Number.NaN,
      Infinity,
      -Infinity,
      { a: 1 },
      [{ name: 'x' }],
      ['a', Number.NaN, null],
      null,
      '',
      'b',
      7,
      ' \t',
    ]
    const rows = given.map((t, id) => ({ id, t }))
    const catalogues = [
      Catalogue.from(rows, { id: 'id', text: '{t}' }),
      await Catalogue.read(fileOf('jsonl', lines), { id: 'id', text: '{t}' }),
      await Catalogue.read(fileOf('jsonl', `\ufeff${lines}`), { id: 'id', text: '{t}' }),
    ]
    for (const { texts, report } of catalogues) {
      expect(texts).toEqual(['', '', '', '', '', 'a', '', '', 'b', '7', ''])
      expect(report).toEqual({ read: 11, kept: 11, dropped: { nullId: 0 }, missing: { t: 8 }, unusable: { t: 2 } })
    }
    const parquet = await fileFromSql(
      'parquet',
      "SELECT unnest([1, 2, 3]) AS id, unnest([1.5, 'nan'::DOUBLE, '-inf'::DOUBLE]) AS d, unnest([[1.5, 'nan'::DOUBLE], ['inf'::DOUBLE], []]) AS l",
    )
    const read = await Catalogue.read(parquet, { id: 'id', text: '{d}/{l}' })
    expect(read.texts).toEqual(['1.5/1.5', '/', '/'])
    expect(read.report.missing).toEqual({ d: 2, l: 2 })
  })

  it('keeps the digits of integers within lists', async () => {
    const path = fileOf('jsonl', '{"id":1,"t":[12345678901234567890, 1]}')
    expect((await Catalogue.read(path, { id: 'id', text: '{t}' })).texts).toEqual(['12345678901234567890, 1'])
  })

  it('takes a field of an object by its path from a file', async () => {
    const parquet = await fileFromSql(
      'parquet',
      "SELECT {'id': 7, 'names': {'en': 'Heat', 'a.b': 'x'}} AS it, 'own' AS \"it.own\", {'own': 'other'} AS x",
    )
    const catalogue = await Catalogue.read(parquet, { id: 'it.id', text: '{it.names.en} {it.own} {x.own}' })
    expect([[...catalogue.ids], catalogue.texts]).toEqual([[7], ['Heat own other']])
    for (const [id, listed] of [
      ['it.ID', /"it\.ID".*"it".*"it\.own"/],
      ['it.names.fr', /"it\.names\.fr"/],
      ['it.id.x', /"it\.id\.x"/],
      ['none.id', /"none\.id"/],
    ] as const)
      await expect(Catalogue.read(parquet, { id, text: '{it.own}' })).rejects.toThrow(code('ERR_COLUMN', listed))
    await expect(Catalogue.read(parquet, { id: 'it', text: '{it.own}' })).rejects.toThrow(
      code('ERR_COLUMN', /STRUCT.*path, as "it\.id"/),
    )
    const objects = fileOf('jsonl', '{"id":1,"a":{"b":1}}')
    await expect(Catalogue.read(objects, { id: 'id', text: '{a}' })).rejects.toThrow(code('ERR_DATA', /by its path/))
  })

  it('refuses bad files and options', async () => {
    const path = fileOf('jsonl', jsonl)
    await expect(Catalogue.read(join(dir, 'none.jsonl'), { id: 'id', text: '{t}' })).rejects.toThrow(code('ERR_IO'))
    await expect(Catalogue.read(fileOf('jsonl', ''), { id: 'id', text: '{t}' })).rejects.toThrow(code('ERR_DATA'))
    await expect(Catalogue.read(fileOf('jsonl', '{'), { id: 'id', text: '{t}' })).rejects.toThrow(code('ERR_DATA'))
    await expect(Catalogue.read(path, { id: 'id' } as never)).rejects.toThrow(code('ERR_VALUE', /text/))
    await expect(Catalogue.read(path, { text: '{t}' } as never)).rejects.toThrow(code('ERR_VALUE', /id/))
    await expect(Catalogue.read(path, { id: 'id', text, ids: 1 } as never)).rejects.toThrow(code('ERR_VALUE', /"ids"/))
    await expect(Catalogue.read(path, { id: 'id', text, signal: AbortSignal.abort() })).rejects.toThrow(
      code('ERR_ABORTED'),
    )
    expect(() => Catalogue.from(5 as never, { id: 'id', text })).toThrow(code('ERR_VALUE', /iterable/))
    expect(() => Catalogue.from([5 as never], { id: 'id', text })).toThrow(code('ERR_VALUE', /row 0/))
    expect(Catalogue.from([], { id: 'id', text }).size).toBe(0)
  })
})

describe('parseTemplate', () => {
  const render = (template: string) => parseTemplate(template).render((field) => `<${field}>`)

  it('fills placeholders and leaves the rest alone', () => {
    expect(render('{title}. {plot}')).toBe('<title>. <plot>')
    expect(render('{{{a}}} {{b}} {a}{a b}')).toBe('{<a>} {b} <a><a b>')
    expect(parseTemplate('{b}{a}{b}').fields).toEqual(['b', 'a'])
  })

  it.each(['', 'no placeholder', '{{a}}', '{a', 'a}', '{}', '{a} {', '{a{b}}', '{a}}', 7, undefined])(
    'refuses %o',
    (template) => expect(() => parseTemplate(template)).toThrow(code('ERR_VALUE')),
  )
})
