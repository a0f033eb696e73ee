import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Catalogue, Interactions, KindredError } from 'kindred'
import { expect, it } from 'vitest'
import { code, fileOf } from '../support/table-files.js'

const delimiters = [',', ';', '\t', '|', '::', '||', ' ~ ', '<--->', '§']
const dialect = fc.record({
  delimiter: fc.constantFrom(...delimiters),
  quote: fc.constantFrom('"', "'"),
  escape: fc.constantFrom(undefined, '\\'),
  end: fc.constantFrom('\n', '\r\n', '\r'),
  hasHeader: fc.boolean(),
  trails: fc.constantFrom('none', 'header', 'rows', 'both'),
  skip: fc.constantFrom([], ['some "line'], ['', 'a,b;c', "it's"]),
  encoding: fc.constantFrom(undefined, 'utf-16le', 'utf-16be', 'utf-16'),
  isMarked: fc.boolean(),
  isPacked: fc.boolean(),
  endsLast: fc.boolean(),
})
type DialectOf<T> = T extends fc.Arbitrary<infer Value> ? Value : never

const text = fc.array(
  fc.constantFrom('a', 'ü', '☕', '"', "'", '\\', ' ', '\n', ',', ';', '\t', ':', '|', '<--->', '#'),
  {
    maxLength: 6,
  },
)
const value = text.map((parts) => `v${parts.join('')}v`)

function written(rows: readonly (readonly string[])[], names: readonly string[], how: DialectOf<typeof dialect>) {
  const { delimiter, quote, escape: mark = quote, trails } = how
  const field = (one: string) => {
    const escaped =
      mark === quote
        ? one.replaceAll(quote, quote + quote)
        : one.replaceAll(/["'\\]/g, (c) => (c === quote || c === mark ? mark + c : c))
    return `${quote}${escaped}${quote}`
  }
  const line = (fields: readonly string[], isLong: boolean) =>
    fields.map(field).join(delimiter) + (isLong ? delimiter : '')
  const header = how.hasHeader ? [line(names, trails === 'header' || trails === 'both')] : []
  const body = rows.map((fields) => line(fields, trails === 'rows' || trails === 'both'))
  const all = [...how.skip, ...header, ...body].join(how.end) + (how.endsLast ? how.end : '')
  const marked = how.isMarked || how.encoding === undefined ? `\ufeff${all}` : all
  const isUtf16 = how.encoding !== undefined
  const bytes = Buffer.from(marked, isUtf16 ? 'utf16le' : 'utf8')
  const content = how.encoding === 'utf-16be' ? bytes.swap16() : bytes
  return fileOf(how.isPacked ? 'csv.gz' : 'csv', how.isPacked ? gzipSync(content) : content)
}

it('CSV of every dialect and encoding comes back as it was written', async () => {
  const names = ['id', 'Text', 'text']
  const table = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(table, dialect, async (given, how) => {
      const rows = given.map(([, a, b], n) => [`i${n}`, a, b])
      const { delimiter, quote, escape: mark, encoding, skip, hasHeader } = how
      const options = {
        delimiter,
        quote,
        escape: mark,
        encoding,
        skip: skip.length,
        columns: hasHeader ? undefined : names,
      }
      const path = written(rows, names, how)
      const catalogue = await Catalogue.read(path, { id: 'id', text: '{Text}', keep: ['text'], ...options })
      const read = [...catalogue.ids].map((id) => [id, catalogue.text(id), catalogue.field(id, 'text')])
      expect(read).toEqual(rows)
      const log = await Interactions.read(path, { user: 'Text', item: 'text', duplicates: 'last', ...options })
      expect(log.report.read).toBe(rows.length)
    }),
    { numRuns: 80 },
  )
})

it('no bytes bring the readers of tables down, in any dialect', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('user,item\n', '1,2\n', '"', '\\', '\r', '\n', ',', '::', '#', '\ufeff', '\0')
      .map((one) => Buffer.from(one)),
  )
  const options = fc.record(
    {
      delimiter: fc.constantFrom('::', '\t', '<---->'),
      columns: fc.constantFrom(['user', 'item'], ['item', 'x', 'user']),
      quote: fc.constantFrom('', "'"),
      comment: fc.constant('#'),
      skip: fc.nat(3),
      encoding: fc.constantFrom('latin1', 'utf-16', 'shift_jis'),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), options, fc.boolean(), async (parts, dialect, isPacked) => {
      const content = Buffer.concat(parts)
      const path = fileOf(isPacked ? 'csv.gz' : 'csv', isPacked ? gzipSync(content) : content)
      await Interactions.read(path, { user: 'user', item: 'item', ...dialect }).catch((error: unknown) =>
        expect(error).toBeInstanceOf(KindredError),
      )
    }),
    { numRuns: 80 },
  )
})

it('a quote that never closes is found before all of the file is read', async () => {
  const path = fileOf('csv', `"user,item\n${'1,2\n'.repeat(10_000_000)}`)
  await expect(Interactions.read(path, { user: 'user', item: 'item' })).rejects.toThrow(
    code('ERR_DATA', /quote that does not close/),
  )
})
