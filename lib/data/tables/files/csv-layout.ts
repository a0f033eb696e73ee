import { KindredError, show } from '../../../native/errors.js'
import type { TableFileOptions } from '../table-file-options.js'

/** How a CSV file is to be read. */
export interface CsvLayout {
  /** The names of the columns, in order; '' for one without. */
  readonly names: readonly string[]
  readonly hasHeader: boolean
  /** Lines before the header or the first row; those of comments do not count. */
  readonly skip: number
  /** Whether the lines before must be made blank: DuckDB takes a quote in them for the begin of a field. */
  readonly skipsQuotes: boolean
  /** Lines to the first row. */
  readonly linesBefore: number
  /** Whether rows end with a delimiter that the names do not have. */
  readonly hasExtraDelimiter: boolean
  readonly delimiter: string
  readonly quote: string
  readonly escape: string
  readonly comment: string
  /** What ends a line; 'mixed' if not all end alike. */
  readonly lineEnd: '\n' | '\r\n' | '\r' | 'mixed'
}

/** Some fields of a text, and where they end: behind the line's end. */
interface CsvRecord {
  fields: string[]
  end: number
}

type Dialect = Pick<CsvLayout, 'delimiter' | 'quote' | 'escape' | 'comment'>

const LINE_END = /\r\n|\r|\n/y

/** The length of the line's end at `at`: 0 if there is none. */
function lineEnd(text: string, at: number): number {
  LINE_END.lastIndex = at
  return LINE_END.exec(text)?.[0].length ?? 0
}

/** The record that begins at `begin`, undefined where the text ends within it. */
function recordAt(
  text: string,
  begin: number,
  { delimiter, quote, escape: mark, comment }: Dialect,
): CsvRecord | undefined {
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  for (let at = begin; at < text.length; ) {
    const length = lineEnd(text, at)
    if (length > 0 || (comment !== '' && text[at] === comment)) {
      fields.push(isQuoted ? field : field.trim())
      while (lineEnd(text, at) === 0 && at < text.length) at++
      return at < text.length ? { fields, end: at + lineEnd(text, at) } : undefined
    }
    if (text.startsWith(delimiter, at)) {
      fields.push(isQuoted ? field : field.trim())
      field = ''
      isQuoted = false
      at += delimiter.length
    } else if (quote !== '' && text[at] === quote && !isQuoted && field.trim() === '') {
      field = ''
      isQuoted = true
      for (at++; at < text.length && (text[at] !== quote || (mark === quote && text[at + 1] === quote)); at++) {
        if (text[at] === mark) at++
        field += text[at] ?? ''
      }
      at++
    } else {
      if (!isQuoted || text[at]!.trim() !== '') field += text[at]
      at++
    }
  }
  return undefined
}

const LINE_ENDS = /\r\n|\r|\n/g

/**
 * What ends the lines outside quotes, as far as the begin of the file shows.
 * @param before the lines that are skipped
 * @param first the first record with its end
 */
function lineEndOf(
  before: string,
  first: string,
  rest: string,
  { quote, escape: mark }: Dialect,
): CsvLayout['lineEnd'] {
  const ends = new Set(before.match(LINE_ENDS))
  ends.add(/(?:\r\n|\r|\n)$/.exec(first)![0])
  const unescaped =
    mark === quote
      ? rest
      : rest
          .split(mark)
          .map((part, i) => (i > 0 ? part.slice(1) : part))
          .join('')
  const outside = quote === '' ? [rest] : unescaped.split(quote).filter((_, i) => i % 2 === 0)
  for (const part of outside) for (const end of part.match(LINE_ENDS) ?? []) ends.add(end)
  const [end] = ends as Set<'\n'>
  return ends.size > 1 ? 'mixed' : end!
}

/** The line at `at` and where the next begins, undefined if it does not end. */
function lineAt(text: string, at: number): { line: string; end: number } | undefined {
  const ends = /\r\n|\r|\n/g
  ends.lastIndex = at
  const end = ends.exec(text)
  return end === null ? undefined : { line: text.slice(at, end.index), end: ends.lastIndex }
}

const countLines = (text: string) => text.split(/\r\n|\r|\n/).length - 1

const isComment = (line: string, comment: string) => comment !== '' && line.trimStart().startsWith(comment)

/** The first record from `at` on that is no blank line and no comment. */
function firstRow(text: string, at: number, dialect: Dialect): CsvRecord | undefined {
  let begin = at
  for (let next = lineAt(text, begin); next !== undefined; next = lineAt(text, begin)) {
    if (next.line.trim() !== '' && !isComment(next.line, dialect.comment)) return recordAt(text, begin, dialect)
    begin = next.end
  }
  return undefined
}

/**
 * How the CSV file is to be read that begins with `head`, undefined if more of it must be known.
 * @param isWhole whether `head` is all of it
 * @returns null if the file holds no record
 */
export function csvLayout(
  path: string,
  head: string,
  isWhole: boolean,
  options: TableFileOptions & { format: 'csv' | 'tsv' },
): CsvLayout | null | undefined {
  const { quote = '"', comment = '', skip = 0, columns } = options
  const delimiter = options.delimiter ?? (options.format === 'tsv' ? '\t' : ',')
  const dialect = { delimiter, quote, escape: options.escape ?? quote, comment }
  const text = isWhole && !/[\r\n]$/.test(head) ? `${head}\n` : head
  let at = 0
  let lines = 0
  let skipped = 0
  for (;;) {
    const next = lineAt(text, at)
    if (next === undefined) return isWhole ? null : undefined
    const isNote = isComment(next.line, comment)
    if (lines >= skip && !isNote && next.line.trim() !== '') break
    at = next.end
    lines++
    if (!isNote) skipped++
  }
  const first = recordAt(text, at, dialect)
  if (first === undefined) {
    if (!isWhole) return undefined
    throw new KindredError(
      'ERR_DATA',
      `${path}: line ${lines + 1}: a quote does not close. If ${show(quote)} is no quote here, say so with the option quote ('' for none); see also escape.`,
    )
  }
  const hasHeader = columns === undefined
  const second = hasHeader ? firstRow(text, first.end, dialect) : first
  if (second === undefined && !isWhole) return undefined
  const given = hasHeader ? first.fields : [...columns]
  const row = second?.fields.length ?? given.length
  const isLast = (fields: readonly string[]) => fields.at(-1) === ''
  const names = hasHeader && row === given.length - 1 && isLast(given) ? given.slice(0, -1) : given
  const hasExtraDelimiter = row === names.length + 1 && isLast(second!.fields)
  const linesBefore = lines + (hasHeader ? countLines(text.slice(at, first.end)) : 0)
  if (!hasHeader && row !== names.length && !hasExtraDelimiter)
    throw new KindredError(
      'ERR_DATA',
      `${path}: line ${lines + 1}: the option columns names ${names.length} columns, but the line holds ${row} with the delimiter ${show(delimiter)}: ${show(first.fields)}.`,
    )
  if (columns?.every((name, i) => name === first.fields[i]))
    throw new KindredError(
      'ERR_DATA',
      `${path}: line ${lines + 1} holds the names of the option columns: a header. Leave columns out, or skip the line with skip: ${lines + 1}.`,
    )
  const before = text.slice(0, at)
  const skipsQuotes = quote !== '' && before.includes(quote)
  return {
    ...dialect,
    names,
    hasHeader,
    skip: skipsQuotes ? lines : skipped,
    skipsQuotes,
    linesBefore,
    hasExtraDelimiter,
    lineEnd: lineEndOf(before, text.slice(at, first.end), head.slice(first.end), dialect),
  }
}
