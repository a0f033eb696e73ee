import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type CleaningRules, Table, TableCleaner, type TableFileProgress } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NumberFile } from '#lib/data/table/clean/files/number-file.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-clean-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ROW = fc.record({
  n: fc.option(fc.constantFrom(1, 2, 3.5, -7, 1e6, 0.1)),
  m: fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((x) => x + 0)),
  s: fc.option(fc.constantFrom('a', 'b', 'a;1', '7')),
  is: fc.option(fc.boolean()),
})
const RULE = fc.record<CleaningRules>({
  types: fc.constantFrom<NonNullable<CleaningRules['types']>>({}, { s: 'string' }),
  duplicates: fc.constantFrom(false, true, { by: ['n', 's'], keep: 'last' as const }, { by: ['is'] }),
  outliers: fc.record({
    n: fc.record({
      method: fc.constantFrom('iqr' as const, 'z-score' as const, 'winsorize' as const),
      action: fc.constantFrom('clip' as const, 'drop' as const, 'missing' as const, 'flag' as const),
    }),
    m: fc.record({ method: fc.constantFrom('iqr' as const, 'z-score' as const) }),
  }),
  missing: fc.record({
    n: fc.constantFrom('mean' as const, 'median' as const, 'most-frequent' as const, 'drop' as const),
    m: fc.constantFrom('median' as const, { fill: 'constant' as const, value: 4, flag: true }, 'flag' as const),
    s: fc.constantFrom('most-frequent' as const, 'drop' as const, { fill: 'constant' as const, value: 'new' }),
    is: fc.constantFrom('most-frequent' as const, 'flag' as const),
  }),
})

/** The code of the error that a call ends with. */
const code = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  )

/** What a call gives, or the code of its error. */
const outcome = <T>(work: Promise<T>) => work.catch((error: { code?: string }) => error.code ?? String(error))

describe('a file that is cleaned some rows at a time', () => {
  it('is cleaned as a table in memory', async () => {
    const types = { n: 'number', m: 'number', s: 'string', is: 'boolean' } as const
    const check = async (rows: object[], rules: CleaningRules, batchRows: number, extension: string) => {
      const input = join(folder, `in.${extension}`)
      const output = join(folder, `out.${extension}`)
      await Table.from(rows, { types }).write(input)
      const reading = { columns: types }
      const table = await Table.read(input, reading)
      const [inMemory, inParts] = [new TableCleaner(rules), new TableCleaner(rules)]
      const fitted = await outcome(inMemory.fit(table).then(() => inMemory.toJSON()))
      const learnt = await outcome(inParts.fitFile(input, { ...reading, batchRows }).then(() => inParts.toJSON()))
      expect(learnt).toEqual(fitted)
      if (typeof fitted === 'string') return
      const { table: cleaned, report } = await inMemory.transform(table)
      const made = await inParts.transformFile(input, output, { ...reading, batchRows })
      expect(made).toEqual(report)
      await cleaned.write(join(folder, `expected.${extension}`))
      if (extension === 'csv')
        expect(readFileSync(output, 'utf8')).toBe(readFileSync(join(folder, 'expected.csv'), 'utf8'))
      else expect([...(await Table.read(output))]).toEqual([...(await Table.read(join(folder, 'expected.parquet')))])
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(ROW, { minLength: 1, maxLength: 24 }),
        RULE,
        fc.constantFrom(1, 3, 7, 100),
        fc.constantFrom('csv', 'csv', 'csv', 'parquet'),
        check,
      ),
      { numRuns: 20 },
    )
  }, 240_000)

  it('has the quantiles of many numbers to the bit, and the types that all rows say', async () => {
    const path = join(folder, 'many.csv')
    let lines = 'x,id\n'
    for (let i = 0; i < 9000; i++) lines += `${Math.sin(i) * 10 ** (i % 12)},${i < 8000 ? i % 977 : `0${i}`}\n`
    writeFileSync(path, lines)
    const rules = {
      duplicates: { by: ['id'] },
      outliers: { x: { method: 'winsorize', limits: [0.013, 0.91] } },
    } as const
    const whole = await new TableCleaner(rules).fit(await Table.read(path))
    const told: TableFileProgress[] = []
    const parts = await new TableCleaner(rules).fitFile(path, {
      batchRows: 1000,
      onProgress: (progress) => told.push(progress),
    })
    expect(parts.toJSON()).toEqual(whole.toJSON())
    expect(new Set(told.map(({ phase }) => phase))).toEqual(new Set(['types', 'learn']))
    expect(told.at(-1)).toMatchObject({ done: 9000, total: 9000 })
    const report = await parts.transformFile(path, join(folder, 'many.out.csv'), { batchRows: 1000 })
    expect(report).toMatchObject({ read: 9000, kept: 977 + 1000, dropped: { duplicates: 7023 } })
  }, 60_000)

  it('leaves an older file as it was, and no other, after an error or an abort', async () => {
    const input = join(folder, 'some.csv')
    const output = join(folder, 'older.csv')
    writeFileSync(input, `a,b\n${Array.from({ length: 50 }, (_, i) => `${i},x`).join('\n')}\n`)
    writeFileSync(output, 'older')
    const before = readdirSync(folder)
    const cleaner = await new TableCleaner({ missing: { b: { fill: 'constant', value: 3 } } }).fitFile(input)
    expect(await code(cleaner.transformFile(input, output, { batchRows: 10 }))).toBe('ERR_COLUMN')
    const abort = new AbortController()
    const fine = await new TableCleaner({ duplicates: true }).fitFile(input)
    const options = { batchRows: 10, signal: abort.signal, onProgress: () => abort.abort() }
    expect(await code(fine.transformFile(input, output, options))).toBe('ERR_ABORTED')
    expect(await code(fine.transformFile(input, join(folder, 'x.txt')))).toBe('ERR_VALUE')
    expect(await code(fine.transformFile(join(folder, 'none.csv'), output))).toBe('ERR_IO')
    expect(await code(new TableCleaner({}).transformFile(input, output))).toBe('ERR_NOT_FITTED')
    expect(await code(fine.fitFile(input, { batchRows: 0 }))).toBe('ERR_VALUE')
    expect(await code(fine.fitFile(join(folder, 'x.libsvm')))).toBe('ERR_NOT_SUPPORTED')
    expect(readFileSync(output, 'utf8')).toBe('older')
    expect(readdirSync(folder)).toEqual(before)
  })

  it('may take the place of the file that is read', async () => {
    const path = join(folder, 'same.parquet')
    await Table.from([{ a: 1 }, { a: 1 }, { a: 2 }]).write(path)
    const cleaner = await new TableCleaner({ duplicates: true }).fitFile(path)
    expect(await cleaner.transformFile(path, path)).toMatchObject({ read: 3, kept: 2 })
    expect([...(await Table.read(path))]).toEqual([{ a: 1 }, { a: 2 }])
  })
})

it('quantiles are exact of numbers whose bits are half characters', async () => {
  const file = await NumberFile.create(join(folder, 'numbers'), undefined)
  const bits = (i: number) => Uint32Array.of((0xd8000000 + i * 7919 * 4099) >>> 0, 0x5800dc00 + (i % 3) * 7)
  const numbers = Float64Array.from({ length: 999 }, (_, i) => new Float64Array(bits(i).buffer)[0]!)
  await file.add(numbers)
  const found = await file.quantiles([0, 0.5, 1])
  await file.close()
  const sorted = numbers.toSorted()
  expect(found).toEqual([sorted[0], sorted[499], sorted[998]])
})
