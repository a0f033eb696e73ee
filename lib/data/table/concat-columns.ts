import { KindredError, show } from '../../native/errors.js'
import type { Column, ListColumn, NumericColumn, SparseColumn, StringColumn, VectorColumn } from './column.js'
import { Dictionary } from './dictionary.js'

function joined<T extends Int32Array | Float32Array | Float64Array>(
  parts: readonly T[],
  create: new (length: number) => T,
): T {
  const all = new create(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Codes of several dictionaries as codes of one. */
function joinedCodes(name: string, parts: readonly (StringColumn | ListColumn)[]) {
  if (parts.every(({ dictionary }) => dictionary === parts[0]!.dictionary))
    return {
      codes: joined(
        parts.map(({ codes }) => codes),
        Int32Array,
      ),
      dictionary: parts[0]!.dictionary,
    }
  const dictionary = new Dictionary(name)
  const codes = parts.map((part) => {
    const own = Int32Array.from(part.dictionary, (text) => dictionary.codeOf(text))
    return part.codes.map((code) => (code < 0 ? -1 : own[code]!))
  })
  return { codes: joined(codes, Int32Array), dictionary: dictionary.texts }
}

function joinedOffsets(parts: readonly { readonly offsets: Int32Array }[]): Int32Array {
  const offsets = new Int32Array(parts.reduce((sum, part) => sum + part.offsets.length - 1, 1))
  let row = 0
  for (const part of parts) {
    const begin = offsets[row]!
    for (let i = 1; i < part.offsets.length; i++) offsets[++row] = begin + part.offsets[i]!
  }
  return offsets
}

function concatOne(name: string, parts: readonly Column[]): Column {
  const [first] = parts as [Column]
  switch (first.type) {
    case 'string':
      return { ...first, ...joinedCodes(name, parts as StringColumn[]) }
    case 'list':
      return { ...first, ...joinedCodes(name, parts as ListColumn[]), offsets: joinedOffsets(parts as ListColumn[]) }
    case 'sparse': {
      const own = parts as SparseColumn[]
      return {
        ...first,
        offsets: joinedOffsets(own),
        indices: joined(
          own.map(({ indices }) => indices),
          Int32Array,
        ),
        values: joined(
          own.map(({ values }) => values),
          Float32Array,
        ),
        width: Math.max(...own.map(({ width }) => width)),
      }
    }
    case 'vector': {
      const own = parts as VectorColumn[]
      const other = own.find(({ width }) => width !== first.width)
      if (other !== undefined)
        throw new KindredError(
          'ERR_SHAPE',
          `Table.concat: the vectors of column ${show(name)} have ${first.width} numbers in one table and ${other.width} in another.`,
        )
      return {
        ...first,
        values: joined(
          own.map(({ values }) => values),
          Float32Array,
        ),
      }
    }
    default:
      return {
        ...first,
        values: joined(
          (parts as NumericColumn[]).map(({ values }) => values),
          Float64Array,
        ),
      }
  }
}

/** The columns `names` of several tables below one another. @throws ERR_COLUMN for tables whose columns differ, ERR_SHAPE */
export function concatColumns(names: readonly string[], tables: readonly ReadonlyMap<string, Column>[]): Column[] {
  for (const [n, table] of tables.entries()) {
    const other = names.find((name) => table.get(name)?.type !== tables[0]!.get(name)!.type)
    const further = [...table.keys()].find((name) => !tables[0]!.has(name))
    if (further !== undefined)
      throw new KindredError(
        'ERR_COLUMN',
        `Table.concat: table ${n} has the column ${show(further)}, which table 0 lacks. Select the columns first.`,
      )
    if (other !== undefined)
      throw new KindredError(
        'ERR_COLUMN',
        `Table.concat: column ${show(other)} is of type ${tables[0]!.get(other)!.type} in table 0, but ${table.get(other)?.type ?? 'absent'} in table ${n}. Tables have the same columns.`,
      )
  }
  return names.map((name) =>
    concatOne(
      name,
      tables.map((table) => table.get(name)!),
    ),
  )
}
