import { isUtf8 } from 'node:buffer'
import { KindredError } from '../../../native/errors.js'
import { checkOptionsOf, FILE_FORMATS, type FileFormat, type TableFileOptions } from '../table-file-options.js'
import { checkCompressed } from './check-compressed.js'
import { changesText, convertText, type TextChange } from './convert-text.js'
import { type CsvLayout, csvLayout } from './csv-layout.js'
import { MAX_LINE } from './max-line.js'
import { type Compression, compressionOf, headOf } from './open-bytes.js'
import { checkIsText } from './other-format.js'
import { checkUtf8Line, encodingOf, notEncoded } from './text-encoding.js'

/** A file in a form that DuckDB reads. */
export interface PreparedFile {
  /** The file, as errors name it. */
  readonly path: string
  /** Where DuckDB finds it: itself, or a temporary file in UTF-8 without compression. */
  readonly readable: string
  readonly compression: Compression
  readonly format: FileFormat
  /** Of CSV. */
  readonly layout?: CsvLayout
  /** Of CSV: whether the delimiter is longer than DuckDB takes, and {@link STAND_IN} stands for it. */
  readonly isDelimiterLong?: boolean
}

/** Of a delimiter that DuckDB takes, in bytes. */
const LONGEST_DELIMITER = 4

const HEAD = 1 << 16

/** The byte order mark of UTF-8. */
const MARK = Buffer.from('\ufeff')

const EXTENSION = /\.(csv|tsv|jsonl|ndjson|parquet)(?:\.(gz|gzip|zst|zstd))?$/i

/** @throws ERR_VALUE for an unknown extension where no format is given */
export function formatOf(path: string, format: FileFormat | undefined): FileFormat {
  if (format !== undefined) return format
  const extension = EXTENSION.exec(path)?.[1]?.toLowerCase()
  if (extension === undefined || (extension === 'parquet' && compressionOf(path) !== 'uncompressed'))
    throw new KindredError(
      'ERR_VALUE',
      `${path}: expected a file name ending in .csv, .tsv, .jsonl, .ndjson (each also .gz or .zst) or .parquet. Name the format with the option format: ${FILE_FORMATS.join(', ')}.`,
    )
  return extension === 'ndjson' ? 'jsonl' : (extension as FileFormat)
}

/** @throws ERR_DATA where the begin of a file shows that it is in another encoding */
function checkHead(path: string, head: Buffer, layout: CsvLayout | null | undefined): void {
  const end = head.indexOf('\n')
  const firstLine = head.subarray(0, end < 0 ? head.length : end)
  if (firstLine.includes(0)) checkUtf8Line(path, firstLine, 1)
  if (layout?.names.some((name) => name.includes('\ufffd')) && !isUtf8(head.subarray(0, head.lastIndexOf('\n') + 1)))
    throw notEncoded(path, layout.linesBefore)
}

/**
 * Finds out how a file is to be read, and writes it anew if DuckDB cannot read it as it is.
 * @param temporary makes a path for a file of that extension, to be removed later
 * @param hasMixedEnds whether lines of CSV are to be taken to end in several ways, though the first do not
 * @returns undefined for a CSV file that holds no record
 * @throws ERR_VALUE for an unknown extension or an option that such a file does not have, ERR_DATA for compressed data that
 * is cut short, text that is not of its encoding or lines that are too long, ERR_IO, ERR_ABORTED
 */
export async function prepareFile(
  path: string,
  options: TableFileOptions,
  temporary: (extension: string) => Promise<string>,
  hasMixedEnds: boolean,
  signal: AbortSignal | undefined,
): Promise<PreparedFile | undefined> {
  const format = formatOf(path, options.format)
  checkOptionsOf(path, format, options)
  if (format === 'parquet') return { path, readable: path, compression: 'uncompressed', format }
  const compression = compressionOf(path)
  const isReadable = await checkCompressed(path, compression, signal)

  const isCsv = format !== 'jsonl'
  let layout: CsvLayout | null | undefined
  let { head, isWhole } = await headOf(path, compression, HEAD, signal)
  checkIsText(path, head)
  const encoding = encodingOf(head, options.encoding)
  const decoded = () => new TextDecoder(encoding).decode(head, { stream: true }).replace(/\r$/, isWhole ? '\r' : '')
  for (let size = HEAD; isCsv; ) {
    layout = csvLayout(path, decoded(), isWhole, { ...options, format })
    if (layout !== undefined) break
    if (size >= 2 * MAX_LINE)
      throw new KindredError(
        'ERR_DATA',
        `${path}: its begin holds a line longer than ${MAX_LINE} bytes, or a quote that does not close. See the options quote and escape.`,
      )
    size *= 8
    ;({ head, isWhole } = await headOf(path, compression, size, signal))
  }
  if (encoding === 'utf-8') checkHead(path, head, layout)
  if (layout === null) return undefined
  if (hasMixedEnds && layout !== undefined) layout = { ...layout, lineEnd: 'mixed' }

  const isLong = layout !== undefined && Buffer.byteLength(layout.delimiter) > LONGEST_DELIMITER
  const file = { path, readable: path, compression, format, layout, isDelimiterLong: isLong }
  const change: TextChange = {
    encoding,
    isMarked: !isCsv && head.subarray(0, MARK.length).equals(MARK),
    hasOtherEnds: layout
      ? layout.skipsQuotes || layout.lineEnd === 'mixed'
      : head.includes('\r') && !head.includes('\n'),
    blankLines: layout?.skipsQuotes ? layout.skip : 0,
    longDelimiter: isLong ? layout!.delimiter : undefined,
  }
  if (isReadable && !changesText(change)) return file
  const readable = await temporary(format)
  await convertText(path, readable, compression, change, signal)
  return { ...file, readable, compression: 'uncompressed' }
}
