import { randomBytes } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename } from 'node:path'

/** Segments sort by name as they were begun. */
const NAME = /^vectors-(\d{15})-([0-9a-f]+)-(\d+)-[0-9a-f]+\.kec$/
/** Segments that are being made of others. */
const MERGING = /^merging-(\d{15})-([0-9a-f]+)-(\d+)-[0-9a-f]+\.tmp$/

const host = Buffer.from(hostname()).toString('hex').slice(0, 24) || '0'

/** A file of records. */
export interface Segment {
  readonly path: string
  readonly file: FileHandle
  /** Bytes of whole records. */
  size: number
  readonly keys: string[]
}

/** Where a record is. */
export interface Place {
  readonly segment: Segment
  readonly at: number
  readonly payload: number
}

export const isSegment = (name: string) => NAME.test(name)

const ofTime = (time: number) =>
  `${String(time).padStart(15, '0')}-${host}-${process.pid}-${randomBytes(4).toString('hex')}`

/** The name of a segment that this process begins. @param time by which it stands among the others */
export const segmentName = (time: number) => `vectors-${ofTime(time)}.kec`

/** The name of one until it is whole. */
export const mergingName = () => `merging-${ofTime(Date.now())}.tmp`

/** By which a segment stands among the others. */
export const timeOf = ({ path }: Segment) => Number(NAME.exec(basename(path))![1])

/** Whether the process that began the segment has ended; of other machines nobody knows. */
export function isWriterGone(name: string): boolean {
  const [, , writerHost, pid] = (NAME.exec(name) ?? MERGING.exec(name))!
  if (writerHost !== host || Number(pid) === process.pid) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Whether a merger that has ended left the file unfinished. */
export const isLeftOver = (name: string) => MERGING.test(name) && isWriterGone(name)

/** @param flags 'r' to read, 'wx+' for one that is begun */
export async function openSegment(path: string, flags: 'r' | 'wx+'): Promise<Segment> {
  return { path, file: await open(path, flags), size: 0, keys: [] }
}

/** Reads until the buffer is full or the file ends. */
export async function fill(file: FileHandle, buffer: Uint8Array, position: number): Promise<number> {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

/** Writes all bytes. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}
