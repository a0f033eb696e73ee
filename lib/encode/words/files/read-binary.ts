import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { ByteSource } from './byte-source.js'
import type { WordRows } from './word-rows.js'

const FEED = 10
const BLANK = 32

/** A word of more bytes is none. */
const LONGEST_WORD = 1 << 16

/**
 * Reads `count` words of binary word2vec, or until there are enough: a word, a blank, its numbers (float32,
 * little-endian), and a line feed or none.
 * @throws ERR_DATA naming the word and byte at fault, ERR_IO, ERR_ABORTED
 */
export async function readBinaryRows(
  source: ByteSource,
  rows: WordRows,
  count: number,
  signal: AbortSignal | undefined,
  onPiece: () => void,
): Promise<void> {
  const bytes = 4 * rows.dims
  const yielder = new LoopYielder(signal)
  for (let n = 0; n < count && !rows.isFull; n++) {
    if (source.held.length < bytes + LONGEST_WORD && !source.ended) {
      await source.fill()
      await source.fill(bytes + LONGEST_WORD)
      onPiece()
    }
    const where = `word ${n + 1} of ${count}`
    while (source.held[0] === FEED) source.take(1)
    const blank = source.held.subarray(0, LONGEST_WORD).indexOf(BLANK)
    if (blank < 0 && !source.ended)
      source.fail(
        where,
        source.offset,
        `expected a word and a blank but found no blank in ${LONGEST_WORD} bytes: the numbers before are no vector of ${rows.dims} dimensions.`,
      )
    if (blank < 0 || source.held.length < blank + 1 + bytes)
      source.fail(
        where,
        source.offset,
        `expected a word and ${rows.dims} numbers of 4 bytes but the file ends. It is cut short (copy it again), or its first line names too many words.`,
      )
    const start = source.offset
    const record = source.take(blank + 1 + bytes)
    if (blank === 0) source.fail(where, start, 'expected a word before the blank but found none.')
    const row = rows.next()
    const memory = new Uint8Array(row.buffer, row.byteOffset, bytes)
    memory.set(record.subarray(blank + 1))
    let sum = 0
    for (const value of row) sum += value * 0
    if (Number.isNaN(sum)) {
      const at = row.findIndex((value) => !Number.isFinite(value))
      source.fail(where, start + blank + 1 + 4 * at, `expected a finite number but found ${row[at]}.`)
    }
    rows.add(record.subarray(0, blank))
    if (n % 64 === 0 && yielder.due) await yielder.yieldToLoop()
  }
  if (rows.isFull && rows.report.read < count) return
  await source.fill(64)
  const rest = source.held.findIndex((byte) => byte !== FEED)
  if (rest >= 0)
    source.fail(
      'the end',
      source.offset + rest,
      `expected nothing behind ${count} words, as many as the first line says, but there are more bytes.`,
    )
}
