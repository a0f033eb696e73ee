import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { columnKind, type SelectedColumn } from './duckdb/column-expressions.js'
import { withDuckDb } from './duckdb/duckdb.js'
import { duckDbReader } from './duckdb/duckdb-reader.js'
import type { Chunk, TableReader } from './duckdb/table-reader.js'
import { withReaderProcess } from './duckdb/table-reader-process.js'
import type { Source } from './duckdb/table-source.js'
import { checkJsonColumns, jsonlChunks, jsonlNames } from './files/jsonl-lines.js'
import { listFiles } from './files/list-files.js'
import { type PreparedFile, prepareFile } from './files/prepare-file.js'
import { rewriteJsonl } from './files/rewrite-jsonl.js'
import { mayBeLineEnds } from './files/text-error.js'
import { checkTableFileOptions, type TableFileOptions } from './table-file-options.js'

/**
 * Runs `work` with a reader of the files of a table. In a worker thread DuckDB runs in a child process: a worker that is
 * terminated while DuckDB owes it an answer would abort the whole process (`Napi::Error`, exit code 134).
 */
async function withTableReader<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (reader: TableReader) => Promise<T>,
): Promise<T> {
  if (!isMainThread) return withReaderProcess(path, signal, work)
  return withDuckDb(path, signal, (connection) => work(duckDbReader(connection, signal)))
}

