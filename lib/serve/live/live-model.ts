import { ChangeQueue } from '../../data/change-queue.js'
import type { Recommender } from '../../models/base/recommender.js'
import { loadModel } from '../../models/load-model.js'
import { checkFunction, checkInteger, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { untilAborted } from '../../native/native-call.js'
import { checkEvents, type EventInput, type LogEvent } from '../events/event.js'
import { EventLog } from '../events/event-log.js'
import { type Applied, applyEvents } from './apply-events.js'
import { fitAnew } from './fit-anew.js'
import {
  LIVE_OPTIONS,
  type LiveModelCounts,
  type LiveModelOptions,
  type OpenLiveModelOptions,
  type RefitFunction,
  type SwapOptions,
} from './live-model-options.js'
import { replayInto } from './replay-into.js'

interface Accepted {
  events: readonly LogEvent[]
  /** The number of the event after them in the log. */
  next: number
  resolve(): void
  reject(error: unknown): void
}

/**
 * A model that learns from events while it recommends, and can be replaced while it does.
 *
 * Take {@link current} once a request: whatever comes after, it answers as one model. Events become durable first, if there is a log,
 * and are then learnt by the model's `update`, those together that came during the update before. Once {@link accept} is done, the next
 * list knows them.
 */
export class LiveModel {
  #current: Recommender
  readonly #log: EventLog | undefined
  readonly #refit: RefitFunction
  readonly #maxBatch: number
  readonly #changes = new ChangeQueue()
  #name: string
  #updates = 0
  #models = 1
  #waiting: Accepted[] = []
  #applying: Promise<void> | undefined
  /** The number of the first event of the log that is not learnt. */
  #next: number
  /** What was learnt since a refit began, for the model that it makes. */
  #since: LogEvent[] | undefined
  #isRefitting = false
  readonly #counts = { applied: 0, deferred: 0, refused: 0, updates: 0, swaps: 0 }

  /** @throws ERR_VALUE for what is no model or an illegal option */
  constructor(model: Recommender, options: LiveModelOptions = {}) {
    options = checkOptions('LiveModel', options, LIVE_OPTIONS)
    const { log } = options
    if (log !== undefined && !(log instanceof EventLog))
      throw new KindredError(
        'ERR_VALUE',
        `log: expected an EventLog but received ${show(log)}. EventLog.open(dir) gives one.`,
      )
    this.#current = checkModel('model', model)
    this.#log = log
    this.#refit = checkFunction('refit', options.refit) ?? fitAnew
    this.#name = checkString('version', options.version ?? '1')
    this.#maxBatch = checkInteger('maxBatch', options.maxBatch ?? 4096, { min: 1 })
    this.#next = log?.next ?? 0
  }

  /**
   * The model of a folder, and what came after it was saved: the events of the log from its last checkpoint on.
   * @throws ERR_MODEL_FILE, ERR_VALUE, ERR_DATA for a damaged log, ERR_IO, ERR_ABORTED
   */
  static async open(dir: string, options: OpenLiveModelOptions = {}): Promise<LiveModel> {
    options = checkOptions('LiveModel.open', options, [...LIVE_OPTIONS, 'signal'])
    const { signal, ...own } = options
    const live = new LiveModel(await loadModel(dir, { signal }), own)
    if (options.log) {
      const { next, applied, deferred, refused } = await replayInto(live.#current, options.log, live.#maxBatch, signal)
      live.#next = next
      Object.assign(live.#counts, { applied, deferred, refused })
    }
    return live
  }

  /** The model of this moment. Who has taken it keeps it, whatever comes after. */
  get current(): Recommender {
    return this.#current
  }

  /** Names what {@link current} has learnt: another one after each update and each swap. */
  get version(): string {
    return `${this.#name}.${this.#updates}`
  }

  /** What it has done. */
  get counts(): LiveModelCounts {
    return { ...this.#counts, waiting: this.#waiting.reduce((sum, { events }) => sum + events.length, 0) }
  }

  /** The number of the first event of the log that the model has not learnt; 0 without a log. */
  get next(): number {
    return this.#next
  }

  /**
   * Takes events: the promise is kept once they are durable and the next list knows them. A pair that is known takes the new weight.
   * @throws ERR_VALUE for what is no event, what {@link EventLog.append} throws, and what the model's `update` does; in the last case
   * the events are in the log, but are learnt by no model
   */
  async accept(events: Iterable<EventInput>, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('accept', options, ['signal'])
    throwIfAborted(options.signal)
    const own = checkEvents(events)
    if (own.length === 0) return
    await untilAborted(this.#accept(own), options.signal)
  }

  async #accept(events: LogEvent[]): Promise<void> {
    const next = this.#log === undefined ? 0 : await this.#log.appended(events)
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ events, next, resolve, reject })
      this.#applying ??= this.#apply()
    })
  }

  /** Has the model learn what waits, until nothing does. */
  async #apply(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      let count = 0
      let end = 0
      while (end < this.#waiting.length && (end === 0 || count + this.#waiting[end]!.events.length <= this.#maxBatch))
        count += this.#waiting[end++]!.events.length
      const batch = this.#waiting.splice(0, end)
      await this.#changes.run(() => this.#learn(batch))
    }
    this.#applying = undefined
  }

  async #learn(batch: readonly Accepted[]): Promise<void> {
    const outcome = await this.#learnIn(batch.map(({ events }) => events))
    for (const [n, { events, next, resolve, reject }] of batch.entries()) {
      this.#next = Math.max(this.#next, next)
      const error = outcome.errors.get(n)
      this.#counts[error ? 'refused' : outcome.isDeferred ? 'deferred' : 'applied'] += events.length
      if (error !== undefined) {
        reject(error)
        continue
      }
      if (this.#since) for (const event of events) this.#since.push(event)
      resolve()
    }
  }

  /** Lists of events in the current model; once more where another took its place meanwhile. */
  async #learnIn(lists: readonly (readonly LogEvent[])[]): Promise<Applied> {
    for (;;) {
      const model = this.#current
      const outcome = await applyEvents(model, lists)
      if (this.#current !== model) continue
      this.#updates++
      this.#counts.updates++
      return outcome
    }
  }

  /**
   * Puts another model in the place of the current one, at once: requests under way keep the one that they took. What waits to be
   * learnt is learnt by the new one; what the old one has learnt is not, unless the new one was made of it.
   * @throws ERR_VALUE for what is no model, ERR_ABORTED
   */
  async swap(model: Recommender, options: SwapOptions = {}): Promise<void> {
    options = checkOptions('swap', options, ['version', 'signal'])
    throwIfAborted(options.signal)
    this.#take(checkModel('model', model), options.version)
  }

  #take(model: Recommender, version: string | undefined): void {
    const name = version === undefined ? String(this.#models + 1) : checkString('version', version)
    this.#models++
    this.#name = name
    this.#updates = 0
    this.#counts.swaps++
    this.#current = model
  }

  /**
   * Makes the model anew while the current one goes on recommending and learning; what that one learns meanwhile is learnt by the new
   * one too before it takes its place. After a failure the current one stays.
   * @throws ERR_VALUE while another refit is under way, and what the refit throws; ERR_ABORTED
   */
  async refit(options: SwapOptions = {}): Promise<void> {
    options = checkOptions('refit', options, ['version', 'signal'])
    const { signal, version } = options
    throwIfAborted(signal)
    await this.#replace((current) => this.#refit(current, { signal }), version, signal)
  }

  /**
   * Loads a model, and has it learn the events of the log since its last checkpoint, and those that come meanwhile, before it takes
   * the place of the current one. After a failure that one stays.
   * @throws ERR_MODEL_FILE, ERR_VALUE while a refit is under way, ERR_DATA, ERR_IO, ERR_ABORTED
   */
  async reload(dir: string, options: SwapOptions = {}): Promise<void> {
    options = checkOptions('reload', options, ['version', 'signal'])
    const { signal, version } = options
    throwIfAborted(signal)
    checkString('dir', dir)
    const log = this.#log
    await this.#replace(
      async () => {
        const model = await loadModel(dir, { signal })
        if (log) await replayInto(model, log, this.#maxBatch, signal)
        return model
      },
      version,
      signal,
    )
  }

  async #replace(
    make: (current: Recommender) => Promise<Recommender>,
    version: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (version !== undefined) checkString('version', version)
    if (this.#isRefitting)
      throw new KindredError('ERR_VALUE', 'refit: another refit or reload is under way. Await it first.')
    this.#isRefitting = true
    this.#since = []
    try {
      const model = checkModel('refit', await make(this.#current))
      // The longer part of what came meanwhile without holding up what comes now.
      while (this.#since.length > this.#maxBatch)
        await applyEvents(model, [this.#since.splice(0, this.#maxBatch)], signal)
      await this.#changes.run(async () => {
        const rest = this.#since!
        if (rest.length > 0) await applyEvents(model, [rest], signal)
        throwIfAborted(signal)
        this.#take(model, version)
      }, signal)
    } finally {
      this.#since = undefined
      this.#isRefitting = false
    }
  }

  /**
   * Saves the current model, and notes in the log that a restart need not replay what it has learnt; files of the log that it
   * needs no more are removed. {@link open} begins from there.
   * @throws ERR_IO, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    const { signal } = options
    throwIfAborted(signal)
    // What is learnt while it is saved may be replayed into it, which changes nothing.
    const next = this.#next
    await this.#current.save(dir, { signal })
    if (this.#log && next > this.#log.checkpointed) await this.#log.checkpoint(next, { signal })
  }

  /** Waits until everything accepted is learnt. @throws ERR_ABORTED */
  async settled(options: AbortOptions = {}): Promise<void> {
    options = checkOptions('settled', options, ['signal'])
    while (this.#applying) await untilAborted(this.#applying, options.signal)
  }
}

guardReceivers(LiveModel)

function checkModel(name: string, model: unknown): Recommender {
  const { recommend, update, save } = (model ?? {}) as Partial<Recommender>
  if (typeof recommend === 'function' && typeof update === 'function' && typeof save === 'function')
    return model as Recommender
  throw new KindredError('ERR_VALUE', `${name}: expected a model of items for users but received ${show(model)}.`)
}
