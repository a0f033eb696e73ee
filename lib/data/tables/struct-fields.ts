import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteName, quoteText } from './duckdb.js'

/** The type of each column of a selection. */
export async function describe(connection: DuckDBConnection, selection: string): Promise<Map<string, string>> {
  const rows = await (await connection.run(`DESCRIBE SELECT ${selection}`)).getRowsJson()
  return new Map(rows.map(([name, type]) => [String(name), String(type)]))
}

/** A relation, and the type of each of its columns. */
export interface TypedRelation {
  relation: string
  types: Map<string, string>
}

/**
 * Adds the fields of structs that `names` name by their paths, as columns of that name: "n.id" is the field `id` of the
 * column `n`, where no column has that name. A path that leads nowhere adds none.
 */
export async function withStructFields(
  connection: DuckDBConnection,
  { relation, types }: TypedRelation,
  names: readonly string[],
): Promise<TypedRelation> {
  const added: string[] = []
  const all = new Map(types)
  for (const name of new Set(names)) {
    if (types.has(name)) continue
    const [first, ...rest] = name.split('.')
    let sql = quoteName(first!)
    let type = types.get(first!)
    for (const field of rest) {
      const fields =
        type?.startsWith('STRUCT(') && type.endsWith(')')
          ? await describe(connection, `unnest(${sql}) FROM ${relation}`)
          : undefined
      type = fields?.get(field)
      sql = `struct_extract(${sql}, ${quoteText(field)})`
    }
    if (type === undefined || rest.length === 0) continue
    all.set(name, type)
    added.push(`${sql} AS ${quoteName(name)}`)
  }
  return added.length === 0
    ? { relation, types }
    : { relation: `(SELECT *, ${added.join(', ')} FROM ${relation})`, types: all }
}
