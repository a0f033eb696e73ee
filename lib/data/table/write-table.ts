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

/** Tables below one another, of the same columns. */
type Tables = AsyncIterable<ColumnSource>

async function* justOne(table: ColumnSource): Tables {
  yield table
}

/** Writes the lines of all rows into a new file, and flushes it. @returns the types of the columns */
async function writeLines(
  path: string,
  tables: Tables,
  format: Format,
  signal: AbortSignal | undefined,
): Promise<Map<string, ColumnType>> {
  const types = new Map<string, ColumnType>()
  const file = await open(path, 'wx')
  try {
    const isCsv = format === 'csv' || format === 'tsv'
    let text = ''
    const yielder = new LoopYielder(signal)
    for await (const table of tables) {
      if (types.size === 0) {
        for (const name of table.columns) types.set(name, table.column(name).type)
        if (isCsv) text += csvHeader(table.columns, format === 'csv' ? ',' : '\t')
      }
      const line = lineOf(table, format)
      for (let row = 0; row < table.rows; ) {
        const end = Math.min(row + ROWS_AT_ONCE, table.rows)
        for (; row < end; row++) text += line(row)
        if (text.length >= TEXT_AT_ONCE) {
          await file.writeFile(text)
          text = ''
        }
        if (yielder.due) await yielder.yieldToLoop()
      }
    }
    await file.writeFile(text)
    throwIfAborted(signal)
    await file.sync()
  } finally {
    await file.close()
  }
  return types
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

/** The format of a file to write. @throws ERR_VALUE for an unknown extension */
export function formatToWrite(where: string, path: string): Format {
  const format = typeof path === 'string' ? FORMATS[extname(path).toLowerCase()] : undefined
  if (format !== undefined) return format
  throw new KindredError(
    'ERR_VALUE',
    `${where}: expected a path ending in ${Object.keys(FORMATS).join(', ')} but received ${show(path)}.`,
  )
}

/** @throws ERR_VALUE, ERR_COLUMN for names that the file cannot hold */
function checkNames(where: string, path: string, format: Format, names: readonly string[]): void {
  if (names.length === 0)
    throw new KindredError('ERR_VALUE', `${where}: the table has no columns to write into ${path}.`)
  if (format === 'parquet') checkDistinct(path, names)
}

/** @throws see Table.write */
export async function writeTable(path: string, table: ColumnSource, signal: AbortSignal | undefined): Promise<void> {
  checkNames('Table.write', path, formatToWrite('Table.write', path), table.columns)
  await writeTables('Table.write', path, () => justOne(table), signal)
}

/**
 * Writes tables of the same columns below one another, as they come: what is in memory is one of them.
 * @param tables begins anew at each call
 * @throws what `tables` throws; ERR_VALUE, ERR_COLUMN, ERR_IO, ERR_ABORTED; an older file is then as it was
 */
export async function writeTables(
  where: string,
  path: string,
  tables: () => Tables,
  signal: AbortSignal | undefined,
): Promise<void> {
  const format = formatToWrite(where, path)
  const checked = async function* () {
    let isChecked = false
    for await (const table of tables()) {
      if (!isChecked) checkNames(where, path, format, table.columns)
      isChecked = true
      yield table
    }
  }
  throwIfAborted(signal)
  await checkFileTarget(path)
  await writeAtomically(path, async (temporary) => {
    if (format !== 'parquet') return writeLines(temporary, checked(), format, signal)
    return withTemporaryFiles(dirname(path), async (newPath) => {
      const source = newPath()
      const types = await writeLines(source, checked(), 'jsonl', signal)
      const columns = Object.fromEntries([...types].map(([name, type]) => [name, DUCKDB_TYPES[type]]))
      const options: ConvertOptions = { columns, format: 'parquet', name: path, signal }
      await (isMainThread ? convertJsonl : convertInProcess)(source, temporary, options)
    })
  })
}
