import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { KindredError, show } from '../../../native/errors.js'

/** Names in wide use that the Encoding standard lacks. */
const ALIASES: Readonly<Record<string, string>> = {
  'latin-1': 'latin1',
  utf16: 'utf-16',
  utf16le: 'utf-16le',
  utf16be: 'utf-16be',
  'utf-8-sig': 'utf-8',
  mbcs: 'windows-1252',
}

/** @throws ERR_VALUE unless `encoding` is absent or the name of an encoding */
export function checkEncoding(encoding: unknown): void {
  if (encoding === undefined) return
  try {
    if (typeof encoding === 'string') {
      decoderOf(encoding)
      return
    }
  } catch {}
  throw new KindredError(
    'ERR_VALUE',
    `encoding: expected the name of one, such as 'utf-8', 'latin1', 'windows-1252' or 'utf-16', but received ${show(encoding)}.`,
  )
}

const decoderOf = (name: string) => new TextDecoder(ALIASES[name.trim().toLowerCase()] ?? name, { fatal: true })

/** By the byte order mark at the begin of a text in UTF-16, undefined if it has none. */
function marked(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : undefined
}

/**
 * The encoding of a text by its first bytes, as the Encoding standard names it.
 * @param given the option `encoding`
 */
export function encodingOf(head: Buffer, given: string | undefined): string {
  const named = given === undefined ? undefined : decoderOf(given).encoding
  return named === undefined || named.startsWith('utf-16') ? (marked(head) ?? named ?? 'utf-8') : named
}

const countLines = (text: string) => text.split(/\r\n|\r|\n/).length - 1

/** The text of byte chunks without its byte order mark. @throws ERR_DATA naming the line that is not of that encoding */
export async function* decode(
  path: string,
  chunks: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let line = 1
  const take = (chunk: Buffer, stream: boolean) => {
    try {
      return decoder.decode(chunk, { stream })
    } catch {
      const before = new TextDecoder(encoding).decode(chunk).split('\ufffd', 1)[0]!
      throw notEncoded(path, line + countLines(before), encoding)
    }
  }
  for await (const chunk of chunks) {
    const text = take(chunk, true)
    line += countLines(text)
    yield text
  }
  yield take(Buffer.alloc(0), false)
}

/** The error of a line that is no text of the encoding. */
export function notEncoded(path: string, line: number | string, encoding = 'utf-8'): KindredError {
  return new KindredError(
    'ERR_DATA',
    `${path}: line ${line} is no ${encoding.toUpperCase()} text. Name the file's encoding with the option encoding, such as 'latin1' or 'utf-16le'; utf-8 if absent.`,
  )
}

/** @throws ERR_DATA if `bytes`, of line `line`, are no UTF-8 or hold a NUL byte */
export function checkUtf8Line(path: string, bytes: Buffer, line: number): void {
  if (!isUtf8(bytes)) throw notEncoded(path, line)
  if (bytes.includes(0))
    throw new KindredError(
      'ERR_DATA',
      `${path}: line ${line} holds a NUL byte: no UTF-8 text. If it is UTF-16, name it with the option encoding: 'utf-16le' or 'utf-16be'.`,
    )
}
