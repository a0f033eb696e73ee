import { mkdir, readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { systemError } from '../../native/system-errors.js'
import { mergeable, mergeSegments } from './merge-segments.js'
import { encodeSegmentRecord, HEAD_BYTES, isIntactRecord, KEY_BYTES, recordBytes, sizeOfRecord } from './segment.js'
import {
  fill,
  isLeftOver,
  isSegment,
  isWriterGone,
  openSegment,
  type Place,
  type Segment,
  segmentName,
  writeAll,
} from './segment-files.js'

const READ_BYTES = 1 << 22
const SEGMENT_BYTES = 1 << 26
const READS_AT_ONCE = 32

/** What was found wrong in a file when the folder was opened. */
export interface CutSegment {
  /** The file. */
  file: string
  /** How many bytes of its end were no whole records. */
  bytes: number
}

/**
 * Payloads by key in a folder: files that grow at their end alone, one by each process that writes. What a crash leaves of a
 * last record is cut off at the next opening. Small files of processes that have ended are made one. Of too many bytes the oldest
 * file goes.
 */
export class DiskCache {
  readonly #folder: string
  readonly #maxBytes: number
  readonly #segments: Segment[] = []
  readonly #places = new Map<string, Place>()
  #own: Segment | undefined
  #writing: Promise<void> = Promise.resolve()
  #isClosed = false
  #isClosing = false
  readonly cut: CutSegment[] = []
  /** Records whose checksum failed when they were read. */
  damaged = 0
  /** Files dropped for want of room. */
  dropped = 0
  /** Files that became part of another. */
  merged = 0
  failedWrites = 0
  lastError: string | undefined

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#maxBytes = maxBytes
  }

  /** @throws ERR_IO, ERR_RESOURCES, ERR_ABORTED */
  static async open(folder: string, maxBytes: number, signal: AbortSignal | undefined): Promise<DiskCache> {
    const cache = new DiskCache(folder, maxBytes)
    try {
      await mkdir(folder, { recursive: true })
      const names = await readdir(folder)
      for (const name of names.filter(isLeftOver)) await rm(join(folder, name), { force: true })
      for (const name of names.filter(isSegment).sort()) await cache.#load(name, signal)
      await cache.#dropOldest()
      cache.#write(() => cache.#merge())
      return cache
    } catch (cause) {
      await cache.close()
      throw systemError(`${folder}: cannot be opened as a cache`, cause)
    }
  }

  get entries(): number {
    return this.#places.size
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0)
  }

  async #load(name: string, signal: AbortSignal | undefined): Promise<void> {
    const path = join(this.#folder, name)
    const segment = await openSegment(path, 'r').catch((error: NodeJS.ErrnoException) => {
      // Another process has dropped it meanwhile, or made it part of another.
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (segment === undefined) return
    this.#segments.push(segment)
    const total = (await segment.file.stat()).size
    const yielder = new LoopYielder(signal)
    let buffer = new Uint8Array(READ_BYTES)
    for (let isWhole = true; isWhole && segment.size < total; ) {
      let filled = await fill(segment.file, buffer, segment.size)
      const first = sizeOfRecord(buffer.subarray(0, filled), 0)
      if (first > buffer.length && segment.size + first <= total) {
        buffer = new Uint8Array(first)
        filled = await fill(segment.file, buffer, segment.size)
      }
      const bytes = buffer.subarray(0, filled)
      let at = 0
      for (;;) {
        const size = sizeOfRecord(bytes, at)
        if (!isIntactRecord(bytes, at, size)) break
        this.#place(
          segment,
          keyText(bytes.subarray(at + 8, at + 8 + KEY_BYTES)),
          segment.size + at,
          size - recordBytes(0),
        )
        at += size
        if (yielder.due) await yielder.yieldToLoop()
      }
      segment.size += at
      isWhole = at > 0
    }
    if (segment.size === total) return
    this.cut.push({ file: path, bytes: total - segment.size })
    if (isWriterGone(name)) await truncate(path, segment.size)
  }

  #place(segment: Segment, key: string, at: number, payload: number): void {
    segment.keys.push(key)
    this.#places.set(key, { segment, at, payload })
  }

  /** The payload of each key, undefined for what there is not. Never fails: what cannot be read is not there. */
  async get(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const out = new Array<Uint8Array | undefined>(keys.length)
    for (let begin = 0; begin < keys.length; begin += READS_AT_ONCE) {
      const some = keys.slice(begin, begin + READS_AT_ONCE)
      const read = await Promise.all(some.map((key) => (this.#places.has(key) ? this.#read(key) : undefined)))
      for (const [i, payload] of read.entries()) out[begin + i] = payload
    }
    return out
  }

  async #read(key: string): Promise<Uint8Array | undefined> {
    const place = this.#places.get(key)!
    const bytes = new Uint8Array(recordBytes(place.payload))
    let failure: string | undefined
    try {
      const filled = await fill(place.segment.file, bytes, place.at)
      const isSame = filled === bytes.length && keyText(bytes.subarray(8, HEAD_BYTES)) === key
      if (isSame && sizeOfRecord(bytes, 0) === bytes.length && isIntactRecord(bytes, 0, bytes.length))
        return bytes.slice(HEAD_BYTES, HEAD_BYTES + place.payload)
    } catch (error) {
      failure = (error as Error).message
    }
    const now = this.#places.get(key)
    // Its segment became part of another while it was read.
    if (now !== undefined && now !== place) return this.#read(key)
    if (failure === undefined) this.damaged++
    else this.lastError = failure
    this.#places.delete(key)
    return undefined
  }

  /** Appends what is not there yet. Resolves once the system has it; what cannot be written is counted and left out. */
  put(records: readonly { key: string; payload: Uint8Array }[]): Promise<void> {
    return this.#write(() => this.#append(records.filter(({ key }) => !this.#places.has(key))))
  }

  /** Runs what changes files once all before it is done; what fails is counted. */
  #write(change: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (this.#isClosed) return
      try {
        await change()
      } catch (error) {
        this.failedWrites++
        this.lastError = (error as Error).message
      }
    })
    return this.#writing
  }

  async #append(records: readonly { key: string; payload: Uint8Array }[]): Promise<void> {
    for (let begin = 0; begin < records.length; ) {
      const parts: Uint8Array[] = []
      let bytes = 0
      let end = begin
      while (end < records.length && bytes < READ_BYTES) {
        const { key, payload } = records[end++]!
        const part = encodeSegmentRecord(Buffer.from(key, 'base64url'), payload)
        parts.push(part)
        bytes += part.length
      }
      const segment = await this.#segmentFor(bytes)
      // At a place of its own: what a failed write has left there is overwritten.
      const all = Buffer.concat(parts)
      await writeAll(segment.file, all, segment.size)
      for (const part of parts) {
        const { key, payload } = records[begin++]!
        this.#place(segment, key, segment.size, payload.length)
        segment.size += part.length
      }
    }
    await this.#dropOldest()
  }

  /** Bytes of a segment at most. */
  get #limit(): number {
    return Math.min(SEGMENT_BYTES, Math.max(1, Math.floor(this.#maxBytes / 4)))
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    const limit = this.#limit
    if (this.#own !== undefined && (this.#own.size === 0 || this.#own.size + bytes <= limit)) return this.#own
    this.#own = await openSegment(join(this.#folder, segmentName(Date.now())), 'wx+')
    this.#segments.push(this.#own)
    return this.#own
  }

  /** Makes one file of small ones that nobody writes to any more. */
  async #merge(): Promise<void> {
    const old = mergeable(this.#segments, this.#limit)
    if (old.length === 0) return
    const records = new Map<string, Place>()
    for (const segment of old)
      for (const key of segment.keys) {
        const place = this.#places.get(key)
        if (place?.segment === segment) records.set(key, place)
      }
    const made = await mergeSegments(old, records, () => this.#isClosing)
    if (made === undefined) return
    for (const [key, place] of records) {
      const now = made.places.get(key)
      if (this.#places.get(key) !== place) continue
      if (now === undefined) this.#places.delete(key)
      else this.#places.set(key, now)
    }
    this.#segments.splice(this.#segments.indexOf(old.at(-1)!), 1, made.segment)
    for (const segment of old) {
      const at = this.#segments.indexOf(segment)
      if (at >= 0) this.#segments.splice(at, 1)
      this.merged++
      await segment.file.close()
      await rm(segment.path, { force: true })
    }
  }

  /** Drops whole files, the oldest first, until the rest is within the limit. */
  async #dropOldest(): Promise<void> {
    while (this.#segments.length > 1 && this.bytes > this.#maxBytes) {
      const segment = this.#segments.shift()!
      for (const key of segment.keys) if (this.#places.get(key)?.segment === segment) this.#places.delete(key)
      this.dropped++
      await segment.file.close()
      await rm(segment.path, { force: true })
    }
  }

  /** Waits for what is being written. */
  async flush(): Promise<void> {
    await this.#writing
  }

  /** Ends writing and closes the files. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#writing
    this.#isClosed = true
    for (const { file } of this.#segments.splice(0)) await file.close().catch(() => undefined)
    this.#places.clear()
  }
}

const keyText = (key: Uint8Array) => Buffer.from(key.buffer, key.byteOffset, key.length).toString('base64url')
