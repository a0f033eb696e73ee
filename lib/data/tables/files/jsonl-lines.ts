import { KindredError } from '../../../native/errors.js'
import { isCanonicalInteger } from '../../id-map.js'
import { LoopYielder } from '../../yield-to-event-loop.js'
import type { SelectedColumn } from '../duckdb/column-expressions.js'
import type { Chunk, TableReader } from '../duckdb/table-reader.js'
import { missingColumn, type Source } from '../duckdb/table-source.js'
import { JsonFault, type Members, membersOf } from './json-text.js'

const LINES_AT_ONCE = 64
/** Names that an error lists. */
const MAX_NAMES = 1000

/** The text of a field, named by its name or by its path ("n.id": `id` of the object `n`); undefined if it is not there. */
function fieldOf(members: Members, name: string): string | undefined {
  const own = members.get(name)
  if (own !== undefined && own !== 'null') return own
  const [first, ...rest] = name.split('.')
  const outer = rest.length > 0 ? members.get(first!) : undefined
  return (outer?.startsWith('{') ? fieldOf(membersOf(outer), rest.join('.')) : undefined) ?? own
}

/** The JSON objects of some lines. */
class LineChunk implements Chunk {
  readonly #lines: readonly Members[]
  readonly #selection: readonly SelectedColumn[]

  constructor(lines: readonly Members[], selection: readonly SelectedColumn[]) {
    this.#lines = lines
    this.#selection = selection
  }

  get rows(): number {
    return this.#lines.length
  }

  /** Integers alone: the text of every other value is given, from which the same comes. */
  numbers(column: number): Float64Array {
    const { name, part } = this.#selection[column]!
    return Float64Array.from(this.#lines, (line) => {
      const text = part === 'number' ? fieldOf(line, name) : undefined
      const value = text !== undefined && isCanonicalInteger(text) ? Number(text) : Number.NaN
      return Number.isSafeInteger(value) ? value : Number.NaN
    })
  }

  text(column: number, row: number): string | null {
    const text = fieldOf(this.#lines[row]!, this.#selection[column]!.name)
    return text === undefined || text === 'null' ? null : text
  }
}

/** The objects of a JSONL file, some at a time. @throws ERR_DATA naming the line that is none */
async function* objectsOf(
  table: TableReader,
  source: Source,
  signal: AbortSignal | undefined,
): AsyncGenerator<Members[], void, undefined> {
  const { path, lines } = source
  const yielder = new LoopYielder(signal)
  let line = 0
  for await (const chunk of table.chunks(['line'], [false], { ...source, relation: lines! })) {
    const objects: Members[] = []
    await yielder.over(chunk.rows, LINES_AT_ONCE, (begin, end) => {
      for (let i = begin; i < end; i++) {
        line++
        const text = chunk.text(0, i)
        if (text === null || text.trim() === '') continue
        try {
          objects.push(membersOf(text))
        } catch (cause) {
          if (!(cause instanceof JsonFault)) throw cause
          throw new KindredError(
            'ERR_DATA',
            `${path}: line ${line}: ${cause.message}. JSONL holds one JSON object a line; "jq -c" writes it, of a list "jq -c .[]".`,
            { cause },
          )
        }
      }
    })
    yield objects
  }
}

/**
 * Reads the columns of a JSONL file line by line, with the values that {@link SelectedColumn} would give, also those that
 * DuckDB refuses: a byte order mark, names that come twice (the last counts), halves of surrogate pairs; and fields of
 * objects within objects.
 * @throws ERR_DATA naming the line that holds no object
 */
export async function* jsonlChunks(
  table: TableReader,
  source: Source,
  selection: readonly SelectedColumn[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk, void, undefined> {
  for await (const objects of objectsOf(table, source, signal)) yield new LineChunk(objects, selection)
}

/** SQL for the names of all fields of the objects, by where each comes first: its line, and its place in that. */
const keysOf = (lines: string) => {
  const objects = `SELECT CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN line ELSE error('no JSON object') END AS object FROM ${lines} WHERE trim(line) <> ''`
  const lists = `SELECT json_keys(object) AS keys, row_number() OVER () AS number FROM (${objects})`
  const each = `SELECT unnest(keys) AS key, unnest(range(len(keys))) AS place, number FROM (${lists})`
  return `(SELECT key FROM (${each}) GROUP BY key ORDER BY min({'number': number, 'place': place}))`
}

/** The names of all fields of a JSONL file's objects, in order of first appearance. @throws ERR_DATA for a line that is no object */
export async function* jsonlNames(
  table: TableReader,
  source: Source,
  byLine: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  if (byLine) {
    for await (const objects of objectsOf(table, source, signal)) for (const object of objects) yield* object.keys()
    return
  }
  for await (const chunk of table.chunks(['key'], [false], { ...source, relation: keysOf(source.lines!) }))
    for (let i = 0; i < chunk.rows; i++) yield chunk.text(0, i)!
}

/**
 * JSON objects may leave fields out, so a missing column looks like one of nulls until all objects have been read.
 * @param suspects columns that came out null in every row of all sources
 * @throws ERR_COLUMN for a suspect that is a field of no object
 */
export async function checkJsonColumns(
  table: TableReader,
  sources: readonly Source[],
  suspects: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const missing = new Set(suspects)
  const names = new Set<string>()
  if (missing.size === 0) return
  for (const source of sources)
    for await (const objects of objectsOf(table, source, signal))
      for (const object of objects) {
        for (const name of object.keys()) if (names.size < MAX_NAMES) names.add(name)
        for (const name of missing) if (fieldOf(object, name) !== undefined) missing.delete(name)
        if (missing.size === 0) return
      }
  for (const name of missing) throw missingColumn(sources[0]!.path, name, [...names].sort())
}
