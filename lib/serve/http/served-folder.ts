import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Interactions } from '../../data/log/interactions.js'
import type { Recommender } from '../../models/base/recommender.js'
import { loadModel } from '../../models/load-model.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { Journal } from './journal.js'
import type { LiveSource, ServiceEvent } from './live-source.js'

/** Milliseconds between two looks at a folder's config.json. */
const WATCH_EVERY = 500

/** The events in the order given, the last one of a pair for it. */
const logOf = (events: readonly ServiceEvent[]) =>
  Interactions.from(
    events.map(({ user, item, weight = 1, time }) => ({ user, item, weight, time })),
    { duplicates: 'last' },
  )

interface Loaded {
  readonly model: Recommender
  /** Names the saved files: the beginning of the checksum of the weights. */
  readonly name: string
}

/** What tells one save in a folder from another. */
async function nameOf(dir: string): Promise<string> {
  const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as { weights?: { sha256?: string } }
  return String(config.weights?.sha256 ?? '').slice(0, 12)
}

async function load(dir: string, signal: AbortSignal | undefined): Promise<Loaded> {
  for (;;) {
    const model = await loadModel(dir, { signal })
    if (typeof (model as Partial<Recommender>).recommendMany !== 'function')
      throw new KindredError('ERR_NOT_SUPPORTED', `${dir}: holds a model of clicks. Serve a Recommender.`)
    const name = await nameOf(dir)
    const again = await nameOf(dir)
    if (name === again) return { model, name }
  }
}

/**
 * The model of a folder and the events that came since: what `kindred serve` takes its model from. Events are durable before
 * they are acknowledged, and are applied again after a restart and to a model that is loaded anew.
 */
export class ServedFolder implements LiveSource {
  readonly #dir: string
  readonly #journal: Journal
  /** An event with a time, whose unit the others have. */
  #timed: ServiceEvent | undefined
  #model: Recommender
  #name: string
  #changes = 0
  /** The events that are durable and not yet applied. */
  #pending: ServiceEvent[] = []
  /** Changes of the model, one after the other. */
  #queue: Promise<unknown> = Promise.resolve()
  #applying: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** Bytes of a line that a crash had cut short. */
  readonly cut: number

  private constructor(dir: string, loaded: Loaded, journal: Journal, events: ServiceEvent[], cut: number) {
    this.#dir = dir
    this.#model = loaded.model
    this.#name = loaded.name
    this.#journal = journal
    this.#timed = events.find(({ time }) => time !== undefined)
    this.cut = cut
  }

  /**
   * Loads the model of `dir` and applies the events in the folder `events`.
   * @throws ERR_MODEL_FILE, ERR_DATA, ERR_IO, ERR_ABORTED
   */
  static async open(dir: string, options: { events: string; signal?: AbortSignal }): Promise<ServedFolder> {
    const { signal } = options
    const loaded = await load(dir, signal)
    const { journal, cut } = await Journal.open(options.events)
    try {
      const events = await journal.events()
      if (events.length > 0) await loaded.model.update(logOf(events), { signal })
      return new ServedFolder(dir, loaded, journal, events, cut)
    } catch (error) {
      await journal.close()
      throw error
    }
  }

  get current(): Recommender {
    return this.#model
  }

  get version(): string {
    return `${this.#name}.${this.#changes}`
  }

  async accept(events: readonly ServiceEvent[], options: AbortOptions = {}): Promise<void> {
    throwIfAborted(options.signal)
    logOf(this.#timed === undefined ? events : [this.#timed, ...events]) // refused before they are kept
    await this.#journal.append(events)
    this.#timed ??= events.find(({ time }) => time !== undefined)
    this.#pending.push(...events)
    // Those that come while the model changes are applied together, by its next change.
    this.#applying ??= this.#inTurn(async () => {
      this.#applying = undefined
      const some = this.#pending
      this.#pending = []
      if (some.length === 0) return
      await this.#model.update(logOf(some))
      this.#changes++
    })
    await this.#applying
  }

  /** Loads the model again; requests under way keep the one they have. @throws ERR_MODEL_FILE, after which all is as it was */
  async reload(signal?: AbortSignal): Promise<void> {
    const { model, name } = await load(this.#dir, signal)
    const known = await this.#journal.events()
    if (known.length > 0) await model.update(logOf(known), { signal })
    await this.#inTurn(async () => {
      // Those that wait are durable, and so among the rest. One that both know is applied twice, to the same end.
      this.#pending = []
      const rest = (await this.#journal.events()).slice(known.length)
      if (rest.length > 0) await model.update(logOf(rest), { signal })
      this.#model = model
      this.#name = name
      this.#changes++
    })
  }

  /** Reloads whenever the folder's config.json becomes another. `onReload` is told, with the error of one that failed. */
  watch(onReload: (error?: unknown) => void): void {
    const path = join(this.#dir, 'config.json')
    const look = async () => {
      const found = await stat(path).catch(() => undefined)
      return found && `${found.ino} ${found.size} ${found.mtimeMs}`
    }
    let last: string | undefined
    const turn = async () => {
      const now = await look()
      if (now !== undefined && last !== undefined && now !== last) {
        last = now
        await this.reload().then(() => onReload(), onReload)
      } else last = now ?? last
      if (this.#timer !== undefined) this.#timer = setTimeout(turn, WATCH_EVERY).unref()
    }
    this.#timer = setTimeout(turn, 0).unref()
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(change)
    this.#queue = done.catch(() => undefined)
    return done
  }

  /** Ends the watch, and waits for what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#queue
    await this.#journal.close()
  }
}
