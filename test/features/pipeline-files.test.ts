// A pipeline on files: what is learnt and made is that of a table in memory.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FeaturePipeline, Table } from 'kindred'
import { afterAll, beforeAll, expect, it } from 'vitest'

let folder: string
let path: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-pipeline-'))
  path = join(folder, 'rows.csv')
  const lines = Array.from({ length: 500 }, (_, i) => {
    const price = i % 17 === 0 ? '' : String((i * 37) % 101)
    return `${i},${price},${['a', 'b', 'c', ''][i % 4]},${i % 3 === 0 ? 'x|y' : 'z'},2024-0${1 + (i % 9)}-01,${i % 2}`
  })
  writeFileSync(path, `id,price,brand,tags,added,bought\n${lines.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true }))

const make = () =>
  new FeaturePipeline({
    price: { kind: 'standard', outliers: 'iqr', missing: 'median', flag: true },
    rank: { kind: 'quantile', column: 'price' },
    brand: 'one-hot',
    worth: { kind: 'target', column: 'brand' },
    tags: 'multi-label',
    added: { kind: 'cyclic', parts: ['month'] },
  })
const columns = {
  id: 'string',
  price: 'number',
  brand: 'string',
  tags: 'list',
  added: 'timestamp',
  bought: 'number',
} as const

it('learns and makes what it does of a table in memory', async () => {
  const table = await Table.read(path, { columns })
  const whole = await make().fit(table, { id: 'id', target: 'bought' })
  const parts = await make().fitFile(path, { columns, id: 'id', target: 'bought' })
  expect(parts.schemaHash).toBe(whole.schemaHash)
  expect(parts.featureNames).toEqual(whole.featureNames)
  expect((await parts.transformMatrix(table)).data).toEqual((await whole.transformMatrix(table)).data)
  parts.resetReport()
  const expected = join(folder, 'expected.csv')
  await (await whole.transformTable(table, { keep: ['id', 'bought'] })).write(expected)
  for (const batchRows of [7, 1000]) {
    const done: number[] = []
    const output = join(folder, 'features.csv')
    const options = { columns, keep: ['id', 'bought'], batchRows }
    const report = await parts.transformFile(path, output, {
      ...options,
      onProgress: (progress) => {
        if (progress.phase === 'write') done.push(progress.done)
      },
    })
    expect(readFileSync(output, 'utf8')).toBe(readFileSync(expected, 'utf8'))
    expect(report.rows).toBe(500)
    expect(report.features.price!.missing).toBe(30)
    expect(done.at(-1)).toBe(500)
  }
  expect(parts.report.rows).toBe(1000)
}, 60_000)

it('refuses what it cannot do, and leaves an older file as it was', async () => {
  const output = join(folder, 'older.csv')
  writeFileSync(output, 'older')
  const pipeline = make()
  const code = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: { code?: string }) => error.code,
    )
  expect(await code(pipeline.transformFile(path, output))).toBe('ERR_NOT_FITTED')
  expect(await code(pipeline.fitFile(path, { columns }))).toBe('ERR_VALUE')
  expect(await code(pipeline.fitFile(path, { columns, target: 'none' }))).toBe('ERR_COLUMN')
  await pipeline.fitFile(path, { columns, target: 'bought' })
  expect(await code(pipeline.transformFile(path, output, { columns, keep: ['price'] }))).toBe('ERR_VALUE')
  expect(await code(pipeline.transformFile(path, output, { columns: { ...columns, price: 'string' } }))).toBe(
    'ERR_COLUMN',
  )
  const signal = AbortSignal.abort()
  expect(await code(pipeline.transformFile(path, output, { columns, signal }))).toBe('ERR_ABORTED')
  expect(readFileSync(output, 'utf8')).toBe('older')
})
