// Seconds of Interactions.read for a million rows of user, item, weight and time, by kind of file. Best of `rounds` (3), the
// kinds in turn.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { Interactions } from '../dist/index.mjs'

export const summary = 'reading tables: formats, several files, dialects that are written anew first'

const COLUMNS = { user: 'user', item: 'item', weight: 'w', time: 't' }

async function writeFiles(dir, count) {
  const rows = Array.from({ length: count }, (_, i) => [`u${(i * 7919) % 65_537}`, (i * 31) % 9973, i % 5, 1.5e9 + i])
  const csv = (some, delimiter = ',') =>
    `${['user', 'item', 'w', 't'].join(delimiter)}\n${some.map((row) => row.join(delimiter)).join('\n')}\n`
  const objects = rows.map(([user, item, w, t]) => JSON.stringify({ user, item, w, t }))
  await writeFile(join(dir, 'log.csv'), csv(rows))
  await writeFile(join(dir, 'log.csv.gz'), gzipSync(csv(rows)))
  await writeFile(join(dir, 'log.jsonl'), objects.join('\n'))
  await writeFile(join(dir, 'double.csv'), csv(rows, '::'))
  await writeFile(join(dir, 'utf16.csv'), Buffer.from(`\ufeff${csv(rows)}`, 'utf16le'))
  await mkdir(join(dir, 'parts'))
  for (let part = 0; part < 10; part++)
    await writeFile(join(dir, 'parts', `${part}.csv`), csv(rows.slice((part * count) / 10, ((part + 1) * count) / 10)))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`COPY (FROM read_csv('${join(dir, 'log.csv')}')) TO '${join(dir, 'log.parquet')}'`)
  connection.closeSync()
}

const KINDS = [
  ['Parquet', 'log.parquet'],
  ['CSV', 'log.csv'],
  ['CSV, gzip', 'log.csv.gz'],
  ['CSV in 10 part files', 'parts'],
  ["CSV with the delimiter '::'", 'double.csv', { delimiter: '::' }],
  ['CSV in UTF-16, written anew', 'utf16.csv'],
  ['JSONL', 'log.jsonl'],
]

export async function run({ small, rounds = 3 }) {
  const dir = await mkdtemp(join(tmpdir(), 'kindred-tables-'))
  const best = new Map()
  try {
    await writeFiles(dir, small ? 10_000 : 1_000_000)
    for (let round = 0; round < rounds; round++)
      for (const [name, file, options] of KINDS) {
        const begin = performance.now()
        await Interactions.read(join(dir, file), { ...COLUMNS, ...options })
        best.set(name, Math.min(best.get(name) ?? Infinity, (performance.now() - begin) / 1000))
      }
  } finally {
    await rm(dir, { recursive: true })
  }
  const rows = Array.from(best, ([name, seconds]) => [name, Number(seconds.toPrecision(2))])
  return { tables: [{ text: 'A million rows.', columns: ['file', 'seconds'], rows }] }
}
