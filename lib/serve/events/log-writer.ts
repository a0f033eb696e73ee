import type { FileHandle } from 'node:fs/promises'
import { KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { SEGMENT_HEADER, sealRecord } from './records.js'
import { createSegment, type Segment } from './segments.js'
import type { WriterLock } from './writer-lock.js'

interface Append {
  record: Buffer
  count: number
  resolve(next: number): void
  reject(error: unknown): void
}

/** The end of a log, where it is written on. */
export interface LogEnd {
  segments: Segment[]
  /** The last segment, open; undefined where the next append begins one. */
  file: FileHandle | undefined
  /** Its bytes that are durable. */
  size: number
  /** The number of the next event. */
  next: number
}

/** Appends records to the end of a log: those that wait at the same time share one flush. */
export class LogWriter {
  readonly #dir: string
  readonly #segmentBytes: number
  readonly #lock: WriterLock
  readonly segments: Segment[]
  #file: FileHandle | undefined
  #size: number
  #next: number
  #waiting: Append[] = []
  #waitingBytes = 0
  #flushing: Promise<void> | undefined
  /** Whether bytes that were not acknowledged may lie behind those that were. */
  #isDirty = false

  constructor(dir: string, segmentBytes: number, lock: WriterLock, { segments, file, size, next }: LogEnd) {
    this.#dir = dir
    this.#segmentBytes = segmentBytes
    this.#lock = lock
    this.segments = segments
    this.#file = file
    this.#size = size
    this.#next = next
  }

  /** Bytes of the last segment that are durable. */
  get size(): number {
    return this.#size
  }

  /** The number of the next event: those before are durable. */
  get next(): number {
    return this.#next
  }

  /** Bytes of events that wait for the disk. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Whether events wait that no flush has begun to write. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** @returns once it is durable, the number of the event after it. @throws ERR_IO */
  append(record: Buffer, count: number): Promise<number> {
    this.#waitingBytes += record.length
    return new Promise<number>((resolve, reject) => {
      this.#waiting.push({ record, count, resolve, reject })
      this.#flushing ??= this.#flush()
    })
  }

  /** Writes what waits and closes the file. @throws what the system says */
  async close(): Promise<void> {
    await this.#flushing
    try {
      await this.#file?.close()
    } finally {
      this.#file = undefined
    }
  }

  /** Writes what waits, again and again until nothing does. */
  async #flush(): Promise<void> {
    // What is appended in this turn goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
      try {
        await this.#write(group)
      } catch (cause) {
        const error = systemError(`${this.#dir}: events cannot be written`, cause)
        for (const { reject } of group) reject(error)
      }
    }
    this.#flushing = undefined
  }

  /** Writes and flushes a group, then acknowledges it. */
  async #write(group: Append[]): Promise<void> {
    if (this.#lock.isLost)
      throw new KindredError(
        'ERR_IO',
        `${this.#dir}: another writer may have taken the log over while this process stood still. Open it again.`,
      )
    const file = await this.#writable()
    const begin = this.#size
    let sequence = this.#next
    let size = begin
    for (const { record, count } of group) {
      sealRecord(record, count, sequence, begin)
      sequence += count
      size += record.length
    }
    this.#isDirty = true
    const bytes = group.length === 1 ? group[0]!.record : Buffer.concat(group.map(({ record }) => record))
    try {
      for (let done = 0; done < bytes.length; )
        done += (await file.write(bytes, done, bytes.length - done, begin + done)).bytesWritten
      await file.datasync()
    } catch (error) {
      await this.#undo(file)
      throw error
    }
    this.#isDirty = false
    this.#size = size
    let next = this.#next
    this.#next = sequence
    for (const { count, resolve } of group) {
      next += count
      resolve(next)
    }
  }

  /**
   * After a failed write or flush: cuts off what was not acknowledged, and goes on in another file, since nobody knows what the
   * system still holds of this one (Rebello et al. 2020, "Can Applications Recover from fsync Failures?").
   */
  async #undo(file: FileHandle): Promise<void> {
    try {
      await file.truncate(this.#size)
      await file.datasync()
      this.#isDirty = false
    } catch {
      return // tried again before the next write
    }
    if (this.#size === SEGMENT_HEADER) return
    await file.close().catch(() => undefined)
    this.#file = undefined
  }

  /** The file to write to: another one where the last is full. */
  async #writable(): Promise<FileHandle> {
    if (this.#file !== undefined && this.#isDirty) {
      await this.#file.truncate(this.#size)
      await this.#file.datasync()
      this.#isDirty = false
    }
    if (this.#file !== undefined && this.#size < this.#segmentBytes) return this.#file
    const { segment, file } = await createSegment(this.#dir, this.#next)
    await this.#file?.close().catch(() => undefined)
    this.#file = file
    this.segments.push(segment)
    this.#size = SEGMENT_HEADER
    return file
  }
}
