import type { Progress } from '../../../native/call-options.js'
import { ByteSource } from './byte-source.js'
import { readBinaryRows } from './read-binary.js'
import { readTextRows } from './read-text.js'
import { type WordFileFormat, WordRows } from './word-rows.js'

/** How a file of word vectors is read. */
export interface ReadWordsOptions {
  format: WordFileFormat | 'auto'
  maxWords: number
  signal: AbortSignal | undefined
  onProgress: ((progress: Progress) => void) | undefined
}

/** The first line, and what lets text and binary be told apart, lie within. */
const HEAD = 1 << 20

const MAX_DIMS = 1 << 16

const FEED = 10

interface Header {
  words: number
  dims: number
  /** Of the line, its feed included. */
  bytes: number
}

/** The two whole numbers of the first line, or undefined where it is no such line. */
function headerOf(head: Buffer): Header | undefined {
  const feed = head.indexOf(FEED)
  const [, words, dims] =
    /^\s*(\d{1,12})\s+(\d{1,12})\s*$/.exec(head.subarray(0, Math.max(0, feed)).toString('latin1')) ?? []
  return words === undefined ? undefined : { words: Number(words), dims: Number(dims), bytes: feed + 1 }
}

/** Whether what follows a word's first blank is written as numbers are. */
function isText(body: Buffer, dims: number): boolean {
  const feed = body.indexOf(FEED)
  const line = body.subarray(0, feed < 0 ? 64 * dims : feed).toString('latin1')
  return /^[^\s]*[ \t][-+.\deE \t\rnainfNAINF]*$/.test(line)
}

/** Fields at the end of a line that are numbers, one less where all are. */
function dimsOfLine(line: string): number {
  const fields = line.trim().split(/[ \t]+/)
  let numbers = 0
  while (numbers < fields.length && /^[-+]?[\d.]+(?:[eE][-+]?\d+)?$/.test(fields[fields.length - 1 - numbers]!))
    numbers++
  return Math.min(numbers, fields.length - 1)
}

function checkHeader(source: ByteSource, header: Header | undefined): Header {
  if (header === undefined)
    source.fail('line 1', 0, 'expected a number of words and one of dimensions, as word2vec begins, but found others.')
  if (header.words < 1) source.fail('line 1', 0, 'expected at least 1 word but found 0.')
  if (header.dims < 1 || header.dims > MAX_DIMS)
    source.fail('line 1', 0, `expected 1 to ${MAX_DIMS} dimensions but found ${header.dims}.`)
  return header
}

/** Numbers that room is made for before any of a compressed file is read. */
const FIRST_NUMBERS = 1 << 24

/** As many rows as the file can hold, of at least `bytes` each; of compressed ones that is found out as they are read. */
function plausible(source: ByteSource, words: number, dims: number, bytes: number): number {
  const isPlain = source.compression === 'uncompressed'
  return Math.min(words, Math.ceil(isPlain ? source.size / bytes : FIRST_NUMBERS / dims))
}

async function readGlove(source: ByteSource, { maxWords, signal }: ReadWordsOptions, onPiece: () => void) {
  const { held } = source
  const feed = held.indexOf(FEED)
  if (feed < 0 && !source.ended)
    source.fail('line 1', 0, `expected a word and its numbers but found no end of a line in ${HEAD} bytes.`)
  const line = held.subarray(0, feed < 0 ? held.length : feed)
  const dims = dimsOfLine(line.toString('utf8'))
  if (dims < 1 || dims > MAX_DIMS)
    source.fail(
      'line 1',
      0,
      `expected a word and 1 to ${MAX_DIMS} numbers, or the header of word2vec, but found ${JSON.stringify(line.subarray(0, 40).toString('utf8'))}.`,
    )
  const rows = new WordRows('glove', dims, plausible(source, Infinity, dims, line.length / 1.1), maxWords)
  await readTextRows(source, rows, 0, signal, onPiece)
  return rows
}

async function readWord2vec(
  source: ByteSource,
  { words, dims, bytes }: Header,
  { format, maxWords, signal }: ReadWordsOptions,
  onPiece: () => void,
) {
  const isBinary = format === 'auto' ? !isText(source.held.subarray(bytes), dims) : format === 'word2vec-binary'
  source.take(bytes)
  const least = isBinary ? 4 * dims + 2 : 2 * dims + 2
  const rows = new WordRows(
    isBinary ? 'word2vec-binary' : 'word2vec',
    dims,
    plausible(source, words, dims, least),
    maxWords,
  )
  if (isBinary) await readBinaryRows(source, rows, words, signal, onPiece)
  else await readTextRows(source, rows, 1, signal, onPiece)
  const { read } = rows.report
  if (read < words ? !rows.isFull : read > words)
    source.fail(
      'line 1',
      0,
      `expected ${words} words, as it says, but found ${read}.${read < words ? ' The file is cut short: copy it again.' : ''}`,
    )
  return rows
}

/**
 * Reads a file of word vectors, compressed (gzip, zstd) or not, in pieces.
 * @throws ERR_DATA naming the line, or word, and byte at fault; ERR_IO, ERR_ABORTED
 */
export async function readWords(path: string, options: ReadWordsOptions): Promise<WordRows> {
  const source = await ByteSource.open(path, options.signal)
  const onPiece = () => options.onProgress?.({ done: source.read, total: source.size })
  try {
    await source.fill(HEAD)
    if (source.held.length === 0) source.fail('line 1', 0, 'expected word vectors but the file is empty.')
    const { format } = options
    const header = headerOf(source.held)
    const rows =
      format === 'glove' || (format === 'auto' && header === undefined)
        ? await readGlove(source, options, onPiece)
        : await readWord2vec(source, checkHeader(source, header), options, onPiece)
    onPiece()
    return rows
  } finally {
    await source.close()
  }
}
