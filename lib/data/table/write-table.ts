import { open } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { checkFileTarget, withTemporaryFiles, writeAtomically } from '../storage/atomic-write.js'
import { type ConvertOptions, convertJsonl } from '../tables/duckdb/convert-jsonl.js'
import { convertInProcess } from '../tables/duckdb/table-reader-process.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { type CellText, csvCell, csvHeader, jsonCell } from './cell-text.js'
import type { ColumnSource, ColumnType } from './column.js'

const ROWS_AT_ONCE = 256
/** Characters that are collected before they are written. */
const TEXT_AT_ONCE = 1 << 20

const DUCKDB_TYPES: Readonly<Record<ColumnType, string>> = {
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  string: 'VARCHAR',
  list: 'VARCHAR[]',
  sparse: 'STRUCT(indices INTEGER[], "values" FLOAT[])',
  vector: 'FLOAT[]',
}

type Format = 'csv' | 'tsv' | 'jsonl' | 'parquet'

const FORMATS: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
}

/** How a row is written as a line. */
function lineOf(table: ColumnSource, format: Format): CellText {
  const columns = table.columns.map((name) => table.column(name))
  if (format === 'csv' || format === 'tsv') {
    const cells = columns.map(csvCell)
    const delimiter = format === 'csv' ? ',' : '\t'
    return (i) => {
      let line = ''
      for (let n = 0; n < cells.length; n++) line += n === 0 ? cells[n]!(i) : delimiter + cells[n]!(i)
      // A line without anything is none to whoever reads it.
      return line === '' ? '""\n' : `${line}\n`
    }
  }
  const cells = columns.map(jsonCell)
  const keys = columns.map(({ name }, n) => `${n === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  return (i) => {
    let line = ''
    for (let n = 0; n < cells.length; n++) line += keys[n]! + cells[n]!(i)
    return line === '' ? '{}\n' : `${line}}\n`
  }
}

/** Writes the lines of all rows into a new file, and flushes it. */
async function writeLines(path: string, table: ColumnSource, format: Format, signal: AbortSignal | undefined) {
  const line = lineOf(table, format)
  const file = await open(path, 'wx')
  try {
    const isCsv = format === 'csv' || format === 'tsv'
    let text = isCsv ? csvHeader(table.columns, format === 'csv' ? ',' : '\t') : ''
    const yielder = new LoopYielder(signal)
    for (let row = 0; row < table.rows; ) {
      const end = Math.min(row + ROWS_AT_ONCE, table.rows)
      for (; row < end; row++) text += line(row)
      if (text.length >= TEXT_AT_ONCE) {
        await file.writeFile(text)
        text = ''
      }
      if (yielder.due) await yielder.yieldToLoop()
    }
    await file.writeFile(text)
    throwIfAborted(signal)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Parquet's readers, and DuckDB which writes it, take names that differ by case alone for one. @throws ERR_COLUMN */
function checkDistinct(path: string, names: readonly string[]): void {
  const known = new Map<string, string>()
  for (const name of names) {
    const other = known.get(name.toLowerCase())
    if (other !== undefined)
      throw new KindredError(
        'ERR_COLUMN',
        `${path}: the columns ${show(other)} and ${show(name)} differ by upper and lower case alone, which Parquet cannot tell apart here. Rename one of them, or write .csv or .jsonl.`,
      )
    known.set(name.toLowerCase(), name)
  }
}

/** @throws see Table.write */
export async function writeTable(path: string, table: ColumnSource, signal: AbortSignal | undefined): Promise<void> {
  const format = typeof path === 'string' ? FORMATS[extname(path).toLowerCase()] : undefined
  if (format === undefined)
    throw new KindredError(
      'ERR_VALUE',
      `Table.write: expected a path ending in ${Object.keys(FORMATS).join(', ')} but received ${show(path)}.`,
    )
  if (table.columns.length === 0)
    throw new KindredError('ERR_VALUE', `Table.write: the table has no columns to write into ${path}.`)
  if (format === 'parquet') checkDistinct(path, table.columns)
  throwIfAborted(signal)
  await checkFileTarget(path)
  await writeAtomically(path, async (temporary) => {
    if (format !== 'parquet') return writeLines(temporary, table, format, signal)
    const columns = Object.fromEntries(table.columns.map((name) => [name, DUCKDB_TYPES[table.column(name).type]]))
    return withTemporaryFiles(dirname(path), async (newPath) => {
      const source = newPath()
      await writeLines(source, table, 'jsonl', signal)
      const options: ConvertOptions = { columns, format: 'parquet', name: path, signal }
      await (isMainThread ? convertJsonl : convertInProcess)(source, temporary, options)
    })
  })
}
