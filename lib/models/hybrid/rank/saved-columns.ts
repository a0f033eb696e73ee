import type { Tensor } from '../../../data/storage/safetensors.js'
import { type SavedTensors, vectorTensor } from '../../../data/storage/saved-tensors.js'
import { type Column, type ColumnType, rowsOf } from '../../../data/table/column.js'
import { KindredError } from '../../../native/errors.js'

interface SavedColumn {
  name: string
  type: ColumnType
  /** Of vectors and sparse features. */
  width?: number
}

const TYPES: readonly ColumnType[] = ['number', 'boolean', 'timestamp', 'string', 'list', 'sparse', 'vector']

const jsonTensor = (value: unknown): Tensor => vectorTensor(new Uint8Array(Buffer.from(JSON.stringify(value), 'utf8')))

/** Columns as tensors; {@link readColumns} reads them. */
export function columnTensors(prefix: string, columns: readonly Column[]): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {}
  const saved = columns.map((column, n): SavedColumn => {
    const at = `${prefix}.${n}`
    if ('dictionary' in column) tensors[`${at}.dictionary`] = jsonTensor(column.dictionary)
    if ('offsets' in column) tensors[`${at}.offsets`] = vectorTensor(column.offsets)
    if ('codes' in column) tensors[`${at}.codes`] = vectorTensor(column.codes)
    if ('indices' in column) tensors[`${at}.indices`] = vectorTensor(column.indices)
    if ('values' in column) tensors[`${at}.values`] = vectorTensor(column.values)
    const { name, type } = column
    return 'width' in column ? { name, type, width: column.width } : { name, type }
  })
  return { ...tensors, [`${prefix}.columns`]: jsonTensor(saved) }
}

/** The columns that {@link columnTensors} stored, each of `rows` rows. @throws ERR_MODEL_FILE */
export function readColumns(dir: string, tensors: SavedTensors, prefix: string, rows: number): Column[] {
  const fail = (name: string): never => {
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: its column "${name}" of ${prefix} is damaged. Save the model again.`,
    )
  }
  const parse = (name: string): unknown => {
    try {
      return JSON.parse(Buffer.from(tensors.vector(name, Uint8Array)).toString('utf8'))
    } catch (error) {
      if (error instanceof KindredError) throw error
      return fail(name)
    }
  }
  const saved = parse(`${prefix}.columns`)
  if (!Array.isArray(saved)) return fail('columns')
  return saved.map((entry: Partial<SavedColumn> | null, n) => {
    const { name, type, width = 0 } = entry ?? {}
    if (typeof name !== 'string' || !TYPES.includes(type!) || !Number.isSafeInteger(width) || width < 0)
      return fail(String(n))
    const at = `${prefix}.${n}`
    const column = columnAt(tensors, at, { name, type: type!, width }, () => {
      const dictionary = parse(`${at}.dictionary`)
      const isTexts = Array.isArray(dictionary) && dictionary.every((text) => typeof text === 'string')
      return isTexts ? (dictionary as string[]) : fail(name)
    })
    return isSound(column) && rowsOf(column) === rows ? column : fail(name)
  })
}

function columnAt(
  tensors: SavedTensors,
  at: string,
  { name, type, width }: Required<SavedColumn>,
  dictionary: () => readonly string[],
): Column {
  const integers = (part: string) => tensors.vector(`${at}.${part}`, Int32Array)
  switch (type) {
    case 'string':
      return { type, name, codes: integers('codes'), dictionary: dictionary() }
    case 'list':
      return { type, name, offsets: integers('offsets'), codes: integers('codes'), dictionary: dictionary() }
    case 'sparse': {
      const values = tensors.vector(`${at}.values`, Float32Array)
      return { type, name, offsets: integers('offsets'), indices: integers('indices'), values, width }
    }
    case 'vector':
      return { type, name, values: tensors.vector(`${at}.values`, Float32Array), width }
    default:
      return { type, name, values: tensors.vector(`${at}.values`, Float64Array) }
  }
}

/** Whether codes, indices and offsets are within what they point into. */
function isSound(column: Column): boolean {
  const within = (values: Int32Array, low: number, high: number) =>
    values.every((value) => value >= low && value < high)
  if (column.type === 'string') return within(column.codes, -1, column.dictionary.length)
  if (column.type === 'vector') return column.width > 0 && column.values.length % column.width === 0
  if (column.type !== 'list' && column.type !== 'sparse') return true
  const { offsets } = column
  const count = column.type === 'list' ? column.codes.length : column.indices.length
  const ascends = offsets.length > 0 && offsets[0] === 0 && offsets.at(-1) === count
  if (!ascends || !offsets.every((offset, row) => row === 0 || offset >= offsets[row - 1]!)) return false
  if (column.type === 'list') return within(column.codes, 0, column.dictionary.length)
  return column.values.length === count && within(column.indices, 0, column.width)
}
