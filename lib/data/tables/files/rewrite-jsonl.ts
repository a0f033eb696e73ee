import { open } from 'node:fs/promises'
import type { TableReader } from '../duckdb/table-reader.js'
import type { Source } from '../duckdb/table-source.js'
import { objectsOf } from './jsonl-lines.js'
import type { PreparedFile } from './prepare-file.js'

/** Where the columns of a rewritten file are: names that DuckDB tells apart. */
const place = (n: number) => `c${n}`

/**
 * Writes the fields `names` of JSONL that DuckDB refuses anew, line by line, under names that it takes.
 * @returns the columns of the new file by the names of the old
 * @throws ERR_DATA naming the line that holds no object; ERR_IO, ERR_ABORTED
 */
export async function rewriteJsonl(
  reader: TableReader,
  file: PreparedFile,
  names: readonly string[],
  temporary: (extension: string) => Promise<string>,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const readable = await temporary('jsonl')
  const target = await open(readable, 'wx')
  try {
    for await (const objects of objectsOf(reader, await reader.open(file, []), signal)) {
      const lines = objects.map((object) => {
        const members = names.flatMap((name, n) => {
          const value = object.get(name)
          return value === undefined ? [] : [`"${place(n)}":${value}`]
        })
        return `{${members.join(',')}}\n`
      })
      await target.writeFile(lines.join(''))
    }
  } finally {
    await target.close()
  }
  const rewritten: PreparedFile = { path: file.path, readable, compression: 'uncompressed', format: 'jsonl' }
  const source = await reader.open(
    rewritten,
    names.map((_, n) => place(n)),
  )
  return {
    ...source,
    columns: new Map(names.map((name, n) => [name, source.columns.get(place(n))!])),
    types: new Map(names.map((name, n) => [name, source.types.get(place(n))!])),
  }
}
