import { milliseconds, plainDate, plainNumber } from '../../data/tables/duckdb/column-expressions.js'
import type { Source } from '../../data/tables/duckdb/table-source.js'
import { type CellKind, cellsOf, isWritten, textOf } from './column-cells.js'
import type { ProfiledType } from './column-types.js'

const NULLS: Readonly<Partial<Record<ProfiledType, string>>> = {
  number: 'NULL::DOUBLE',
  timestamp: 'NULL::DOUBLE',
  boolean: 'NULL::BOOLEAN',
  list: 'NULL::VARCHAR[]',
}

/** SQL for the value of column n as its type, NaN where it is missing or null. */
function typedSql(kind: CellKind, n: number, type: ProfiledType): string {
  const [x, text] = [`x${n}`, textOf(kind, n)]
  if (kind === 'absent' || type === 'unknown') return NULLS[type] ?? 'NULL::VARCHAR'
  switch (type) {
    case 'number':
      return isWritten(kind) ? plainNumber(text, '.') : `${x}::DOUBLE`
    case 'boolean':
      return isWritten(kind) ? `(lower(trim(${text})) = 'true')` : x
    case 'list':
      return kind === 'json' ? `json_extract_string(${x}, '$[*]')` : `${x}::VARCHAR[]`
    case 'timestamp':
      if (isWritten(kind)) return plainDate(text)
      return `CASE WHEN isfinite(${x}::TIMESTAMP) THEN ${milliseconds(`(${x}::TIMESTAMP)`)} WHEN ${x} IS NOT NULL THEN 'inf'::DOUBLE END`
    default:
      return `${text}::VARCHAR`
  }
}

/**
 * SQL for the rows of a source, its columns as `v0`, ..., NULL where missing: DOUBLE for numbers and timestamps
 * (milliseconds since 1970), BOOLEAN, VARCHAR, VARCHAR[] for lists.
 */
export function valuesOf(source: Source, names: readonly string[], types: readonly ProfiledType[]): string {
  const { relation, kinds } = cellsOf(source, names)
  const typed = types.map((type, n) => `${typedSql(kinds[n]!, n, type)} AS y${n}`)
  const values = types.map((type, n) => {
    const isNumber = type === 'number' || type === 'timestamp'
    return `${isNumber ? `CASE WHEN isnan(y${n}) THEN NULL ELSE y${n} END` : `y${n}`} AS v${n}`
  })
  return `SELECT ${values.join(', ')} FROM (SELECT ${typed.join(', ')} FROM ${relation})`
}
