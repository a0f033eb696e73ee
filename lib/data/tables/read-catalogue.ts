import { KindredError, show } from '../../native/errors.js'
import type { FieldTexts } from '../field-texts.js'
import type { IdMap } from '../id-map.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { idColumns } from './duckdb/column-expressions.js'
import type { Chunk } from './duckdb/table-reader.js'
import type { Source } from './duckdb/table-source.js'
import { type FieldColumn, fieldColumn, fieldValue } from './field-column.js'
import { IdColumnReader } from './id-column-reader.js'
import type { OpenTable } from './with-table.js'

const ROWS_AT_ONCE = 64

/** Number and text of the id. */
const ID_COLUMNS = 2

/** A file, how its fields are read, and how many rows the files before it have. */
interface FileColumns {
  path: string
  columns: readonly FieldColumn[]
  rowsBefore: number
}

/**
 * Reads ids and the texts of `fields`.
 * @param fields are filled
 * @param take is called once per item, after its fields
 * @throws ERR_COLUMN for a field that the file lacks, ERR_DUPLICATE, ERR_DATA, ERR_ABORTED
 */
export async function readItems(
  { sources, chunks, checkNulls }: OpenTable,
  { id, fields, signal }: { id: string; fields: readonly FieldTexts[]; signal?: AbortSignal },
  take: () => void,
): Promise<{ ids: IdMap; read: number }> {
  const [first] = sources as [Source]
  const ids = new IdColumnReader(first.path, idColumns(first, id))
  const isNull = new Array<boolean>(fields.length).fill(true)
  const yielder = new LoopYielder(signal)
  let read = 0
  let kept = 0

  const takeRow = ({ path, columns, rowsBefore }: FileColumns, chunk: Chunk, numbers: Float64Array, i: number) => {
    const row = read++ - rowsBefore
    const number = numbers[i]!
    const text = Number.isNaN(number) ? ids.textOf(chunk.text(1, i)) : null
    if (Number.isNaN(number) && text === null) return
    if (ids.indexOf(number, text, row) !== kept++)
      throw new KindredError(
        'ERR_DUPLICATE',
        `${path}: item ${text === null ? number : show(text)} comes twice (second time in row ${row + 1}).`,
      )
    for (const [n, { isJson }] of columns.entries()) {
      const value = chunk.text(n + ID_COLUMNS, i)
      if (value !== null) isNull[n] = false
      const field = fields[n]!
      field.add(fieldValue(value, isJson), () => `${path}: field ${show(field.name)} in row ${row + 1}`)
    }
    take()
  }

  for (const source of sources) {
    const column = idColumns(source, id)
    ids.turnTo(source.path, column)
    const columns = fields.map(({ name }) => fieldColumn(source, name))
    const file = { path: source.path, columns, rowsBefore: read }
    for await (const chunk of chunks(source, [...column.selected, ...columns])) {
      const numbers = chunk.numbers(0)
      await yielder.over(chunk.rows, ROWS_AT_ONCE, (begin, end) => {
        for (let i = begin; i < end; i++) takeRow(file, chunk, numbers, i)
      })
    }
  }
  if (first.format === 'jsonl' && read === 0) throw new KindredError('ERR_DATA', `${first.path}: holds no JSON object.`)
  const suspects = fields.filter((_, n) => isNull[n]).map(({ name }) => name)
  await checkNulls(kept === 0 ? [id, ...suspects] : suspects)
  for (const field of fields) field.check()
  return { ids: ids.finish(), read }
}
