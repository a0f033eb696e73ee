import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { VectorLines } from '../../../native/addon.js'
import { nativeCall } from '../../../native/native-call.js'
import type { ByteSource } from './byte-source.js'
import type { WordRows } from './word-rows.js'

const FEED = 10

function failAt(source: ByteSource, lines: VectorLines, text: Buffer, before: { lines: number; bytes: number }): never {
  const where = `line ${before.lines + lines.line + 1}`
  const byte = before.bytes + lines.begin
  const found = JSON.stringify(text.subarray(lines.begin, Math.min(lines.end, lines.begin + 40)).toString('utf8'))
  if (lines.fault === 'no-number') source.fail(where, byte, `expected a number but found ${found}.`)
  if (lines.fault === 'no-word') source.fail(where, byte, 'expected a word before the numbers but found none.')
  const isLast = source.ended && source.held.length === 0 && lines.end >= text.length - 1
  source.fail(
    where,
    byte,
    `expected a word and more than ${lines.fields} numbers but found ${found}.${isLast ? ' The file is cut short: copy it again.' : ''}`,
  )
}

/**
 * Reads lines of a word and its numbers up to the end of the file, or until there are enough.
 * @param line how many lines came before
 * @throws ERR_DATA naming the line and byte at fault, ERR_IO, ERR_ABORTED
 */
export async function readTextRows(
  source: ByteSource,
  rows: WordRows,
  line: number,
  signal: AbortSignal | undefined,
  onPiece: () => void,
): Promise<void> {
  const { dims } = rows
  const yielder = new LoopYielder(signal)
  let size: number | undefined
  while (!rows.isFull) {
    await source.fill(size)
    if (source.held.length === 0) return
    const end = source.held.lastIndexOf(FEED) + 1
    if (end === 0 && !source.ended) {
      size = 2 * source.held.length // a line longer than a piece
      continue
    }
    size = undefined
    const before = { lines: line, bytes: source.offset }
    const isUnended = end === 0
    const taken = source.take(isUnended ? source.held.length : end)
    const text = isUnended ? Buffer.concat([taken, Buffer.of(FEED)]) : taken
    for (let at = 0; at < text.length && !rows.isFull; ) {
      const part = text.subarray(at)
      const most = Math.ceil(part.length / (2 * dims + 1)) // of lines that have all their numbers
      const numbers = new Float32Array(most * dims)
      const lines = await nativeCall(signal, (native, abort) =>
        native.readVectorLines(part, dims, most, numbers, abort),
      )
      if (lines.fault !== 'none') failAt(source, lines, part, { lines: before.lines, bytes: before.bytes + at })
      const count = lines.begins.length
      await yielder.over(count, 256, (begin, last) => {
        for (let i = begin; i < last && !rows.isFull; i++) {
          rows.next().set(numbers.subarray(i * dims, (i + 1) * dims))
          rows.add(part.subarray(lines.begins[i], lines.ends[i]))
        }
      })
      rows.report.blankLines += lines.blank
      before.lines += count + lines.blank
      at += lines.bytes
    }
    line = before.lines
    onPiece()
  }
}
