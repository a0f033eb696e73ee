import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteText } from './duckdb.js'

/** SQL, and the DuckDB type of its value. */
export interface TypedSql {
  sql: string
  type: string
}

/** The field that `path` leads to, through structs, from a column of a relation; undefined if it leads nowhere. */
export async function structField(
  connection: DuckDBConnection,
  relation: string,
  column: TypedSql,
  path: readonly string[],
): Promise<TypedSql | undefined> {
  const [field, ...rest] = path
  if (field === undefined) return column
  const { sql, type } = column
  if (!type.startsWith('STRUCT(') || !type.endsWith(')')) return undefined
  const described = await connection.run(`DESCRIBE SELECT unnest(${sql}) FROM ${relation}`)
  const own = (await described.getRowsJson()).find(([name]) => name === field)
  if (own === undefined) return undefined
  const inner = { sql: `struct_extract(${sql}, ${quoteText(field)})`, type: String(own[1]) }
  return structField(connection, relation, inner, rest)
}
