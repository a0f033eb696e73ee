import type { OutputFormat } from '../write-table.js'
import { textOf } from './example-values.js'

/** Types of DuckDB that hold lists. */
export const isList = (type: string) => type.endsWith('[]')

/** The DuckDB type of a column that is kept as it was read. */
export function keptType(values: readonly unknown[]): string {
  const given = values.filter((value) => value !== null)
  if (given.length > 0 && given.every((value) => typeof value === 'boolean')) return 'BOOLEAN'
  if (given.length === 0 || !given.every((value) => typeof value === 'number')) return 'VARCHAR'
  return given.every(Number.isSafeInteger) ? 'BIGINT' : 'DOUBLE'
}

/** A value that is kept, as the format can hold it: JSON any, tables text for what is no number, boolean or text. */
export function keptValue(value: unknown, format: OutputFormat): unknown {
  return format === 'jsonl' || typeof value === 'number' || typeof value === 'boolean' ? value : textOf(value)
}

/** The types of the columns in a table: CSV has no lists. */
export function tableTypes(columns: Readonly<Record<string, string>>, format: OutputFormat): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, format === 'csv' && isList(type) ? 'VARCHAR' : type]),
  )
}

/** A predicted value as the format can hold it. @param separator between the parts of a list in CSV */
export function predictedValue(value: unknown, format: OutputFormat, separator: string): unknown {
  return format === 'csv' && Array.isArray(value) ? value.join(separator) : value
}
