import { createHash } from 'node:crypto'
import { type Column, type ColumnType, isNumeric } from '../../data/table/column.js'
import type { Table } from '../../data/table/table.js'
import { KindredError, show } from '../../native/errors.js'
import type { ColumnOf, FeatureInput, FeaturePlan, FittedFeature } from './feature.js'

const typeOf = ({ type, width }: { type: ColumnType; width?: number }) =>
  type === 'vector' && width !== undefined ? `vector of ${width}` : type

/** The columns that features read, each once. */
export function inputsOf(features: Iterable<FittedFeature>): FeatureInput[] {
  const inputs = new Map<string, FeatureInput>()
  for (const feature of features) for (const input of feature.inputs) inputs.set(input.column, input)
  return [...inputs.values()]
}

/** SHA-256 (hex) of what the features are and of the columns that they read. */
export function schemaHash(declared: readonly (readonly [string, unknown])[], inputs: readonly FeatureInput[]): string {
  const columns = inputs.map(({ column, type, width }) => [column, type, width ?? null])
  return createHash('sha256')
    .update(JSON.stringify([declared, columns]))
    .digest('hex')
}

/** `table` if it is one, with every column that the plans need. @throws ERR_VALUE, ERR_COLUMN naming all that is wrong */
export function checkTableFor(where: string, table: Table, plans: ReadonlyMap<string, FeaturePlan>): ColumnOf {
  checkTable(where, table)
  const wrong: string[] = []
  for (const [name, { needs }] of plans)
    for (const { column, types } of needs) {
      if (!table.has(column)) wrong.push(`feature ${show(name)} reads column ${show(column)}, which is not there`)
      else if (!types.includes(table.column(column).type))
        wrong.push(
          `feature ${show(name)} reads columns of type ${types.join(' or ')}, but ${show(column)} is of type ${table.column(column).type}`,
        )
    }
  if (wrong.length > 0) throw new KindredError('ERR_COLUMN', `${where}: ${wrong.join('; ')}. There are ${list(table)}.`)
  return (name) => table.column(name)
}

const list = (table: Table) =>
  table.columns.length === 0 ? 'no columns' : table.columns.map((name) => show(name)).join(', ')

/** @throws ERR_VALUE */
export function checkTable(where: string, table: unknown): void {
  const given = table as Partial<Table> | null | undefined
  if (typeof given?.column !== 'function' || typeof given.has !== 'function' || !Array.isArray(given.columns))
    throw new KindredError('ERR_VALUE', `${where}: expected a Table but received ${show(table)}.`)
}

/** @internal Whether nothing is in the column: then its type says nothing. */
export function isEmpty(column: Column): boolean {
  if (isNumeric(column) || column.type === 'vector') return column.values.every(Number.isNaN)
  return column.type === 'string' && column.codes.every((code) => code < 0)
}

/** @internal A column of the wanted type in which all is missing. */
export function missing({ column: name, type, width = 1 }: FeatureInput, rows: number): Column {
  switch (type) {
    case 'string':
      return { type, name, codes: new Int32Array(rows).fill(-1), dictionary: [] }
    case 'list':
      return { type, name, offsets: new Int32Array(rows + 1), codes: new Int32Array(0), dictionary: [] }
    case 'vector':
      return { type, name, values: new Float32Array(rows * width).fill(Number.NaN), width }
    case 'sparse':
      return {
        type,
        name,
        offsets: new Int32Array(rows + 1),
        indices: new Int32Array(0),
        values: new Float32Array(0),
        width,
      }
    default:
      return { type, name, values: new Float64Array(rows).fill(Number.NaN) }
  }
}

/**
 * The columns of a table of the types that features were fitted on; one in which all is missing fits any.
 * @throws ERR_VALUE, ERR_COLUMN naming every column that is not there or of another type
 */
export function conform(where: string, table: Table, inputs: readonly FeatureInput[]): ColumnOf {
  checkTable(where, table)
  const columns = new Map<string, Column>()
  const differences: string[] = []
  for (const input of inputs) {
    const { column: name } = input
    if (!table.has(name)) {
      differences.push(`column ${show(name)} of type ${typeOf(input)} is not there`)
      continue
    }
    const column = table.column(name)
    const isSame = column.type === input.type && (column.type !== 'vector' || column.width === input.width)
    if (isSame) columns.set(name, column)
    else if (isEmpty(column)) columns.set(name, missing(input, table.rows))
    else differences.push(`column ${show(name)} is of type ${typeOf(column)}, but was of type ${typeOf(input)}`)
  }
  if (differences.length > 0)
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: the input is not that of fit: ${differences.join('; ')}. Columns given: ${list(table)}. Give the columns of fit, or fit the pipeline anew.`,
    )
  return (name) => columns.get(name)!
}
