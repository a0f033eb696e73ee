import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { renameDurably } from '../../data/storage/atomic-write.js'
import { isIntactRecord, recordBytes, sizeOfRecord } from './segment.js'
import {
  fill,
  isWriterGone,
  mergingName,
  openSegment,
  type Place,
  type Segment,
  segmentName,
  timeOf,
  writeAll,
} from './segment-files.js'

/** So many files are made one: fewer are no burden, and each record is copied seldom. */
const MERGED_FILES = 8
const WRITE_BYTES = 1 << 22

/**
 * Segments worth being made one, the oldest first: small ones, of processes that have ended; none where they are few.
 * @param limit bytes of a segment at most
 */
export function mergeable(segments: readonly Segment[], limit: number): Segment[] {
  const found: Segment[] = []
  let bytes = 0
  for (const segment of segments) {
    if (2 * segment.size > limit || bytes + segment.size > limit || !isWriterGone(basename(segment.path))) continue
    bytes += segment.size
    found.push(segment)
  }
  return found.length < MERGED_FILES ? [] : found
}

/**
 * A segment that holds the records at these places: written whole beside the others, then renamed into place, so that
 * whoever opens the folder at any moment finds each record in the old segments or in this one. Records that are damaged are left out.
 * @param from the segments that it is made of, the oldest first
 * @param isOver whether it is not wanted any more
 * @returns the segment, and where each record is in it; undefined once `isOver`
 */
export async function mergeSegments(
  from: readonly Segment[],
  records: ReadonlyMap<string, Place>,
  isOver: () => boolean,
): Promise<{ segment: Segment; places: Map<string, Place> } | undefined> {
  const folder = dirname(from[0]!.path)
  const path = join(folder, mergingName())
  // It stands where the newest of them stood.
  const target = join(folder, segmentName(timeOf(from.at(-1)!)))
  const written = await openSegment(path, 'wx+')
  let isWhole = false
  try {
    const kept: { key: string; at: number; payload: number }[] = []
    let parts: Uint8Array[] = []
    let [begun, size] = [0, 0]
    const write = async () => {
      await writeAll(written.file, Buffer.concat(parts), begun)
      parts = []
      begun = size
    }
    for (const [key, { segment, at, payload }] of records) {
      if (isOver()) return undefined
      const bytes = new Uint8Array(recordBytes(payload))
      const filled = await fill(segment.file, bytes, at)
      if (filled < bytes.length || sizeOfRecord(bytes, 0) !== filled || !isIntactRecord(bytes, 0, filled)) continue
      kept.push({ key, at: size, payload })
      parts.push(bytes)
      size += filled
      if (size - begun >= WRITE_BYTES) await write()
    }
    await write()
    await written.file.sync()
    await renameDurably(path, target)
    isWhole = true
    const segment = { path: target, file: written.file, size, keys: kept.map(({ key }) => key) }
    return { segment, places: new Map(kept.map(({ key, at, payload }) => [key, { segment, at, payload }])) }
  } finally {
    if (!isWhole) {
      await written.file.close()
      await rm(path, { force: true })
    }
  }
}
