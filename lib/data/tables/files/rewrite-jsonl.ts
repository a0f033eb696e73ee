import { open } from 'node:fs/promises'
import type { TableReader } from '../duckdb/table-reader.js'
import type { Source } from '../duckdb/table-source.js'
import { objectsOf } from './jsonl-lines.js'
import type { PreparedFile } from './prepare-file.js'

/** Where the columns of a rewritten file are: names that DuckDB tells apart. */
const place = (n: number) => `c${n}`

/**
 * Writes JSONL that DuckDB refuses anew, line by line, under names that it takes.
 * @returns all its columns, in the order in which they first appear
 * @throws ERR_DATA naming the line that holds no object; ERR_IO, ERR_ABORTED
 */
export async function rewriteJsonl(
  reader: TableReader,
  file: PreparedFile,
  temporary: (extension: string) => Promise<string>,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const readable = await temporary('jsonl')
  const places = new Map<string, number>()
  const placeOf = (name: string) => {
    const known = places.get(name)
    if (known !== undefined) return known
    places.set(name, places.size)
    return places.size - 1
  }
  const target = await open(readable, 'wx')
  try {
    for await (const objects of objectsOf(reader, await reader.open(file, []), signal)) {
      const lines = objects.map((object) => {
        const members = Array.from(object.keys(), (name) => `"${place(placeOf(name))}":${object.get(name)}`)
        return `{${members.join(',')}}\n`
      })
      await target.writeFile(lines.join(''))
    }
  } finally {
    await target.close()
  }
  const names = [...places.keys()]
  const written = names.map((_, n) => place(n))
  const rewritten: PreparedFile = { path: file.path, readable, compression: 'uncompressed', format: 'jsonl' }
  const source = await reader.open(rewritten, written)
  return {
    ...source,
    columns: new Map(names.map((name, n) => [name, source.columns.get(place(n))!])),
    types: new Map(names.map((name, n) => [name, source.types.get(place(n))!])),
  }
}
