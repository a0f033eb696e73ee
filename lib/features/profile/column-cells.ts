import { columnKind, isNumeric } from '../../data/tables/duckdb/column-expressions.js'
import type { Source } from '../../data/tables/duckdb/table-source.js'

/** What DuckDB holds a column as; 'absent' of JSONL in which no object has it. */
export type CellKind = 'text' | 'json' | 'number' | 'boolean' | 'time' | 'list' | 'other' | 'absent'

/** The columns of a source under short names, which later expressions can have several times over. */
export interface Cells {
  /** SQL for a relation that has the value of column n as `x0`, ... and, where it is JSON, its text as `t0`, ... */
  readonly relation: string
  readonly kinds: readonly CellKind[]
}

function kindOf({ format, types }: Source, name: string): CellKind {
  const type = types.get(name)
  if (type === undefined) return 'absent'
  if (type === 'JSON') return 'json'
  if (format !== 'parquet') return 'text'
  if (type.endsWith(']')) return 'list'
  if (isNumeric(type)) return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  return columnKind(type) === 'time' ? 'time' : 'other'
}

/** Whether values of this kind are written as text, of which their type is to be found out. */
export const isWritten = (kind: CellKind) => kind === 'text' || kind === 'json'

/** The name of the text of column n. */
export const textOf = (kind: CellKind, n: number) => (kind === 'json' ? `t${n}` : `x${n}`)

/** The columns `names` of a source. Blank fields of CSV and JSON's null are missing. */
export function cellsOf(source: Source, names: readonly string[]): Cells {
  const kinds = names.map((name) => kindOf(source, name))
  const cells = names.flatMap((name, n) => {
    const column = source.columns.get(name) ?? 'NULL::VARCHAR'
    switch (kinds[n]) {
      case 'text':
        return [`CASE WHEN trim(${column}) = '' THEN NULL ELSE ${column} END AS x${n}`]
      case 'json':
        return [
          `CASE WHEN ${column}::VARCHAR = 'null' THEN NULL ELSE ${column} END AS x${n}`,
          `(${column} ->> '$') AS t${n}`,
        ]
      default:
        return [`${column} AS x${n}`]
    }
  })
  return { relation: `(SELECT ${cells.join(', ')} FROM ${source.relation})`, kinds }
}
