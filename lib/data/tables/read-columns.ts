import { KindredError } from '../../native/errors.js'
import { idFromInteger, isCanonicalInteger } from '../id-map.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { type FieldColumn, fieldColumn, fieldValue } from './field-column.js'
import type { TablePath } from './files/list-files.js'
import { type TableFileOptions, tableFileOptions } from './table-file-options.js'
import { withTable } from './with-table.js'

const ROWS_AT_ONCE = 64

/** Columns of a table by name, each with the values of all rows. */
export interface ReadColumns {
  /** The first of the files that were read. */
  path: string
  rows: number
  columns: ReadonlyMap<string, unknown[]>
}

/** Integers within 2^53 are numbers, larger ones strings. */
function readValue(text: string | null, { isJson }: FieldColumn): unknown {
  if (text !== null && isJson && isCanonicalInteger(text)) return idFromInteger(text)
  return fieldValue(text, isJson)
}

/**
 * Reads columns of CSV, TSV, JSONL or Parquet files as they are: fields of CSV are texts, others what the file says; what
 * is absent is null.
 * @throws ERR_VALUE, ERR_COLUMN for a column that a file lacks, naming those that there are, ERR_DATA, ERR_IO, ERR_ABORTED
 */
export async function readColumns(
  path: TablePath,
  names: readonly string[],
  options: TableFileOptions & { signal?: AbortSignal } = {},
): Promise<ReadColumns> {
  const { signal } = options
  return withTable(path, names, tableFileOptions(options), signal, async ({ sources, chunks, checkNulls }) => {
    const columns = new Map(names.map((name): [string, unknown[]] => [name, []]))
    const values = [...columns.values()]
    const first = sources[0]!
    const yielder = new LoopYielder(signal)
    let rows = 0
    for (const source of sources) {
      const fields = names.map((name) => fieldColumn(source, name))
      for await (const chunk of chunks(source, fields)) {
        rows += chunk.rows
        await yielder.over(chunk.rows, ROWS_AT_ONCE, (begin, end) => {
          for (const [n, field] of fields.entries())
            for (let i = begin; i < end; i++) values[n]!.push(readValue(chunk.text(n, i), field))
        })
      }
    }
    if (rows === 0) throw new KindredError('ERR_DATA', `${first.path}: there are no rows.`)
    await checkNulls(names.filter((_, n) => values[n]!.every((value) => value === null)))
    return { path: first.path, rows, columns }
  })
}