/** Runs `work`, which makes paths of temporary files; removes these afterwards. */
async function withTemporaryFiles<T>(work: (temporary: (extension: string) => Promise<string>) => Promise<T>) {
  let folder: string | undefined
  let files = 0
  try {
    return await work(async (extension) => {
      folder ??= await mkdtemp(join(tmpdir(), 'kindred-table-')).catch((cause) => {
        throw systemError(`${tmpdir()}: a temporary folder cannot be made`, cause)
      })
      return join(folder, `${files++}.${extension}`)
    })
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

async function prepareFiles(
  paths: readonly string[],
  options: TableFileOptions,
  temporary: (extension: string) => Promise<string>,
  hasMixedEnds: boolean,
  signal: AbortSignal | undefined,
): Promise<PreparedFile[]> {
  const files: PreparedFile[] = []
  for (const path of paths) {
    throwIfAborted(signal)
    const file = await prepareFile(path, options, temporary, hasMixedEnds, signal)
    if (file !== undefined) files.push(file)
    const [{ path: first, format } = { path, format: undefined }] = files
    if (file !== undefined && file.format !== format)
      throw new KindredError(
        'ERR_DATA',
        `${path}: expected ${format} as ${first} is, but it is ${file.format}. The files of a table have one format.`,
      )
  }
  if (files.length === 0)
    throw new KindredError('ERR_DATA', `${paths[0]}: the file is empty: it has no header and no rows.`)
  return files
}

/** @throws ERR_COLUMN for a file whose columns are not those of the first one */
function checkAgreement(sources: readonly Source[]): void {
  const [first, ...others] = sources as [Source, ...Source[]]
  const expected = new Set(first.names)
  for (const source of others) {
    const names = new Set(source.names)
    const missing = first.names?.find((name) => name !== '' && !names.has(name))
    const further = source.names?.find((name) => name !== '' && !expected.has(name))
    if (missing !== undefined || further !== undefined)
      throw new KindredError(
        'ERR_COLUMN',
        `${source.path}: its columns are not those of ${first.path}: it ${missing === undefined ? `has ${show(further)} too` : `lacks ${show(missing)}`}. The files of a table have the same columns, in any order.`,
      )
    for (const [name, type] of source.types) {
      const firstType = first.types.get(name)!
      if (columnKind(type) !== columnKind(firstType) && source.rows !== 0)
        throw new KindredError(
          'ERR_COLUMN',
          `${source.path}: column ${show(name)} has type ${type}, but ${firstType} in ${first.path}. The files of a table have the same columns.`,
        )
    }
  }
}

/**
 * The names of all columns but those without one, in order of first appearance.
 * @param byLine whether JSON is read line by line
 */
async function allNames(
  reader: TableReader,
  files: readonly PreparedFile[],
  byLine: boolean,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const names = new Set<string>()
  for (const file of files) {
    const source = await reader.open(file, [])
    if (source.names === undefined) for await (const name of jsonlNames(reader, source, byLine, signal)) names.add(name)
    else for (const name of source.names) names.add(name)
  }
  names.delete('')
  return [...names]
}

/** A table whose files are open for reading. */
export interface OpenTable {
  readonly sources: readonly Source[]
  /** See {@link TableReader.query}. */
  query(sql: string): Promise<unknown[][]>
  /** Streams numbers that are never null over any relation. */
  numbers(expressions: readonly string[], relation: string): AsyncGenerator<Chunk, void, undefined>
  /** The sources as SQL can select of them: JSONL that DuckDB refuses is written anew. */
  selectable(): Promise<readonly Source[]>
  /** Makes a path for a file of that extension, which is removed at the end. */
  temporary(extension: string): Promise<string>
  /** The columns selected of a file, in the order of its rows. */
  chunks(source: Source, selection: readonly SelectedColumn[]): AsyncGenerator<Chunk, void, undefined>
  /** @param suspects columns that came out null in every row. @throws ERR_COLUMN for one that no JSON object has */
  checkNulls(suspects: readonly string[]): Promise<void>
}

/** Whether DuckDB cannot select these fields of JSON: some differ in case alone, or are within others. */
const needLines = (names: readonly string[]) =>
  names.some((name) => name.includes('.')) ||
  new Set(names.map((name) => name.toLowerCase())).size < new Set(names).size

/**
 * Opens the files of a table for the columns `names` and runs `work` on them, in the order of their rows. JSONL that DuckDB
 * refuses is read again line by line, which is slower but takes more and names the line that is at fault; CSV whose line
 * ends turn out to be of several kinds is written anew. `work` then runs a second time, and its first result is dropped.
 * @param path see {@link TablePath}
 * @param names undefined for all columns, as `sources` then name them
 * @throws whatever `work` throws; ERR_VALUE for illegal options or an unknown extension, ERR_IO for a missing file,
 * ERR_COLUMN for a column that a file lacks, or files that differ in columns, ERR_DATA for empty or malformed files, DuckDB's
 * errors as ERR_DATA naming the file, ERR_ABORTED
 */
export async function withTable<T>(
  path: unknown,
  names: readonly string[] | undefined,
  options: TableFileOptions,
  signal: AbortSignal | undefined,
  work: (table: OpenTable) => Promise<T>,
): Promise<T> {
  checkTableFileOptions(options)
  throwIfAborted(signal)
  const paths = await listFiles(path)
  return withTemporaryFiles(async (temporary) => {
    const prepare = (hasMixedEnds: boolean) => prepareFiles(paths, options, temporary, hasMixedEnds, signal)
    const files = await prepare(false)
    const isJsonl = files[0]!.format === 'jsonl'
    const attempt = (tried: readonly PreparedFile[], byLine: boolean) =>
      withTableReader(paths[0]!, signal, async (reader) => {
        const sources: Source[] = []
        const wanted = names ?? (await allNames(reader, tried, byLine, signal))
        if (isJsonl && !byLine && needLines(wanted))
          throw new KindredError('ERR_DATA', `${paths[0]}: the names of its fields need it to be read line by line.`)
        for (const file of tried) sources.push(await reader.open(file, wanted))
        checkAgreement(sources)
        return work({
          sources,
          query: (sql) => reader.query(sql, paths[0]!),
          temporary,
          numbers: (expressions, relation) =>
            reader.chunks(
              expressions,
              expressions.map(() => true),
              { ...sources[0]!, relation },
            ),
          selectable: async () => {
            if (!byLine) return sources
            const rewritten: Source[] = []
            for (const file of tried) rewritten.push(await rewriteJsonl(reader, file, wanted, temporary, signal))
            return rewritten
          },
          chunks: (source, selection) => {
            if (byLine) return jsonlChunks(reader, source, selection, signal)
            const expressions = selection.map(({ sql }) => sql)
            return reader.chunks(
              expressions,
              selection.map(({ part }) => part !== 'text'),
              source,
            )
          },
          checkNulls: async (suspects) => {
            if (isJsonl) await checkJsonColumns(reader, sources, suspects, signal)
          },
        })
      })
    if (isJsonl && names !== undefined && needLines(names)) return attempt(files, true)
    try {
      return await attempt(files, false)
    } catch (error) {
      if (!(error instanceof KindredError) || error.code !== 'ERR_DATA') throw error
      if (isJsonl) return attempt(files, true)
      const isMended = files.every(({ layout }) => layout?.lineEnd === 'mixed')
      if (isMended || !mayBeLineEnds(error.message)) throw error
      return attempt(await prepare(true), false)
    }
  })
}
