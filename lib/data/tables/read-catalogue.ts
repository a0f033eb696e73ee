import { KindredError, show } from '../../native/errors.js'
import { type IdMap, isCanonicalInteger } from '../id-map.js'
import { fieldText } from '../text-template.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { idExpressions } from './column-expressions.js'
import { IdColumnReader } from './id-column-reader.js'
import type { Chunk, TableReader } from './table-reader.js'
import type { Source } from './table-source.js'

const ROWS_AT_ONCE = 64

/** SQL for a field: its text, or its value as JSON. */
function fieldExpression(source: Source, name: string): { sql: string; isJson: boolean } {
  const type = source.types.get(name)!
  const column = source.columns.get(name)!
  if (/^(?:VARCHAR|UUID|ENUM)/.test(type) && !type.endsWith(']')) return { sql: `${column}::VARCHAR`, isJson: false }
  if (type === 'JSON') return { sql: `${column}::VARCHAR`, isJson: true }
  const value = type === 'FLOAT' || type === 'DOUBLE' ? `CASE WHEN isfinite(${column}) THEN ${column} END` : column
  return { sql: `to_json(${value})::VARCHAR`, isJson: true }
}

/** A file, how its fields are read, and how many rows the files before it have. */
interface FileColumns {
  source: Source
  columns: readonly ReturnType<typeof fieldExpression>[]
  rowsBefore: number
}

/**
 * Reads ids and the texts of `fields`, `take(fields)` once per item.
 * @param take gets one text per field, null where the item has none
 * @throws ERR_COLUMN for a field that the file lacks, ERR_DUPLICATE, ERR_DATA, ERR_ABORTED
 */
export async function readItems(
  table: TableReader,
  sources: readonly Source[],
  { id, fields, signal }: { id: string; fields: readonly string[]; signal?: AbortSignal },
  take: (values: (string | null)[]) => void,
): Promise<{ ids: IdMap; read: number; nullIds: number }> {
  const [first] = sources as [Source]
  const ids = new IdColumnReader(first.path, idExpressions(first, id))
  const isNull = new Array<boolean>(fields.length).fill(true)
  const yielder = new LoopYielder(signal)
  let read = 0
  let kept = 0

  const takeRow = (file: FileColumns, chunk: Chunk, numbers: Float64Array, i: number) => {
    const { source, columns } = file
    const row = read++ - file.rowsBefore
    const number = numbers[i]!
    const text = Number.isNaN(number) ? chunk.text(1, i) : null
    if (Number.isNaN(number) && text === null) return
    if (ids.indexOf(number, text, row) !== kept++)
      throw new KindredError(
        'ERR_DUPLICATE',
        `${source.path}: item ${text === null ? number : show(text)} comes twice (second time in row ${row + 1}).`,
      )
    const where = (field: string) => () => `${source.path}: field ${show(field)} in row ${row + 1}`
    const values = columns.map(({ isJson }, n) => {
      const value = chunk.text(n + 2, i)
      if (value !== null) isNull[n] = false
      const isValue = isJson && value !== null && !isCanonicalInteger(value)
      return fieldText(isValue ? JSON.parse(value) : value, where(fields[n]!))
    })
    take(values)
  }

  for (const source of sources) {
    const column = idExpressions(source, id)
    ids.turnTo(source.path, column)
    const columns = fields.map((name) => fieldExpression(source, name))
    const expressions = [column.number, column.text ?? 'NULL::VARCHAR', ...columns.map(({ sql }) => sql)]
    const isNumber = expressions.map((_, n) => n === 0)
    const file = { source, columns, rowsBefore: read }
    for await (const chunk of table.chunks(expressions, isNumber, source)) {
      const numbers = chunk.numbers(0)
      await yielder.over(chunk.rows, ROWS_AT_ONCE, (begin, end) => {
        for (let i = begin; i < end; i++) takeRow(file, chunk, numbers, i)
      })
    }
  }
  if (first.format === 'jsonl') {
    if (read === 0) throw new KindredError('ERR_DATA', `${first.path}: holds no JSON object.`)
    const suspects = fields.filter((_, n) => isNull[n])
    await table.checkJsonColumns(sources, kept === 0 ? [id, ...suspects] : suspects)
  }
  return { ids: ids.finish(), read, nullIds: read - kept }
}
