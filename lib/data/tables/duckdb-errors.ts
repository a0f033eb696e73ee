/** What DuckDB says of a line of a CSV file, and what it means. */
const CSV_REASONS: [RegExp, (found: RegExpExecArray) => string][] = [
  [
    /Expected Number of Columns: (\d+) Found: (\d+)/,
    ([, expected, found]) =>
      `expected ${expected} fields, as in the header, but found ${found}; a field that holds the delimiter must stand in quotes`,
  ],
  [
    /unterminated quote|quote should be followed/i,
    () => 'a quote does not close, or stands within a field; within a field in quotes, quotes are doubled',
  ],
  [/Invalid unicode/, () => 'no UTF-8 (utf-8) text; save the file as UTF-8'],
  [/Maximum line size/, () => 'longer than 16777216 bytes, or a quote does not close'],
]

/** What DuckDB's error says of a file, and what helps where that is known. */
export function reasonOf(message: string): string {
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1]
  if (line !== undefined)
    for (const [pattern, reason] of CSV_REASONS) {
      const found = pattern.exec(message)
      if (found !== null) return `line ${line}: ${reason(found)}`
    }
  if (message.includes('when sniffing'))
    return 'no table of one delimiter: rows differ in their number of fields, a quote does not close, or line ends are mixed; is the option delimiter right'
  if (message.includes('No magic bytes')) return 'it is no Parquet file, or one that is cut short'
  return message
    .split(/\n\s*(?:\n|LINE|Possible|Try|file = )/, 1)[0]!
    .replaceAll('\n', '; ')
    .slice(0, 400)
}
