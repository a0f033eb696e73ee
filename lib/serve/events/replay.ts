import { open } from 'node:fs/promises'
import { KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import type { StoredEvent } from './event.js'
import { decodeEvents } from './event-codec.js'
import { isSegmentHeader, RecordReader, SEGMENT_HEADER } from './records.js'
import { damaged, type EventLogReport, type Segment } from './segments.js'

/** What there is to replay. */
export interface ReplayedLog {
  readonly segments: readonly Segment[]
  /** Bytes of the last one that are durable. */
  readonly size: number
  /** Events before this number. */
  readonly next: number
  readonly skips: boolean
}

/**
 * The events from a number on, those of one append after the other.
 * @param report gets what is skipped
 * @param reached is told of each file before it is read
 * @throws ERR_DATA for damage, naming the file and the place; ERR_IO
 */
export async function* replayed(
  log: ReplayedLog,
  from: number,
  report: EventLogReport,
  reached: (segment: Segment) => void,
): AsyncGenerator<StoredEvent[], void, void> {
  const { segments, skips } = log
  let expected = Math.max(from, segments[0]?.first ?? 0)
  /** Events up to `until` are lost. */
  const lost = (path: string, offset: number, until: number) => {
    if (!skips) throw damaged(path, offset)
    report.skippedEvents += until - expected
    expected = until
  }
  for (const [n, segment] of segments.entries()) {
    const following = segments[n + 1]
    const end = following?.first ?? log.next
    if (end <= expected) continue
    reached(segment)
    const { path, first } = segment
    try {
      const file = await open(path, 'r')
      try {
        const size = following === undefined ? log.size : (await file.stat()).size
        const reader = new RecordReader(file, size)
        if (!isSegmentHeader(await reader.bytes(0, SEGMENT_HEADER), first) && !skips) throw damaged(path, 0)
        let at = SEGMENT_HEADER
        let sequence = first
        while (at < size) {
          const found = await reader.record(at)
          const record = found?.sequence === sequence ? found : await reader.next(at + 1)
          const isWrong = record !== found || record === undefined
          if (isWrong && !skips) throw damaged(path, at)
          if (isWrong) report.skippedBytes += (record?.begin ?? size) - at
          if (record === undefined) break
          if (record.sequence > expected) lost(path, at, Math.min(record.sequence, end))
          at = record.end
          sequence = record.sequence + record.count
          if (sequence <= expected) continue
          const events = decodeEvents(record.events, record.count, `${path}, byte ${record.begin}`)
          const some: StoredEvent[] = []
          for (const [i, event] of events.entries())
            if (record.sequence + i >= expected) some.push({ ...event, sequence: record.sequence + i })
          expected = sequence
          yield some
        }
        if (expected < end) lost(path, at, end)
      } finally {
        await file.close()
      }
    } catch (cause) {
      if (cause instanceof KindredError) throw cause
      throw systemError(`${path}: cannot be read`, cause)
    }
  }
}
