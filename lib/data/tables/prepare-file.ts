import { isUtf8 } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { abortError, KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { checkCompressed } from './check-compressed.js'
import { type CsvLayout, csvLayout } from './csv-layout.js'
import { MAX_LINE } from './max-line.js'
import { type Compression, compressionOf, headOf, openBytes } from './open-bytes.js'
import { checkOptionsOf, FILE_FORMATS, type FileFormat, type TableFileOptions } from './table-file-options.js'
import { checkUtf8Line, decode, encodingOf, notEncoded } from './text-encoding.js'

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
  /** Of CSV: what {@link STAND_IN} stands for, where the delimiter is longer than DuckDB takes. */
  readonly longDelimiter?: string
}

/** Stands for a delimiter of more bytes than DuckDB takes. */
export const STAND_IN = '\x1f'

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

/** Text with every `delimiter` made a {@link STAND_IN}. @throws ERR_DATA if it holds that already */
async function* withStandIn(path: string, parts: AsyncIterable<string>, delimiter: string) {
  let rest = ''
  for await (const part of parts) {
    if (part.includes(STAND_IN))
      throw new KindredError(
        'ERR_DATA',
        `${path}: holds the character U+001F, which stands for a delimiter of more than ${LONGEST_DELIMITER} bytes.`,
      )
    const pieces = (rest + part).split(delimiter)
    const last = pieces.pop()!
    // It may end with the begin of a delimiter.
    const cut = Math.max(0, last.length - delimiter.length + 1)
    rest = last.slice(cut)
    yield [...pieces, last.slice(0, cut)].join(STAND_IN)
  }
  yield rest
}

/** How a file differs from what DuckDB reads. */
interface Oddities {
  compression: Compression
  encoding: string
  longDelimiter: string | undefined
  /** Whether a byte order mark is to go. */
  isMarked: boolean
  /** Whether lines end with CR, and are to end with LF. */
  hasCr: boolean
}

async function* lineFed(parts: AsyncIterable<string>) {
  for await (const part of parts) yield part.replaceAll('\r', '\n')
}

/** Writes a file anew as DuckDB reads it: decompressed, in UTF-8. */
async function convert(path: string, to: string, odd: Oddities, signal: AbortSignal | undefined): Promise<void> {
  const bytes = openBytes(path, odd.compression, signal)
  const isText = odd.encoding !== 'utf-8' || odd.longDelimiter !== undefined || odd.isMarked || odd.hasCr
  let text = decode(path, bytes, odd.encoding)
  if (odd.hasCr) text = lineFed(text)
  if (odd.longDelimiter !== undefined) text = withStandIn(path, text, odd.longDelimiter)
  try {
    await pipeline(isText ? text : bytes, createWriteStream(to, { flags: 'wx' }), { signal })
  } catch (cause) {
    if (signal?.aborted) throw abortError(signal)
    throw systemError(`${path}: its text cannot be written to ${to}`, cause)
  }
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
 * @returns undefined for a CSV file that holds no record
 * @throws ERR_VALUE for an unknown extension or an option that such a file does not have, ERR_DATA for compressed data that
 * is cut short, text that is not of its encoding or lines that are too long, ERR_IO, ERR_ABORTED
 */
export async function prepareFile(
  path: string,
  options: TableFileOptions,
  temporary: (extension: string) => Promise<string>,
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
  const encoding = encodingOf(head, options.encoding)
  const decoded = () => new TextDecoder(encoding).decode(head, { stream: true }).replace(/\r$/, isWhole ? '\r' : '')
  for (let size = HEAD; isCsv; ) {
    layout = csvLayout(path, decoded(), isWhole, { ...options, format })
    if (layout !== undefined) break
    if (size > 2 * MAX_LINE)
      throw new KindredError('ERR_DATA', `${path}: a line of its begin is longer than ${MAX_LINE} bytes.`)
    size *= 8
    ;({ head, isWhole } = await headOf(path, compression, size, signal))
  }
  if (encoding === 'utf-8') checkHead(path, head, layout)
  if (layout === null) return undefined

  const isLong = layout !== undefined && Buffer.byteLength(layout.delimiter) > LONGEST_DELIMITER
  const odd: Oddities = {
    compression,
    encoding,
    longDelimiter: isLong ? layout!.delimiter : undefined,
    isMarked: !isCsv && head.subarray(0, MARK.length).equals(MARK),
    hasCr: !isCsv && head.includes('\r') && !head.includes('\n'),
  }
  const file = { path, readable: path, compression, format, layout, longDelimiter: odd.longDelimiter }
  if (isReadable && encoding === 'utf-8' && !isLong && !odd.isMarked && !odd.hasCr) return file
  const readable = await temporary(format)
  await convert(path, readable, odd, signal)
  return { ...file, readable, compression: 'uncompressed' }
}
