import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { IdMap } from '../../../data/id-map.js'
import type { Matrix } from '../../../data/matrix.js'
import { writeAtomically } from '../../../data/storage/atomic-write.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { abortError, KindredError, show } from '../../../native/errors.js'
import type { WordFileFormat } from './word-rows.js'

const PIECE = 1 << 20

/** Nine digits tell every float from its neighbours. */
const written = (value: number): string => String(Number(value.toPrecision(9)))

/** @throws ERR_VALUE for a word that the format cannot hold */
function checkWord(word: string, row: number, format: WordFileFormat): void {
  const forbidden = format === 'glove' ? /[\r\n]|^[ \t]|[ \t]$/ : /[ \t\r\n]/
  if (forbidden.test(word))
    throw new KindredError(
      'ERR_VALUE',
      `words[${row}]: ${show(word)} cannot be written as '${format}', where ${format === 'glove' ? 'line ends, and blanks at either end,' : 'blanks and line ends'} divide words. Save a folder with save(dir).`,
    )
}

async function* piecesOf(
  words: IdMap,
  vectors: Matrix,
  format: WordFileFormat,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const yielder = new LoopYielder(signal)
  let parts: Buffer[] = format === 'glove' ? [] : [Buffer.from(`${words.size} ${vectors.cols}\n`)]
  let bytes = 0
  for (let row = 0; row < words.size; row++) {
    const word = words.idAt(row) as string
    checkWord(word, row, format)
    const numbers = vectors.row(row)
    if (format === 'word2vec-binary')
      parts.push(
        Buffer.from(`${word} `),
        Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength),
        Buffer.from('\n'),
      )
    else parts.push(Buffer.from(`${word} ${Array.from(numbers, written).join(' ')}\n`))
    bytes += 12 * vectors.cols
    if (bytes >= PIECE) {
      yield Buffer.concat(parts)
      parts = []
      bytes = 0
    }
    if (yielder.due) await yielder.yieldToLoop()
  }
  yield Buffer.concat(parts)
}

/** An error of the pieces comes out of the iteration over what they are compressed to. */
function gzipped(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return pipeline(pieces, createGzip(), () => undefined) as AsyncIterable<Buffer>
}

/**
 * Writes word vectors, compressed where the path ends in `.gz`; an older file is replaced whole.
 * @throws ERR_VALUE for a word that the format cannot hold, ERR_IO, ERR_ABORTED
 */
export async function writeWords(
  path: string,
  words: IdMap,
  vectors: Matrix,
  format: WordFileFormat,
  signal: AbortSignal | undefined,
): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx')
    try {
      const pieces = piecesOf(words, vectors, format, signal)
      for await (const piece of /\.gz$/i.test(path) ? gzipped(pieces) : pieces) await file.writeFile(piece)
      await file.sync()
    } catch (cause) {
      if (signal?.aborted) throw abortError(signal)
      throw cause
    } finally {
      await file.close()
    }
  })
}
