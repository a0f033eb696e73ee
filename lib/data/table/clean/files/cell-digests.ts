import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { systemError } from '../../../../native/system-errors.js'
import { LoopYielder } from '../../../yield-to-event-loop.js'

/** Words of a record: four of a digest and two of a row's number. */
const WORDS = 6
/** Files that digests are shared out among, by their first bits. */
const PARTS = 64
/** Records of a part in memory. */
const RECORDS = 2048
/** Rows that are looked at well within a millisecond. */
const ROWS_PER_LOOK = 64

/** What was added under one digest. */
export interface DigestGroup {
  /** The first row. */
  first: number
  count: number
}

class Part {
  readonly records = new Uint32Array(RECORDS * WORDS)
  count = 0
  file: FileHandle | undefined
  path = ''
}

/**
 * The rows that have the same text, by 128 bits of its SHA-256, in temporary files: what is in memory is a 64th of them at a
 * time. Rows are added in ascending order.
 */
export class CellDigests {
  readonly #parts = Array.from({ length: PARTS }, () => new Part())
  readonly #temporary: (extension: string) => Promise<string>
  readonly #signal: AbortSignal | undefined

  /** @param temporary makes the path of a file that is removed afterwards */
  constructor(temporary: (extension: string) => Promise<string>, signal: AbortSignal | undefined) {
    this.#temporary = temporary
    this.#signal = signal
  }

  /** Adds the texts of rows `begin`, `begin` + 1, ...; a row without one is left out. @throws ERR_IO, ERR_ABORTED */
  async addRows(rows: number, begin: number, textOf: (row: number) => string | undefined): Promise<void> {
    const yielder = new LoopYielder(this.#signal)
    for (let row = 0; row < rows; row++) {
      const text = textOf(row)
      const full = text === undefined ? undefined : this.#add(text, begin + row)
      if (full !== undefined) await this.#flush(full)
      if (row % ROWS_PER_LOOK === 0 && yielder.due) await yielder.yieldToLoop()
    }
  }

  /** The part that is full now, if one is. */
  #add(text: string, row: number): Part | undefined {
    const digest = createHash('sha256').update(text).digest()
    const part = this.#parts[digest[0]! % PARTS]!
    const at = part.count++ * WORDS
    for (let n = 0; n < 4; n++) part.records[at + n] = digest.readUInt32LE(4 * n)
    part.records[at + 4] = row >>> 0
    part.records[at + 5] = Math.floor(row / 2 ** 32)
    return part.count === RECORDS ? part : undefined
  }

  /** Writes what a part holds in memory. @throws ERR_IO */
  async #flush(part: Part): Promise<void> {
    try {
      if (part.file === undefined) {
        part.path = await this.#temporary('digests')
        part.file = await open(part.path, 'wx')
      }
      const { buffer } = part.records
      await part.file.writeFile(new Uint8Array(buffer, 0, part.count * WORDS * 4))
      part.count = 0
    } catch (cause) {
      throw systemError(`${part.path}: cannot be written`, cause)
    }
  }

  /**
   * Calls `see` with each group of each part, in no order, and its rows ascending.
   * @throws ERR_IO, ERR_ABORTED
   */
  async groups(see: (group: DigestGroup, rows: () => number[]) => void): Promise<void> {
    for (const part of this.#parts) await this.#groupsOf(await this.#recordsOf(part), see)
  }

  async #recordsOf(part: Part): Promise<Uint32Array> {
    if (part.file === undefined) return part.records.subarray(0, part.count * WORDS)
    await this.#flush(part)
    await part.file.close()
    part.file = undefined
    const bytes = await readFile(part.path).catch((cause) => {
      throw systemError(`${part.path}: cannot be read`, cause)
    })
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  }

  async #groupsOf(records: Uint32Array, see: (group: DigestGroup, rows: () => number[]) => void): Promise<void> {
    const count = records.length / WORDS
    // Open addressing: the last record of each group, and before it the one before.
    const size = 2 ** Math.ceil(Math.log2(2 * count + 2))
    const lasts = new Int32Array(size).fill(-1)
    const before = new Int32Array(count)
    const counts = new Uint32Array(count)
    const isSame = (a: number, b: number) => {
      for (let n = 0; n < 4; n++) if (records[a * WORDS + n] !== records[b * WORDS + n]) return false
      return true
    }
    const yielder = new LoopYielder(this.#signal)
    await yielder.over(count, 4096, (begin, end) => {
      for (let record = begin; record < end; record++) {
        let slot = records[record * WORDS + 1]! & (size - 1)
        while (lasts[slot]! >= 0 && !isSame(lasts[slot]!, record)) slot = (slot + 1) & (size - 1)
        before[record] = lasts[slot]!
        counts[record] = lasts[slot]! < 0 ? 1 : counts[lasts[slot]!]! + 1
        lasts[slot] = record
      }
    })
    const rowOf = (record: number) => records[record * WORDS + 4]! + records[record * WORDS + 5]! * 2 ** 32
    await yielder.over(size, 4096, (begin, end) => {
      for (let slot = begin; slot < end; slot++) {
        const last = lasts[slot]!
        if (last < 0) continue
        const rows = () => {
          const all: number[] = []
          for (let record = last; record >= 0; record = before[record]!) all.push(rowOf(record))
          return all.reverse()
        }
        let first = last
        while (before[first]! >= 0) first = before[first]!
        see({ first: rowOf(first), count: counts[last]! }, rows)
      }
    })
  }

  /** Closes the files. */
  async close(): Promise<void> {
    for (const { file } of this.#parts) await file?.close()
  }
}
