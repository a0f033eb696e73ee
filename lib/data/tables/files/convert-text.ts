import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { abortError, KindredError } from '../../../native/errors.js'
import { systemError } from '../../../native/system-errors.js'
import { type Compression, openBytes } from './open-bytes.js'
import { decode } from './text-encoding.js'

/** Stands for a delimiter of more bytes than DuckDB takes. */
export const STAND_IN = '\x1f'

/** What is to change in a text before DuckDB reads it. */
export interface TextChange {
  /** What the text is in; it is to be in UTF-8. */
  encoding: string
  /** Whether a byte order mark is to go. */
  isMarked: boolean
  /** Whether CR and CRLF are to become LF. */
  hasOtherEnds: boolean
  /** How many lines at the begin are to be blank. */
  blankLines: number
  /** A delimiter that is to become {@link STAND_IN}. */
  longDelimiter: string | undefined
}

/** Whether there is anything to change. */
export function changesText({ encoding, isMarked, hasOtherEnds, blankLines, longDelimiter }: TextChange): boolean {
  return encoding !== 'utf-8' || isMarked || hasOtherEnds || blankLines > 0 || longDelimiter !== undefined
}

async function* withLineFeeds(parts: AsyncIterable<string>) {
  let rest = ''
  for await (const part of parts) {
    const text = rest + part
    rest = text.endsWith('\r') ? '\r' : ''
    yield text.slice(0, text.length - rest.length).replaceAll(/\r\n?/g, '\n')
  }
  if (rest !== '') yield '\n'
}

async function* withBlankLines(parts: AsyncIterable<string>, count: number) {
  let left = count
  for await (const part of parts) {
    let at = 0
    for (; left > 0 && at < part.length; at++)
      if (part[at] === '\n') {
        left--
        yield '\n'
      }
    yield part.slice(at)
  }
}

/** @throws ERR_DATA if the text holds {@link STAND_IN} already */
async function* withStandIn(path: string, parts: AsyncIterable<string>, delimiter: string) {
  let rest = ''
  for await (const part of parts) {
    if (part.includes(STAND_IN))
      throw new KindredError(
        'ERR_DATA',
        `${path}: holds the character U+001F, which stands for a long delimiter here. Take a delimiter of at most 4 bytes.`,
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

/**
 * Writes a text file anew as DuckDB reads it: decompressed, in UTF-8, with these changes.
 * @throws ERR_DATA for text that is not of its encoding, or compressed data that is corrupt, ERR_IO, ERR_ABORTED
 */
export async function convertText(
  path: string,
  to: string,
  compression: Compression,
  change: TextChange,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = openBytes(path, compression, signal)
  let text: AsyncIterable<string> = decode(path, bytes, change.encoding)
  if (change.hasOtherEnds) text = withLineFeeds(text)
  if (change.blankLines > 0) text = withBlankLines(text, change.blankLines)
  if (change.longDelimiter !== undefined) text = withStandIn(path, text, change.longDelimiter)
  try {
    await pipeline(changesText(change) ? text : bytes, createWriteStream(to, { flags: 'wx' }), { signal })
  } catch (cause) {
    if (signal?.aborted) throw abortError(signal)
    throw systemError(`${path}: its text cannot be written to ${to}`, cause)
  }
}
