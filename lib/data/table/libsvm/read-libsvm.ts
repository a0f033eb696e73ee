import { KindredError } from '../../../native/errors.js'
import { runYielding } from '../../resumable.js'
import { checkCompressed } from '../../tables/files/check-compressed.js'
import { listFiles, type TablePath } from '../../tables/files/list-files.js'
import { compressionOf, headOf, openBytes } from '../../tables/files/open-bytes.js'
import { checkIsText } from '../../tables/files/other-format.js'
import { LoopYielder } from '../../yield-to-event-loop.js'
import type { Column } from '../column.js'
import { type ReadTableOptions, wantedColumns } from '../read-table-options.js'
import { noColumn } from '../table-checks.js'
import type { BuiltColumns } from '../table-from.js'
import { emptyTableReport } from '../table-report.js'
import { LibsvmParser } from './libsvm-parser.js'

const EXTENSION = /\.(?:libsvm|svm|svmlight)(?:\.(?:gz|gzip|zst|zstd))?$/i

const OTHER_OPTIONS = [
  ...(['header', 'delimiter', 'quote', 'escape', 'comment', 'skip', 'encoding', 'decimal', 'separator'] as const),
]

/** By the option, or the first file's extension. @throws ERR_VALUE for options that such files do not have */
export function isLibsvm(path: TablePath, options: ReadTableOptions): boolean {
  const first = Array.isArray(path) ? path[0] : path
  const isOfExtension = options.format === undefined && EXTENSION.test(String(first ?? ''))
  if (options.format !== 'libsvm' && !isOfExtension) return false
  const other = OTHER_OPTIONS.find((name) => options[name] !== undefined)
  if (other !== undefined)
    throw new KindredError('ERR_VALUE', `${other}: of other files, but ${String(first)} is in the format of LIBSVM.`)
  return true
}

/** The wanted ones of the columns that such files have. @throws ERR_COLUMN, ERR_VALUE for another type */
function pick(columns: readonly Column[], wanted: ReturnType<typeof wantedColumns>): Column[] {
  if (wanted === undefined) return [...columns]
  return Array.from(wanted, ([name, type]) => {
    const column = columns.find((one) => one.name === name)
    if (column === undefined)
      throw noColumn(
        'columns',
        name,
        columns.map((one) => one.name),
      )
    if (type !== undefined && type !== column.type)
      throw new KindredError('ERR_VALUE', `columns: ${name} of a LIBSVM file is of type ${column.type}, not ${type}.`)
    return column
  })
}

/** @throws ERR_DATA for a malformed line, naming file and line, or if there are no rows; ERR_IO, ERR_ABORTED */
export async function readLibsvm(
  path: TablePath,
  options: ReadTableOptions,
  onProgress: ReadTableOptions['onProgress'],
): Promise<BuiltColumns> {
  const { signal } = options
  const files = await listFiles(path)
  const parser = new LibsvmParser()
  const yielder = new LoopYielder(signal)
  for (const file of files) {
    const compression = compressionOf(file)
    await checkCompressed(file, compression, signal)
    checkIsText(file, (await headOf(file, compression, 16, signal)).head)
    parser.turnTo(file)
    for await (const chunk of openBytes(file, compression, signal)) {
      parser.push(chunk)
      if (!yielder.due) continue
      onProgress?.({ done: parser.rows, total: undefined })
      await yielder.yieldToLoop()
    }
    parser.endFile()
  }
  if (parser.rows === 0) throw new KindredError('ERR_DATA', `${files[0]}: there are no rows.`)
  onProgress?.({ done: parser.rows, total: parser.rows })
  const report = { ...emptyTableReport(), read: parser.rows }
  return { columns: pick(await runYielding(parser.finish(), signal), wantedColumns(options.columns)), report }
}
