import { rm } from 'node:fs/promises'
import { folderError, makeFolder } from '../../data/storage/make-folder.js'
import { checkInteger, checkOneOf, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { untilAborted } from '../../native/native-call.js'
import { systemError } from '../../native/system-errors.js'
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.js'
import { checkEvents, type EventInput, type StoredEvent } from './event.js'
import { encodeEvents } from './event-codec.js'
import { type LogEnd, LogWriter } from './log-writer.js'
import { RECORD_HEADER } from './records.js'
import { replayed } from './replay.js'
import { type EventLogReport, listSegments, openEnd, type Segment, sizeOf } from './segments.js'
import { lockWriter, type WriterLock } from './writer-lock.js'

/** Events of one append, at most: they are encoded in one piece. */
const MAX_EVENTS = 1 << 14

/** Options of {@link EventLog.open}. */
export interface EventLogOptions extends AbortOptions {
  /** Bytes after which a new file is begun, 2^12 to 2^31. Default 64 MiB. */
  segmentBytes?: number
  /** Bytes of events that may wait for the disk; {@link EventLog.append} refuses more. Default 64 MiB. */
  maxWaitingBytes?: number
  /**
   * What to do with events that were acknowledged and cannot be read any more: refuse with the file and the place ('error',
   * default), or leave them out and count them in {@link EventLog.report} ('skip').
   */
  onDamage?: 'error' | 'skip'
  /** How long to wait for another writer of this log to end, in milliseconds. Default 0. */
  lockTimeout?: number
}

/** Options of {@link EventLog.checkpoint}. */
export interface CheckpointOptions extends AbortOptions {
  /** Whether files all of whose events come before the checkpoint are removed. Default true. */
  compact?: boolean
}

/**
 * A durable log of events: a folder of files to which events are appended, and from which they are read again after a crash.
 *
 * What {@link append} has acknowledged is on the disk (fdatasync), whatever ends the process or the machine after. Appends that wait
 * at the same time are flushed together (group commit: Gray, Reuter 1992, "Transaction Processing", section 9.4.7), so that many
 * writers share one flush. The events of one append are all there after a crash, or none. Each record has a CRC-32; docs/online-learning.md
 * describes the format.
 *
 * One writer at a time: another process, or another `open` in this one, is refused.
 */
export class EventLog {
  /** The folder. */
  readonly dir: string
  readonly #options: Required<Omit<EventLogOptions, 'signal'>>
  readonly #lock: WriterLock
  readonly #report: EventLogReport
  readonly #writer: LogWriter
  #checkpointed: number
  #isClosed = false
  /** First events of the files that replays under way are at. */
  readonly #readers = new Set<{ first: number }>()

  private constructor(
    dir: string,
    options: Required<Omit<EventLogOptions, 'signal'>>,
    lock: WriterLock,
    found: LogEnd & { checkpointed: number; report: EventLogReport },
  ) {
    this.dir = dir
    this.#options = options
    this.#lock = lock
    this.#writer = new LogWriter(dir, options.segmentBytes, lock, found)
    this.#checkpointed = found.checkpointed
    this.#report = found.report
  }

  /**
   * Opens the log of a folder, which is made if it is not there. What a crash left of an append that was not acknowledged is cut
   * off the end, and told in {@link report}.
   * @throws ERR_VALUE for illegal options, ERR_IO if another writer has it open or the file system refuses, ERR_DATA for damage before
   * events that were acknowledged, under `onDamage: 'error'`, ERR_ABORTED
   */
  static async open(dir: string, options: EventLogOptions = {}): Promise<EventLog> {
    options = checkOptions('EventLog.open', options, [
      ...(['segmentBytes', 'maxWaitingBytes', 'onDamage', 'lockTimeout', 'signal'] as const),
    ])
    checkString('dir', dir)
    throwIfAborted(options.signal)
    const own = {
      segmentBytes: checkInteger('segmentBytes', options.segmentBytes ?? 2 ** 26, { min: 2 ** 12, max: 2 ** 31 }),
      maxWaitingBytes: checkInteger('maxWaitingBytes', options.maxWaitingBytes ?? 2 ** 26, { min: 2 ** 10 }),
      onDamage: checkOneOf('onDamage', options.onDamage ?? 'error', ['error', 'skip']),
      lockTimeout: checkInteger('lockTimeout', options.lockTimeout ?? 0, { min: 0 }),
    }
    let lock: WriterLock | undefined
    try {
      await makeFolder(dir)
      lock = await lockWriter(dir, own.lockTimeout)
      throwIfAborted(options.signal)
      const report: EventLogReport = { cutBytes: 0, cutFile: undefined, skippedBytes: 0, skippedEvents: 0 }
      const checkpointed = await readCheckpoint(dir)
      const segments = await listSegments(dir)
      const skips = own.onDamage === 'skip'
      const last = segments.at(-1)
      let end = last && (await openEnd(last, skips, report))
      let next = end?.next ?? last?.first ?? checkpointed
      if (last !== undefined && end === undefined) segments.pop()
      // The file before one that was only begun is whole.
      const size = end?.size ?? (await sizeOf(segments.at(-1)))
      // Events before a checkpoint that are no longer there must not get their numbers again.
      if (next < checkpointed) {
        if (!skips)
          throw new KindredError(
            'ERR_DATA',
            `${dir}: the log ends before event ${next} but its checkpoint is at ${checkpointed}: files are missing. Restore them, or open it with onDamage: 'skip'.`,
          )
        report.skippedEvents += checkpointed - next
        await end?.file.close()
        end = undefined
        next = checkpointed
      }
      return new EventLog(dir, own, lock, { segments, file: end?.file, size, next, checkpointed, report })
    } catch (cause) {
      await lock?.release()
      throw folderError(dir, 'opened as a log', cause)
    }
  }

  /** What was cut off or skipped since it was opened. */
  get report(): EventLogReport {
    return { ...this.#report }
  }

  /** The number of the oldest event that is there; that of the {@link next} one if none is. */
  get first(): number {
    return this.#writer.segments[0]?.first ?? this.#writer.next
  }

  /** The number that the next event gets: so many the log ever had. */
  get next(): number {
    return this.#writer.next
  }

  /** The number of the first event that the last {@link checkpoint} does not cover; 0 without one. */
  get checkpointed(): number {
    return this.#checkpointed
  }

  /**
   * Appends events, all of them or none. The promise is kept once they are on the disk.
   *
   * After a failure of the disk the log is as it was before, and later appends are tried anew.
   * @param events up to 16384
   * @throws ERR_VALUE for what is no event, ERR_TOO_LARGE for more of them, ERR_OVERLOADED where more bytes wait than may, ERR_IO where
   * the disk is full or fails, ERR_DISPOSED after {@link close}; ERR_ABORTED where the signal fires before they are on the disk: they
   * may then be written all the same
   */
  async append(events: Iterable<EventInput>, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('append', options, ['signal'])
    throwIfAborted(options.signal)
    await untilAborted(this.appended(events), options.signal)
  }

  /** @internal Appends events. @returns the number of the event after them */
  appended(events: Iterable<EventInput>): Promise<number> {
    this.#checkOpen()
    const own = checkEvents(events)
    if (own.length === 0) return Promise.resolve(this.#writer.next)
    if (own.length > MAX_EVENTS)
      throw new KindredError(
        'ERR_TOO_LARGE',
        `append: expected at most ${MAX_EVENTS} events but received ${own.length}. Divide the list.`,
      )
    const record = encodeEvents(own, RECORD_HEADER)
    if (this.#writer.isWaiting && this.#writer.waitingBytes + record.length > this.#options.maxWaitingBytes)
      throw new KindredError(
        'ERR_OVERLOADED',
        `${this.dir}: ${this.#writer.waitingBytes} bytes of events wait for the disk. Try again later, or raise maxWaitingBytes.`,
      )
    return this.#writer.append(record, own.length)
  }

  /**
   * The events from a number on that are durable at the call, in their order.
   * @param from that number. Default {@link first}
   * @throws ERR_VALUE for a number of events that were removed or that are not there yet, ERR_DATA for damage under `onDamage:
   * 'error'`, naming the file and the byte, ERR_IO, ERR_DISPOSED
   */
  replay(from: number = this.first): AsyncIterable<StoredEvent> {
    const appends = this.replayAppends(from)
    return (async function* () {
      for await (const events of appends) yield* events
    })()
  }

  /** @internal The same, those of one append after the other. */
  replayAppends(from: number): AsyncIterable<StoredEvent[]> {
    this.#checkOpen()
    checkInteger('from', from, { min: Math.min(this.first, this.next), max: this.next })
    const log = {
      segments: [...this.#writer.segments],
      size: this.#writer.size,
      next: this.#writer.next,
      skips: this.#options.onDamage === 'skip',
    }
    const [report, readers] = [this.#report, this.#readers]
    return (async function* () {
      const reader = { first: from }
      readers.add(reader)
      try {
        yield* replayed(log, from, report, ({ first }) => {
          reader.first = first
        })
      } finally {
        readers.delete(reader)
      }
    })()
  }

  /**
   * Notes, durably, that a saved model has learnt all events before a number, so that a replay need not begin before it; and
   * removes the files that hold only such events, except where a replay reads them.
   * @throws ERR_VALUE for a number that is not there yet or below the last checkpoint, ERR_IO, ERR_DISPOSED, ERR_ABORTED
   */
  async checkpoint(next: number, options: CheckpointOptions = {}): Promise<void> {
    options = checkOptions('checkpoint', options, ['compact', 'signal'])
    throwIfAborted(options.signal)
    this.#checkOpen()
    checkInteger('next', next, { min: this.#checkpointed, max: this.next })
    await writeCheckpoint(this.dir, next)
    this.#checkpointed = Math.max(this.#checkpointed, next)
    if (options.compact !== false) await this.#compact()
  }

  async #compact(): Promise<void> {
    let least = this.#checkpointed
    for (const { first } of this.#readers) least = Math.min(least, first)
    const { segments } = this.#writer
    while (segments.length > 1 && segments[1]!.first <= least) {
      const [{ path }] = segments as [Segment]
      try {
        await rm(path, { force: true })
      } catch (cause) {
        throw systemError(`${path}: cannot be removed`, cause)
      }
      if (segments[0]?.path === path) segments.shift()
    }
  }

  /** Writes what waits, and gives the folder free. Calling it again does nothing. @throws ERR_IO, ERR_ABORTED */
  async close(options: AbortOptions = {}): Promise<void> {
    options = checkOptions('close', options, ['signal'])
    throwIfAborted(options.signal)
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      await this.#writer.close()
    } catch (cause) {
      throw systemError(`${this.dir}: cannot be closed`, cause)
    } finally {
      await this.#lock.release()
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new KindredError('ERR_DISPOSED', `${this.dir}: the log was closed. Open it again.`)
  }
}

guardReceivers(EventLog)
