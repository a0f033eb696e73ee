import { KindredError } from '../../native/errors.js'
import type { SelectedColumn } from './column-expressions.js'
import { checkJsonColumns, jsonlChunks } from './jsonl-lines.js'
import type { Chunk } from './table-reader.js'
import type { Source, TableFileOptions } from './table-source.js'
import { withTableReader } from './with-table-reader.js'

/** A file that is open for reading. */
export interface Table {
  readonly source: Source
  /** The columns selected, in the order of the file's rows. */
  chunks(selection: readonly SelectedColumn[]): AsyncGenerator<Chunk, void, undefined>
  /** @param suspects columns that came out null in every row. @throws ERR_COLUMN for one that the file does not have */
  checkNulls(suspects: readonly string[]): Promise<void>
}

/**
 * Runs `work` with the columns `names` of a file. JSONL that DuckDB refuses is read again line by line, which is slower but
 * takes more and names the line that is at fault: `work` then runs a second time, and its first result is dropped.
 * @throws whatever `work` throws, ERR_DATA naming the file, ERR_ABORTED
 */
export async function withTable<T>(
  path: string,
  names: readonly string[],
  options: TableFileOptions & { signal?: AbortSignal },
  work: (table: Table) => Promise<T>,
): Promise<T> {
  const { signal, format, delimiter } = options
  const hasPath = names.some((name) => name.includes('.'))
  let isJsonl = false
  const attempt = (byLine: boolean) =>
    withTableReader(path, signal, async (reader) => {
      const source = await reader.open(names, { format, delimiter })
      isJsonl = source.format === 'jsonl'
      return work({
        source,
        chunks: (selection) =>
          isJsonl && byLine
            ? jsonlChunks(reader, source, selection, signal)
            : reader.chunks(
                selection.map(({ sql }) => sql),
                selection.map(({ part }) => part !== 'text'),
                source.relation,
              ),
        checkNulls: async (suspects) => {
          if (isJsonl) await checkJsonColumns(reader, source, suspects, signal)
        },
      })
    })
  try {
    return await attempt(hasPath)
  } catch (error) {
    const isRefused = error instanceof KindredError && error.code === 'ERR_DATA'
    if (!isRefused || !isJsonl || hasPath) throw error
    return attempt(true)
  }
}
