import { checkOneOf } from '../../native/argument-checks.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { ColumnsBuilder, type InteractionColumns } from '../log/interaction-columns.js'
import type { ReadUserItemsOptions } from '../log/interaction-options.js'
import { emptyReport, type InteractionsReport } from '../log/interactions-report.js'
import { runYielding } from '../resumable.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { listFiles, type TablePath } from './files/list-files.js'
import { checkEncoding } from './files/text-encoding.js'
import { textLines } from './files/text-lines.js'
import { IdColumnReader } from './id-column-reader.js'

const FIELD = /[^ \t]+/g

/** The fields of a line: between runs of spaces and tabs, or between delimiters, without the spaces around them. */
export function* fieldsOf(line: string, delimiter: string | undefined): Generator<string, void> {
  if (delimiter === undefined) {
    for (const [field] of line.matchAll(FIELD)) yield field
    return
  }
  for (let begin = 0, end = 0; end >= 0; begin = end + delimiter.length) {
    end = line.indexOf(delimiter, begin)
    yield line.slice(begin, end < 0 ? undefined : end).trim()
  }
}

/** @throws ERR_VALUE unless `delimiter` is absent or a string of at least one character */
export function checkDelimiter(delimiter: unknown): void {
  if (delimiter === undefined || (typeof delimiter === 'string' && delimiter !== '')) return
  throw new KindredError('ERR_VALUE', `delimiter: expected the text between fields but received ${show(delimiter)}.`)
}

/**
 * Reads lines of a user and the user's items, uncleaned. @throws ERR_DATA naming the line whose number of items is not
 * what it says, or if there is no line with a field; as {@link textLines}
 */
export async function readUserItems(
  path: TablePath,
  { delimiter, encoding, firstField, signal, onProgress }: ReadUserItemsOptions,
): Promise<{ rows: InteractionColumns; report: InteractionsReport }> {
  checkDelimiter(delimiter)
  checkEncoding(encoding)
  const first = checkOneOf('firstField', firstField ?? 'user', ['user', 'count', 'item'])
  throwIfAborted(signal)
  const files = await listFiles(path)
  const users = IdColumnReader.ofText(files[0]!, 'user')
  const items = IdColumnReader.ofText(files[0]!, 'item')
  const rows = new ColumnsBuilder()
  const report = emptyReport()
  const yielder = new LoopYielder(signal)
  let linesBefore = 0
  let lineNumber = 0

  const takeLine = async (file: string, line: string) => {
    lineNumber++
    const fields = fieldsOf(line, delimiter)
    const isBlank = line.trim() === ''
    if (isBlank && first !== 'item') return
    const begin = isBlank || first === 'item' ? undefined : fields.next().value!
    const userId = first === 'user' ? begin! : String(lineNumber - 1)
    const user = userId === '' ? -1 : users.indexOf(Number.NaN, userId, lineNumber - 1)
    let count = 0
    for (const item of isBlank ? [] : fields) {
      report.read++
      count++
      if (user < 0) report.dropped.nullUser++
      else if (item === '') report.dropped.nullItem++
      else rows.push(user, items.indexOf(Number.NaN, item, lineNumber - 1), 1, Number.NaN)
      if (count % 1024 === 0 && yielder.due) await yielder.yieldToLoop()
    }
    if (first === 'count' && begin !== String(count))
      throw new KindredError(
        'ERR_DATA',
        `${file}: line ${lineNumber - linesBefore} says ${show(begin)} items but holds ${count}. Does it begin with a user? Then leave firstField out.`,
      )
    if (count > 0) return
    report.read++
    report.dropped.nullItem++
  }

  await withCallback(onProgress, async (tell) => {
    for (const file of files) {
      linesBefore = lineNumber
      for await (const lines of textLines(file, encoding, signal)) {
        for (const line of lines) {
          await takeLine(file, line)
          if (yielder.due) await yielder.yieldToLoop()
        }
        tell?.({ done: report.read, total: undefined })
      }
    }
  })
  if (report.read === 0) throw new KindredError('ERR_DATA', `${files[0]}: holds blank lines only.`)
  return { rows: await runYielding(rows.finish(users.finish(), items.finish()), signal), report }
}
