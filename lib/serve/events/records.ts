import type { FileHandle } from 'node:fs/promises'
import { crc32 } from './crc32.js'

/*
 * A segment: a header of 24 bytes ("KINDEVT1", the number of its first event as float64, the CRC-32 of both, 0), then records.
 * A record holds the events of one append: a header of 28 bytes, then the events, little endian:
 *   0 uint32   the mark "KEVR"
 *   4 uint32   bytes of the events
 *   8 uint32   CRC-32 of all that follows
 *  12 uint32   how many events
 *  16 float64  the number of the first
 *  24 uint32   where in the segment the group begins that was flushed together: what stands before was on the disk by then
 */
export const SEGMENT_HEADER = 24
export const RECORD_HEADER = 28

const MAGIC = Buffer.from('KINDEVT1', 'latin1')
const MARK = Buffer.from('KEVR', 'latin1')
const CHUNK = 1 << 20

/** A record of a segment. */
export interface EventRecord {
  /** Where it begins and ends in the segment. */
  begin: number
  end: number
  /** The number of its first event. */
  sequence: number
  count: number
  /** Where its group begins. */
  group: number
  /** Its events, encoded. */
  events: Buffer
}

export function segmentHeader(first: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER)
  MAGIC.copy(header)
  header.writeDoubleLE(first, 8)
  header.writeUInt32LE(crc32(header.subarray(0, 16)), 16)
  return header
}

/** Whether a segment begins as one whose first event has this number. */
export function isSegmentHeader(bytes: Buffer, first: number): boolean {
  return bytes.length >= SEGMENT_HEADER && bytes.subarray(0, SEGMENT_HEADER).equals(segmentHeader(first))
}

/** Fills in the header that stands before encoded events. */
export function sealRecord(record: Buffer, count: number, sequence: number, group: number): void {
  MARK.copy(record)
  record.writeUInt32LE(record.length - RECORD_HEADER, 4)
  record.writeUInt32LE(count, 12)
  record.writeDoubleLE(sequence, 16)
  record.writeUInt32LE(group, 24)
  record.writeUInt32LE(crc32(record.subarray(12)), 8)
}

/** Reads a file in windows, so that a segment need not lie in memory. */
export class RecordReader {
  readonly #file: FileHandle
  readonly #size: number
  #window = Buffer.alloc(0)
  #begin = 0

  /** @param size what of the file there is to read */
  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.#size = size
  }

  /** Bytes [at, at + length) of the file, fewer at its end. */
  async bytes(at: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.#size - at))
    if (at < this.#begin || at + wanted > this.#begin + this.#window.length) {
      const window = Buffer.allocUnsafe(Math.max(0, Math.min(Math.max(wanted, CHUNK), this.#size - at)))
      let done = 0
      while (done < window.length) {
        const { bytesRead } = await this.#file.read(window, done, window.length - done, at + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      this.#window = window.subarray(0, done)
      this.#begin = at
    }
    return this.#window.subarray(at - this.#begin, Math.min(at - this.#begin + wanted, this.#window.length))
  }

  /** The record at `begin`; undefined if there is no whole, unaltered one. */
  async record(begin: number): Promise<EventRecord | undefined> {
    const header = await this.bytes(begin, RECORD_HEADER)
    if (header.length < RECORD_HEADER || !header.subarray(0, 4).equals(MARK)) return undefined
    const end = begin + RECORD_HEADER + header.readUInt32LE(4)
    if (end > this.#size) return undefined
    const whole = await this.bytes(begin, end - begin)
    if (whole.length < end - begin || crc32(whole.subarray(12)) !== whole.readUInt32LE(8)) return undefined
    return {
      begin,
      end,
      count: whole.readUInt32LE(12),
      sequence: whole.readDoubleLE(16),
      group: whole.readUInt32LE(24),
      events: whole.subarray(RECORD_HEADER),
    }
  }

  /** The first whole record that begins at `from` or later, wherever that is. */
  async next(from: number): Promise<EventRecord | undefined> {
    for (let at = from; at + RECORD_HEADER <= this.#size; ) {
      const some = await this.bytes(at, CHUNK)
      const found = some.indexOf(MARK)
      if (found < 0) {
        at += Math.max(1, some.length - MARK.length + 1)
        continue
      }
      const record = await this.record(at + found)
      if (record !== undefined) return record
      at += found + 1
    }
    return undefined
  }
}
