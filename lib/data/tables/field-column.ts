import { isCanonicalInteger } from '../id-map.js'
import type { SelectedColumn } from './duckdb/column-expressions.js'
import type { Source } from './duckdb/table-source.js'
import { parseJson } from './files/json-text.js'

/** A field as SQL gives it: its text, or its value as JSON. */
export type FieldColumn = SelectedColumn & { isJson: boolean }

/** How a column of any type is selected. */
export function fieldColumn(source: Source, name: string): FieldColumn {
  const as = (sql: string, isJson: boolean) => ({ name, sql, part: 'text', isJson }) as const
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  if (/^(?:VARCHAR|UUID|ENUM)/.test(type) && !type.endsWith(']')) return as(`${column}::VARCHAR`, false)
  if (type === 'JSON') return as(`${column}::VARCHAR`, true)
  return as(`to_json(${column})::VARCHAR`, true)
}

/** The value of a field that came as text or as JSON. */
export function fieldValue(text: string | null, isJson: boolean): unknown {
  if (text === null || !isJson || isCanonicalInteger(text)) return text
  return text.startsWith('"') ? JSON.parse(text) : parseJson(text)
}
