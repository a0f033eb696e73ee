import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { abortError, KindredError, throwIfAborted } from '../../native/errors.js'
import { checkFile } from './check-file.js'

/** Longest line, in bytes; as for CSV. */
const MAX_LINE = 1 << 24

const LINE_END = 10

function open(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 16 })
  if (!/\.gz(?:ip)?$/i.test(path)) return file
  // An error of either comes out of the iteration over the last one.
  return pipeline(file, createGunzip({ chunkSize: 1 << 16 }), () => undefined) as unknown as Readable
}

/** @throws ERR_DATA naming the line (from 1) that is no UTF-8 text */
function checkText(path: string, block: Buffer, firstLine: number): void {
  if (isUtf8(block) && !block.includes(0)) return
  let line = firstLine
  for (let begin = 0; begin < block.length; line++) {
    const found = block.indexOf(LINE_END, begin)
    const end = found < 0 ? block.length : found
    const bytes = block.subarray(begin, end)
    begin = end + 1
    if (!isUtf8(bytes)) throw new KindredError('ERR_DATA', `${path}: line ${line} is no UTF-8 text.`)
    if (bytes.includes(0)) throw new KindredError('ERR_DATA', `${path}: line ${line} holds a NUL byte: no text file.`)
  }
}

/**
 * The lines of a UTF-8 text file, also compressed with gzip (.gz), some at a time, without their ends (LF or CRLF) and a
 * byte order mark.
 * @throws ERR_IO if it cannot be opened, ERR_DATA naming the line that is no UTF-8 text or longer than 16 MiB, or for an
 * empty file or compressed data that is cut short, ERR_VALUE for another compression, ERR_ABORTED
 */
export async function* textLines(path: string, signal: AbortSignal | undefined): AsyncGenerator<string[], void> {
  throwIfAborted(signal)
  await checkFile(path)
  if (/\.zstd?$/i.test(path))
    throw new KindredError('ERR_VALUE', `${path}: expected a text file, plain or .gz, but it is compressed with zstd.`)
  let rest: Buffer[] = []
  let restBytes = 0
  let line = 1
  const linesOf = (block: Buffer): string[] => {
    checkText(path, block, line)
    const text = block.toString('utf8')
    const lines = (line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text).split('\n')
    line += lines.length
    return lines.map((one) => (one.endsWith('\r') ? one.slice(0, -1) : one))
  }
  try {
    for await (const chunk of open(path) as AsyncIterable<Buffer>) {
      throwIfAborted(signal)
      const end = chunk.lastIndexOf(LINE_END)
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
  } catch (cause) {
    if (cause instanceof KindredError) throw cause
    if (signal?.aborted) throw abortError(signal)
    const { code, message } = cause as NodeJS.ErrnoException
    const isCompression = code?.startsWith('Z_') ?? false
    throw new KindredError(
      isCompression ? 'ERR_DATA' : 'ERR_IO',
      `${path}: cannot be read${isCompression ? ': truncated or corrupt gzip data' : ''} (${message}).`,
      { cause },
    )
  }
}
