import { checkInteger, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { checkEncoding } from './files/text-encoding.js'

/** `jsonl` is one JSON object per line (also known as NDJSON). */
export type FileFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet'

export const FILE_FORMATS: readonly FileFormat[] = ['csv', 'tsv', 'jsonl', 'parquet']

/** How a file, or each part file, holds its table. */
export interface TableFileOptions {
  /** What the file is; by its extension if absent. */
  format?: FileFormat
  /** Of CSV: what is between the fields, of one or more characters; a comma, or a tab for TSV. */
  delimiter?: string
  /** Of CSV: the names of the columns in a file without a header. */
  columns?: readonly string[]
  /** Of CSV: the character round fields that hold delimiters or line ends; `"` if absent, '' for none. */
  quote?: string
  /** Of CSV: the character before a quote that belongs to a field; the quote itself if absent, often a backslash else. */
  escape?: string
  /** Of CSV: the character that begins a comment, which goes to the end of the line; no comments if absent. */
  comment?: string
  /** Of CSV: how many lines there are before the header, or before the rows if there is none; 0 if absent. */
  skip?: number
  /**
   * Of text files: the name of their encoding, such as 'latin1', 'windows-1251', 'shift_jis' or 'utf-16le', as in the
   * Encoding standard of the Web; UTF-8 if absent, or UTF-16 where a byte order mark says so.
   */
  encoding?: string
}

const CSV_OPTIONS = ['delimiter', 'columns', 'quote', 'escape', 'comment', 'skip'] as const

/** Names of those of {@link TableFileOptions}. */
export const TABLE_FILE_OPTIONS = ['format', ...CSV_OPTIONS, 'encoding'] as const

/** The options of a table's files alone. */
export function tableFileOptions(options: TableFileOptions): TableFileOptions {
  return Object.fromEntries(TABLE_FILE_OPTIONS.map((name) => [name, options[name]]))
}

function checkText(name: string, value: unknown, isLegal: (text: string) => boolean, expected: string): void {
  if (value === undefined || (typeof value === 'string' && isLegal(value))) return
  throw new KindredError('ERR_VALUE', `${name}: expected ${expected} but received ${show(value)}.`)
}

const isOneCharacter = (text: string) => /^[!-~\t ]$/.test(text)

function checkColumns(columns: unknown): void {
  const isList = Array.isArray(columns) && columns.length > 0
  if (!isList || columns.some((name) => typeof name !== 'string' || name === ''))
    throw new KindredError(
      'ERR_VALUE',
      `columns: expected the names of the columns, in order, but received ${show(columns)}.`,
    )
  const twice = columns.find((name, i) => columns.indexOf(name) < i)
  if (twice !== undefined) throw new KindredError('ERR_VALUE', `columns: ${show(twice)} comes twice.`)
}

/** @throws ERR_VALUE for an illegal option */
export function checkTableFileOptions(options: TableFileOptions): void {
  const { format, delimiter, columns, quote, escape: mark, comment, skip, encoding } = options
  if (format !== undefined) checkOneOf('format', format, FILE_FORMATS)
  const isBetween = (text: string) => text !== '' && !/[\r\n\0]/.test(text)
  checkText('delimiter', delimiter, isBetween, 'the text between fields, without line ends,')
  if (columns !== undefined) checkColumns(columns)
  checkText('quote', quote, (text) => text === '' || isOneCharacter(text), "one ASCII character, or '' for none,")
  checkText('escape', mark, isOneCharacter, 'one ASCII character')
  checkText('comment', comment, isOneCharacter, 'one ASCII character')
  if (skip !== undefined) checkInteger('skip', skip, { min: 0, max: 1_000_000 })
  checkEncoding(encoding)
  const marks = Object.entries({ quote: quote ?? '"', escape: mark, comment }).filter(
    ([, one]) => one !== undefined && one !== '',
  )
  const separator = delimiter ?? (format === 'tsv' ? '\t' : ',')
  for (const [name, one] of marks)
    if (separator.includes(one!))
      throw new KindredError('ERR_VALUE', `${name}: ${show(one)} is in the delimiter ${show(separator)} too.`)
  if (comment !== undefined && (comment === (quote ?? '"') || comment === mark))
    throw new KindredError('ERR_VALUE', `comment: ${show(comment)} is the quote or the escape too.`)
  if (mark !== undefined && quote === '')
    throw new KindredError('ERR_VALUE', 'escape: of a quote, but the option quote says that there is none.')
}

/** @throws ERR_VALUE for an option that files of `format` do not have */
export function checkOptionsOf(path: string, format: FileFormat, options: TableFileOptions): void {
  if (format === 'csv' || format === 'tsv') return
  const other = CSV_OPTIONS.find((name) => options[name] !== undefined)
  if (other !== undefined)
    throw new KindredError('ERR_VALUE', `${other}: of CSV and TSV files, but ${path} is ${format.toUpperCase()}.`)
  if (format === 'parquet' && options.encoding !== undefined)
    throw new KindredError('ERR_VALUE', `encoding: of text files, but ${path} is PARQUET.`)
}
