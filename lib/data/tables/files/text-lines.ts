import { isUtf8 } from 'node:buffer'
import { KindredError, throwIfAborted } from '../../../native/errors.js'
import { MAX_LINE } from './max-line.js'
import { compressionOf, headOf, openBytes } from './open-bytes.js'
import { checkIsText } from './other-format.js'
import { checkUtf8Line, decode, encodingOf } from './text-encoding.js'

const LF = 10
const CR = 13

/** @throws ERR_DATA naming the line (from 1) that is no UTF-8 text */
function checkText(path: string, block: Buffer, firstLine: number): void {
  if (isUtf8(block) && !block.includes(0)) return
  for (const [n, line] of block.toString('latin1').split(LINE_ENDS).entries())
    checkUtf8Line(path, Buffer.from(line, 'latin1'), firstLine + n)
}

const LINE_ENDS = /\r\n|\r|\n/

/** A file's text in UTF-8, in chunks. */
async function* utf8Of(path: string, given: string | undefined, signal: AbortSignal | undefined) {
  const compression = compressionOf(path)
  const { head } = await headOf(path, compression, 16, signal)
  checkIsText(path, head)
  const encoding = encodingOf(head, given)
  const bytes = openBytes(path, compression, signal)
  if (encoding === 'utf-8') yield* bytes
  else for await (const text of decode(path, bytes, encoding)) yield Buffer.from(text)
}

/** Where the last line that ends does, -1 if none does: a CR at the very end may be half of a CRLF. */
const lastEnd = (chunk: Buffer) => Math.max(chunk.lastIndexOf(LF), chunk.subarray(0, -1).lastIndexOf(CR))

/**
 * The lines of a text file, also compressed (.gz, .zst), some at a time, without their ends (LF, CRLF or CR) and a byte
 * order mark.
 * @param encoding as in {@link TableFileOptions}
 * @throws ERR_IO if it cannot be opened, ERR_DATA naming the line that is not of the encoding or longer than 16 MiB, or for
 * compressed data that is cut short, ERR_ABORTED
 */
export async function* textLines(
  path: string,
  encoding: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<string[], void> {
  throwIfAborted(signal)
  let rest: Buffer[] = []
  let restBytes = 0
  let line = 1
  const linesOf = (block: Buffer): string[] => {
    checkText(path, block, line)
    const text = block.toString('utf8')
    const lines = (line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text).split(LINE_ENDS)
    line += lines.length
    return lines
  }
  for await (const chunk of utf8Of(path, encoding, signal)) {
    const end = lastEnd(chunk)
    if (end >= 0) {
      yield linesOf(Buffer.concat([...rest, chunk.subarray(0, end)]))
      rest = []
      restBytes = 0
    }
    rest.push(chunk.subarray(end + 1))
    restBytes += chunk.length - end - 1
    if (restBytes > MAX_LINE)
      throw new KindredError('ERR_DATA', `${path}: line ${line} is longer than ${MAX_LINE} bytes.`)
  }
  if (restBytes > 0) yield linesOf(Buffer.concat(rest))
}
