const CSV_ERROR =
  /CSV Error on Line: (\d+)\nOriginal Line: ?([\s\S]*?)\n(?=Expected Number|\n?Value with|Invalid unicode|Maximum line|\n)([\s\S]*)/

const notUtf8 = (line: number | string) =>
  `line ${line} is no UTF-8 text. Name the file's encoding with the option encoding, such as 'latin1'; utf-8 if absent`

const LINE_ENDS = 'line ends are mixed, as LF and CRLF, or a quote does not close'
const QUOTE = 'a quote does not close, or text follows it'

/** Whether the message of an error may come of line ends that are of several kinds. */
export const mayBeLineEnds = (message: string) => message.includes(LINE_ENDS) || message.includes(QUOTE)

/** What DuckDB says of a text file, as a reason with the line and the options that may help; undefined if it is no such error. */
export function textReason(message: string): string | undefined {
  const json = /Malformed JSON .* in line (\d+): invalid UTF-8/.exec(message)
  // DuckDB counts the lines of JSON from 2.
  if (json !== null) return notUtf8(Number(json[1]) - 1)
  if (message.includes('state machine reached an invalid state'))
    return `${LINE_ENDS}. See the options quote and escape`
  const [, line, original = '', what = ''] = CSV_ERROR.exec(message) ?? []
  if (line === undefined) return undefined
  const shown = JSON.stringify(original.length > 80 ? `${original.slice(0, 80)}...` : original)
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(what)
  if (counts !== null)
    return `line ${line}: expected ${counts[1]} fields but found ${counts[2]}, another number of fields, in ${shown}. See the options delimiter, quote, escape, comment and columns`
  if (/unterminated quote/i.test(what))
    return `line ${line}: ${QUOTE}, in ${shown}. If quotes are marked by a backslash, say so with the option escape; if they mean nothing, with quote: ''`
  if (/unicode|utf-?8/i.test(what)) return notUtf8(line)
  return `line ${line}: ${what.trim().split('\n', 1)[0]}`
}
