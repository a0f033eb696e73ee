import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { isSegmentHeader, RecordReader, SEGMENT_HEADER, segmentHeader } from './records.js'

const NAME = /^(\d{16})\.events$/

/** A file of a log. */
export interface Segment {
  readonly path: string
  /** The number of its first event. */
  readonly first: number
}

/** What was found wrong in a log, and what became of it. */
export interface EventLogReport {
  /** Events that were cut off the end: what a crash had left of an append that was never acknowledged, in bytes. */
  cutBytes: number
  /** The file that they were cut off; undefined where nothing was. */
  cutFile: string | undefined
  /** Bytes within the log that are damaged and were skipped, under `onDamage: 'skip'`. */
  skippedBytes: number
  /** Events that were lost with them. */
  skippedEvents: number
}

export const segmentPath = (dir: string, first: number) => join(dir, `${String(first).padStart(16, '0')}.events`)

/** The files of a log in their order. */
export async function listSegments(dir: string): Promise<Segment[]> {
  const segments = (await readdir(dir)).flatMap((name) => {
    const [, first] = NAME.exec(name) ?? []
    return first === undefined ? [] : [{ path: join(dir, name), first: Number(first) }]
  })
  return segments.sort((a, b) => a.first - b.first)
}

/** The bytes of a file; 0 for none. */
export const sizeOf = async (segment: Segment | undefined) => (segment ? (await stat(segment.path)).size : 0)

/** Makes a folder's entries durable. Windows cannot flush a folder, and need not. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A new file of a log, durable. */
export async function createSegment(dir: string, first: number): Promise<{ segment: Segment; file: FileHandle }> {
  const path = segmentPath(dir, first)
  const file = await open(path, 'wx+')
  try {
    await file.write(segmentHeader(first), 0, SEGMENT_HEADER, 0)
    await file.datasync()
    await syncFolder(dir)
    return { segment: { path, first }, file }
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  }
}

export const damaged = (path: string, offset: number) =>
  new KindredError(
    'ERR_DATA',
    `${path}: damaged at byte ${offset}, before events that were acknowledged. Restore the file from a copy, or open the log with onDamage: 'skip', which leaves out what cannot be read and counts it.`,
  )

/** The end of a log as it was found. */
export interface LogEnd {
  file: FileHandle
  /** Bytes of the file that hold whole records. */
  size: number
  /** The number of the next event. */
  next: number
}

/**
 * Opens the last file of a log for writing. What a crash left of appends that were not acknowledged is cut off: a record that is
 * not whole, and what was flushed together with it.
 * @throws ERR_DATA for damage before events that were acknowledged, unless it is to be skipped; ERR_IO
 */
export async function openEnd(segment: Segment, skips: boolean, report: EventLogReport): Promise<LogEnd | undefined> {
  const { path, first } = segment
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    const reader = new RecordReader(file, size)
    const header = await reader.bytes(0, SEGMENT_HEADER)
    const isBegun = isSegmentHeader(header, first)
    if (!isBegun && size > SEGMENT_HEADER && !skips) throw damaged(path, 0)
    if (!isBegun && size <= SEGMENT_HEADER) {
      // What a crash leaves while a file is begun; nothing was in it yet.
      await file.close()
      await rm(path, { force: true })
      Object.assign(report, { cutBytes: report.cutBytes + size, cutFile: path })
      return undefined
    }
    let [at, next] = [SEGMENT_HEADER, first]
    while (at < size) {
      const record = await reader.record(at)
      if (record !== undefined && record.sequence === next) {
        at = record.end
        next += record.count
        continue
      }
      const later = await reader.next(at + 1)
      if (later === undefined || later.group <= at) {
        report.cutBytes += size - at
        report.cutFile = path
        await file.truncate(at)
        await file.datasync()
        break
      }
      if (!skips || later.sequence < next) throw damaged(path, at)
      next = later.sequence + later.count
      at = later.end
    }
    return { file, size: at, next }
  } catch (cause) {
    await file.close().catch(() => undefined)
    throw systemError(`${path}: cannot be opened`, cause)
  }
}
