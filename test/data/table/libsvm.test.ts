import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type SparseColumn, Table } from 'kindred'
import { describe, expect, it } from 'vitest'
import { parseDecimal } from '#lib/data/table/libsvm/parse-decimal.js'
import { code, fileOf } from '../../support/table-files.js'

const read = (content: string | Buffer, extension = 'libsvm') => Table.read(fileOf(extension, content))

describe('a LIBSVM file', () => {
  it('is labels and sparse features', async () => {
    const table = await read('# a comment\n+1 3:0.5 7:-1e2 # more\n\n-1\n0.5 10:1\t1:2 \r\n')
    expect(table.columns).toEqual(['label', 'features'])
    expect(table.column('label')).toMatchObject({ type: 'number', values: Float64Array.of(1, -1, 0.5) })
    expect(table.column('features')).toEqual({
      ...{ type: 'sparse', name: 'features', offsets: Int32Array.of(0, 2, 2, 4), width: 11 },
      ...{ indices: Int32Array.of(3, 7, 1, 10), values: Float32Array.of(0.5, -100, 2, 1) },
    })
    expect(table.row(2)).toEqual({
      label: 0.5,
      features: { indices: Int32Array.of(1, 10), values: Float32Array.of(2, 1) },
    })
    expect(table.report.read).toBe(3)
  })

  it('may have queries, be compressed, without a last line end, and of several parts', async () => {
    const ranked = await read(gzipSync('1 qid:1 0:5\n2 qid:1\n3 qid:2 4:1'), 'svm.gz')
    expect([...ranked].map(({ qid }) => qid)).toEqual([1, 1, 2])
    const both = await Table.read([fileOf('txt', '1 1:1\n'), fileOf('txt', '2 2:2')], { format: 'libsvm' })
    expect([both.rows, (both.column('features') as SparseColumn).width]).toEqual([2, 3])
    const label = await Table.read(fileOf('libsvm', '1 1:1\n'), { columns: ['label'] })
    expect(label.columns).toEqual(['label'])
  })

  it.each([
    ['1 1:1\n1:2\n', /line 2: expected a label, one number, but found "1:2"/],
    ['x 1:1\n', /line 1: expected a label/],
    ['1 a:1\n', /expected index:value but found "a:1"/],
    ['1 1\n', /expected index:value but found "1"/],
    ['1 1:\n', /found "1:"/],
    ['1 1:2x\n', /found "1:2x"/],
    ['1 1:2 # c\n1 1:2 3:4:5\n', /line 2: expected index:value but found "3:4:5"/],
    ['1 -1:2\n', /found "-1:2"/],
    ['1 3:1 3:2\n', /index 3 comes twice/],
    ['1 2147483647:1\n', /index 2147483647 is beyond/],
    ['1 1:1e39\n', /beyond 32-bit floats/],
    ['1,2 1:1\n', /expected a label, one number, but found "1,2"/],
    ['1 qid:1 1:1\n1 1:1\n', /line 2: expected qid:/],
    ['1 1:1\n1 qid:2 1:1\n', /line 2: has a qid/],
    ['1 qad:1\n', /expected qid:number/],
    ['# nothing\n', /no rows/],
    ['', /no rows|empty/],
  ])('that holds %j is an error with file and line', async (content, message) => {
    await expect(read(content)).rejects.toEqual(code('ERR_DATA', message))
    await expect(read(content)).rejects.toEqual(code('ERR_DATA', /\.libsvm/))
  })

  it('refuses options of other files, and other columns', async () => {
    const path = fileOf('libsvm', '1 1:1\n')
    await expect(Table.read(path, { delimiter: ' ' })).rejects.toEqual(code('ERR_VALUE', /delimiter/))
    await expect(Table.read(path, { columns: ['labels'] })).rejects.toEqual(code('ERR_COLUMN', /mean "label"/))
    await expect(Table.read(path, { columns: { label: 'string' } })).rejects.toEqual(code('ERR_VALUE', /type number/))
    await expect(read(gzipSync('1 1:1\n').subarray(0, 15), 'libsvm.gz')).rejects.toEqual(code('ERR_DATA', /truncated/))
  })

  it('is read whole whatever the chunks, by rows long and short', async () => {
    const row = (i: number) => Array.from({ length: (i * 37) % 400 }, (_, n) => `${n * 3 + (i % 3)}:${i / 8}`).join(' ')
    const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${row(i)}`)
    const table = await read(lines.join('\n'))
    expect(table.rows).toBe(3000)
    const { offsets, indices, values } = table.column('features') as SparseColumn
    for (const i of [0, 1, 10, 2999]) {
      expect(offsets[i + 1]! - offsets[i]!).toBe((i * 37) % 400)
      const own = indices.subarray(offsets[i], offsets[i + 1])
      expect(`${i} ${Array.from(own, (index, n) => `${index}:${values[offsets[i]! + n]}`).join(' ')}`).toBe(lines[i])
    }
  })
})

it('numbers are read as JavaScript reads them', () => {
  const texts = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(fc.bigInt(), fc.nat(40), fc.integer({ min: -330, max: 310 })).map(([n, at, e]) => {
      const digits = String(n)
      return `${digits.slice(0, at)}${/\d$/.test(digits.slice(0, at)) ? '.' : ''}${digits.slice(at)}e${e}`
    }),
    fc.stringMatching(/^[+-]?\d{1,25}(\.\d{0,25})?([eE][+-]?\d{1,3})?$/),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(`:${text} `)
      const { value, end } = parseDecimal(bytes, 1)
      expect(value).toBe(Number(text))
      expect(end).toBe(bytes.length - 1)
    }),
    { numRuns: 3000 },
  )
})
