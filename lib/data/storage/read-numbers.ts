import type { FileHandle } from 'node:fs/promises'
import { endianness } from 'node:os'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { NUMBER_TYPES, type NumberTypeName } from './number-types.js'

/** Throws the error of a file: names the file, then the cause. */
export type Fail = (cause: string) => never

/** Numbers read at once: 1 MB of 32 bits. */
const NUMBERS_AT_ONCE = 1 << 18

/** Numbers converted between two looks at the clock. */
const CONVERTED_AT_ONCE = 1 << 14

/** Of rows and of columns: what a 32-bit index reaches. */
const MAX_SIZE = 2 ** 31 - 1

/** Fills `target` from byte `position` of the file on, from its current position if that is absent. */
export async function readExactly(file: FileHandle, target: Uint8Array, fail: Fail, position?: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(
      target,
      done,
      target.length - done,
      position === undefined ? null : position + done,
    )
    if (bytesRead === 0) fail('it became shorter while it was read')
    done += bytesRead
  }
}

/** The sizes of an array for an error message, which is not to hold thousands. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', ...' : ''}]`
}

/** Rows and columns of an array with 2 dimensions, or of one with 1, which is a single row. */
export function matrixSize(path: string, shape: readonly number[], fail: Fail): { rows: number; cols: number } {
  const [rows, cols] = shape.length === 1 ? [1, shape[0]!] : (shape as [number, number])
  if (shape.length < 1 || shape.length > 2)
    fail(`expected an array with 2 dimensions, or 1 for a single row, but found ${showShape(shape)}. Reshape it`)
  if (rows > MAX_SIZE || cols > MAX_SIZE || rows * cols > 2 ** 32)
    throw new KindredError(
      'ERR_TOO_LARGE',
      `${path}: [${rows}, ${cols}] exceeds the limit of 2^31 - 1 rows or columns and 2^32 numbers.`,
    )
  return { rows, cols }
}

/** @throws ERR_OUT_OF_MEMORY */
export function allocateFloats(path: string, size: number): Float32Array {
  try {
    return new Float32Array(size)
  } catch (cause) {
    throw new KindredError('ERR_OUT_OF_MEMORY', `${path}: no memory for ${size} numbers.`, { cause })
  }
}

/** What {@link readNumbers} reads, and from where. */
export interface NumbersInFile {
  path: string
  file: FileHandle
  /** The byte at which they begin. */
  position: number
  type: NumberTypeName
  littleEndian: boolean
  rows: number
  cols: number
  columnMajor: boolean
}

/**
 * The rows * cols numbers in the file's order, read piece by piece, each rounded to the nearest of 32 bits.
 * @throws what `fail` throws, for a finite number beyond the range of 32 bits; ERR_OUT_OF_MEMORY, ERR_ABORTED
 */
export async function readNumbers(
  { path, file, position, type, littleEndian, rows, cols, columnMajor }: NumbersInFile,
  signal: AbortSignal | undefined,
  fail: Fail,
): Promise<Float32Array> {
  const out = allocateFloats(path, rows * cols)
  const { bytes, read } = NUMBER_TYPES[type]
  const yielder = new LoopYielder(signal)
  const isPlain = type === 'F32' && littleEndian === (endianness() === 'LE')
  const buffer = isPlain ? undefined : Buffer.alloc(Math.min(NUMBERS_AT_ONCE, out.length) * bytes)
  for (let begin = 0; begin < out.length; begin += NUMBERS_AT_ONCE) {
    const target = out.subarray(begin, begin + NUMBERS_AT_ONCE)
    const piece =
      buffer?.subarray(0, target.length * bytes) ??
      new Uint8Array(target.buffer, target.byteOffset, target.length * bytes)
    await readExactly(file, piece, fail, position + begin * bytes)
    if (buffer !== undefined) {
      const view = new DataView(piece.buffer, piece.byteOffset, piece.length)
      await yielder.over(target.length, CONVERTED_AT_ONCE, (from, to) => {
        for (let i = from; i < to; i++) {
          const value = read(view, i * bytes, littleEndian)
          target[i] = value
          if (!Number.isFinite(target[i]!) && Number.isFinite(value)) {
            const at = begin + i
            const [row, col] = columnMajor ? [at % rows, Math.floor(at / rows)] : [Math.floor(at / cols), at % cols]
            fail(`${value} in row ${row}, column ${col} is beyond the range of 32-bit floats (3.4e38)`)
          }
        }
      })
    }
    throwIfAborted(signal)
  }
  return out
}
