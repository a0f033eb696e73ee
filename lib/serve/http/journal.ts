import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import type { ServiceEvent } from './live-source.js'

const FILE = 'events.jsonl'

/** CRC-32 of IEEE 802.3, reflected, as zlib has it, eight hexadecimal digits. */
function crc32(text: string): string {
  let crc = ~0
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (~crc >>> 0).toString(16).padStart(8, '0')
}

/** The events of a line, undefined where it is not whole. */
function eventsOf(line: string): ServiceEvent[] | undefined {
  const text = line.slice(9)
  if (line.slice(0, 8) !== crc32(text)) return undefined
  return JSON.parse(text) as ServiceEvent[]
}

/**
 * Events of one service in a file that only grows: a line for each request, its checksum before it. What {@link append} has
 * acknowledged is on the disk; requests that come while the disk works are written by its next turn together.
 */
export class Journal {
  readonly #file: FileHandle
  readonly #path: string
  #waiting: { line: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  #writing: Promise<void> | undefined
  /** What is wrong with the file since a write failed midway; nothing is acknowledged after. */
  #broken: unknown

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /**
   * Opens the journal of a folder, which is made if need be.
   * @returns `cut`: the bytes of a last line that a crash had cut short, which are gone now
   * @throws ERR_IO
   */
  static async open(dir: string): Promise<{ journal: Journal; cut: number }> {
    const path = join(dir, FILE)
    try {
      await mkdir(dir, { recursive: true })
      const file = await open(path, 'a+')
      const bytes = await readFile(path)
      const end = bytes.lastIndexOf(10) + 1
      if (end < bytes.length) await file.truncate(end)
      return { journal: new Journal(path, file), cut: bytes.length - end }
    } catch (cause) {
      throw systemError(`${path}: cannot be opened`, cause)
    }
  }

  /**
   * All events that are acknowledged, in the order in which they were; perhaps some of those that are being written.
   * @throws ERR_DATA for a line that is damaged, ERR_IO
   */
  async events(): Promise<ServiceEvent[]> {
    const bytes = await readFile(this.#path).catch((cause: unknown) => {
      throw systemError(`${this.#path}: cannot be read`, cause)
    })
    const lines = bytes
      .subarray(0, bytes.lastIndexOf(10) + 1)
      .toString()
      .split('\n')
      .slice(0, -1)
    const yielder = new LoopYielder()
    const events: ServiceEvent[] = []
    await yielder.over(lines.length, 256, (first, until) => {
      for (let n = first; n < until; n++) {
        const some = eventsOf(lines[n]!)
        if (some === undefined)
          throw new KindredError(
            'ERR_DATA',
            `${this.#path}: line ${n + 1} is damaged. Restore the file, or move it away.`,
          )
        for (const event of some) events.push(event)
      }
    })
    return events
  }

  /** Adds the events of a request. The promise is kept once they are on the disk. @throws ERR_IO */
  append(events: readonly ServiceEvent[]): Promise<void> {
    const text = JSON.stringify(events)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: `${crc32(text)} ${text}\n`, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting
      this.#waiting = []
      try {
        if (this.#broken !== undefined) throw this.#broken
        await this.#file.appendFile(some.map(({ line }) => line).join(''))
        await this.#file.datasync()
        for (const { resolve } of some) resolve()
      } catch (cause) {
        this.#broken = cause
        for (const { reject } of some) reject(systemError(`${this.#path}: cannot be written`, cause))
      }
    }
    this.#writing = undefined
  }

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }
}
