import { open } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { checkFileTarget, withTemporaryFiles, writeAtomically } from '../data/storage/atomic-write.js'
import { convertJsonl, type TableFormat } from '../data/tables/duckdb/convert-jsonl.js'
import { usageError } from './options.js'

/** What a table can be written as. */
export type OutputFormat = TableFormat | 'jsonl'

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  '.jsonl': 'jsonl',
  '.csv': 'csv',
  '.parquet': 'parquet',
}

/** What the file of the option `flag` is, by its extension; a usage error for another. */
export function outputFormat(flag: string, path: string): OutputFormat {
  const format = FORMATS[extname(path).toLowerCase()]
  if (format === undefined)
    throw usageError(`--${flag}: expected a file ending in ${Object.keys(FORMATS).join(', ')} but received ${path}.`)
  return format
}

/** A table that is written row by row. */
export interface TableToWrite {
  path: string
  format: OutputFormat
  /** The DuckDB type of each column, asked for after the last row. */
  columns(): Readonly<Record<string, string>>
  /** The rows as objects, some at a time. */
  rows: AsyncIterable<readonly object[]>
  signal?: AbortSignal
}

/**
 * Writes a file that is there whole or not at all.
 * @returns how many rows
 * @throws what `rows` throws, ERR_DATA for a value that the format cannot hold, ERR_IO, ERR_ABORTED
 */
export async function writeTable({ path, format, columns, rows, signal }: TableToWrite): Promise<number> {
  await checkFileTarget(path)
  let count = 0
  const writeRows = async (target: string) => {
    const file = await open(target, 'wx')
    try {
      for await (const some of rows) {
        await file.writeFile(some.map((row) => `${JSON.stringify(row)}\n`).join(''))
        count += some.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
  }
  if (format === 'jsonl') await writeAtomically(path, writeRows)
  else
    await writeAtomically(path, (temporary) =>
      withTemporaryFiles(dirname(path), async (newPath) => {
        const source = newPath()
        await writeRows(source)
        await convertJsonl(source, temporary, { columns: columns(), format, name: path, signal })
      }),
    )
  return count
}
