import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ChangeQueue } from '../../data/change-queue.js'
import type { Recommender } from '../../models/base/recommender.js'
import type { AbortOptions } from '../../native/call-options.js'
import type { LogEvent } from '../events/event.js'
import { EventLog } from '../events/event-log.js'
import { LiveModel } from '../live/live-model.js'
import type { LiveSource } from './live-source.js'

/** Milliseconds between two looks at a folder's config.json, and those to wait for the former process of a service to end. */
const WATCH_EVERY = 500
const LOCK_TIMEOUT = 5000

/** What tells one save in a folder from another: the beginning of the checksum of the weights. */
async function nameOf(dir: string): Promise<string> {
  try {
    const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as { weights?: { sha256?: unknown } }
    return String(config.weights?.sha256 ?? '').slice(0, 12)
  } catch {
    return '' // whoever loads the model says what is wrong
  }
}

/** The model of a folder, which is loaded anew when another one is saved there, and the log of its events. */
export class ServedFolder implements LiveSource {
  readonly #dir: string
  readonly #live: LiveModel
  readonly #log: EventLog
  readonly #reloads = new ChangeQueue()
  /** Of the save that was loaded last. */
  #name: string
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  private constructor(dir: string, name: string, live: LiveModel, log: EventLog) {
    this.#dir = dir
    this.#name = name
    this.#live = live
    this.#log = log
  }

  /**
   * Loads the model of `dir` and applies the events in the folder `events`.
   * @throws ERR_MODEL_FILE, ERR_VALUE for a model of clicks, ERR_DATA, ERR_IO, ERR_ABORTED
   */
  static async open(dir: string, options: { events: string; signal?: AbortSignal }): Promise<ServedFolder> {
    const { events, signal } = options
    const log = await EventLog.open(events, { lockTimeout: LOCK_TIMEOUT, signal })
    try {
      const name = await nameOf(dir)
      return new ServedFolder(dir, name, await LiveModel.open(dir, { log, version: name, signal }), log)
    } catch (error) {
      await log.close()
      throw error
    }
  }

  get current(): Recommender {
    return this.#live.current
  }

  get version(): string {
    return this.#live.version
  }

  /** Bytes of an append that a crash had cut short and that are gone now. */
  get cutBytes(): number {
    return this.#log.report.cutBytes
  }

  accept(events: readonly LogEvent[], options: AbortOptions = {}): Promise<void> {
    return this.#live.accept(events, options)
  }

  /** Loads the model again; requests under way keep the one they have. @throws ERR_MODEL_FILE, after which all is as it was */
  reload(): Promise<void> {
    return this.#reloads.run(async () => {
      const version = await nameOf(this.#dir)
      await this.#live.reload(this.#dir, { version })
      this.#name = version
    })
  }

  /** Reloads whenever the folder's config.json becomes another. `onReload` is told, with the error of one that failed. */
  watch(onReload: (error?: unknown) => void): void {
    const path = join(this.#dir, 'config.json')
    let last: string | undefined
    const turn = async () => {
      const found = await stat(path).catch(() => undefined)
      const now = found && `${found.ino} ${found.size} ${found.mtimeMs}`
      // Of the first look only the name tells whether it is what was loaded.
      const isOther =
        now !== undefined && (last === undefined ? (await nameOf(this.#dir)) !== this.#name : now !== last)
      last = now ?? last
      if (isOther) await this.reload().then(() => onReload(), onReload)
      if (!this.#isClosed) this.#timer = setTimeout(turn, WATCH_EVERY).unref()
    }
    void turn()
  }

  /** Ends the watch, waits for what is under way, and closes the log. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#reloads.run(async () => {})
    await this.#live.settled()
    await this.#log.close()
  }
}
