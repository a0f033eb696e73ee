import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { Interactions, type ReadInteractionsOptions } from 'kindred'
import { afterAll, expect } from 'vitest'

/** A folder that goes with the tests of a file. */
export const dir = mkdtempSync(join(tmpdir(), 'kindred-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

export const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })

let files = 0
/** A new file of that content; its path. */
export function fileOf(extension: string, content: string | Buffer): string {
  const path = join(dir, `${files++}.${extension}`)
  writeFileSync(path, content)
  return path
}

/** A new file that DuckDB writes, Parquet unless the options say otherwise; its path. */
export async function fileFromSql(extension: string, select: string, options = ''): Promise<string> {
  const path = join(dir, `${files++}.${extension}`)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${select}) TO '${path}' (${options || 'FORMAT parquet'})`)
  connection.closeSync()
  instance.closeSync()
  return path
}

/** Columns of the logs below. */
export const columns = { user: 'user', item: 'item' }
export const read = (path: string, options: Partial<ReadInteractionsOptions> = {}) =>
  Interactions.read(path, { ...columns, ...options })
export const users = async (path: string, options = {}) => [...(await read(path, options)).users]
export const csvOf = (...values: string[]) =>
  fileOf('csv', `user,item\n${values.map((v, i) => `${v},${i}\n`).join('')}`)
export const jsonOf = (...values: string[]) =>
  fileOf('jsonl', values.map((v, i) => `{"user":${v},"item":${i}}\n`).join(''))
/** A Parquet file whose users have the given type and values, as SQL. */
export const parquetOf = (sqlType: string, ...values: string[]) =>
  fileFromSql(
    'parquet',
    `SELECT CAST(u AS ${sqlType}) AS user, i AS item FROM (VALUES ${values.map((v, i) => `(${v}, ${i})`).join(', ')}) t(u, i)`,
  )
