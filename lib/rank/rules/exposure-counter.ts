import { type Id, toId } from '../../data/id-map.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkInteger, checkIterable, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { loadExposures, saveExposures } from './exposure-file.js'
import { type ShownInPart, ShownItems } from './shown-items.js'

/** Options of an {@link ExposureCounter}. */
export interface ExposureCounterOptions {
  /** How long what was shown counts, above 0, in the unit of `now`. Default a day in milliseconds. */
  window?: number
  /** Into how many parts the window is cut, from 1 to 1000: what was shown is forgotten a part at a time. Default 24. */
  parts?: number
  /** How many items, and pairs of users and items, are counted at most, each; the one shown longest ago is forgotten first. Default 1,000,000. */
  maxEntries?: number
}

/** Whom and when an item was shown. */
export interface ExposureOptions {
  /** To whom. Default: to nobody in particular, which counts overall alone. */
  user?: Id
  /** When. Default Date.now(). */
  now?: number
}

/** What a counter has counted itself: `structuredClone`, `postMessage` and `v8.serialize` take it. */
export interface ExposureDelta {
  /** The counter's window. */
  window: number
  /** Its parts. */
  parts: number
  /** Whom, or null for whomever, and which item, as JSON; one for each number of `at`. */
  keys: string[]
  /** In which part of time. */
  at: Float64Array
  /** How often. */
  counts: Float64Array
}

/**
 * How often items were shown lately, overall and to each user, in memory of a bounded size. What was shown counts for `window`, to a
 * part of the window exactly. It is saved and loaded, and counters of several processes share what they count by
 * {@link exportDelta} and {@link importDelta}.
 */
export class ExposureCounter {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<ExposureCounterOptions>>
  readonly #overall: ShownItems
  readonly #byUser: ShownItems

  /** @throws ERR_VALUE */
  constructor(options: ExposureCounterOptions = {}) {
    const own = checkOptions('ExposureCounter', options, ['window', 'parts', 'maxEntries'])
    this.options = Object.freeze({
      window: checkNumber('window', own.window ?? 86_400_000, { min: Number.MIN_VALUE }),
      parts: checkInteger('parts', own.parts ?? 24, { min: 1, max: 1000 }),
      maxEntries: checkInteger('maxEntries', own.maxEntries ?? 1_000_000, { min: 1, max: 2 ** 24 }),
    })
    const { parts, maxEntries } = this.options
    this.#overall = new ShownItems(parts, maxEntries)
    this.#byUser = new ShownItems(parts, maxEntries)
  }

  /**
   * The counter that {@link save} wrote.
   * @throws ERR_MODEL_FILE if the folder holds none, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
   */
  static async load(dir: string, options: AbortOptions = {}): Promise<ExposureCounter> {
    const { signal } = checkOptions('ExposureCounter.load', options, ['signal'])
    throwIfAborted(signal)
    const saved = await loadExposures(dir, signal)
    const counter = counterOf(dir, saved.options)
    const yielder = new LoopYielder(signal)
    for (const [shown, entries] of [
      [counter.#overall, saved.overall] as const,
      [counter.#byUser, saved.byUser] as const,
    ])
      for await (const entry of entries) {
        shown.add(entry, false)
        if (yielder.due) await yielder.yieldToLoop()
      }
    return counter
  }

  /**
   * Saves what is counted, as safetensors and config.json, over an older one. What is shown meanwhile may be in it or not; after a
   * load all of it counts as the counter's own.
   * @throws ERR_IO, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    const { signal } = checkOptions('ExposureCounter.save', options, ['signal'])
    throwIfAborted(signal)
    await saveExposures(dir, this.options, { overall: this.#overall, byUser: this.#byUser }, signal)
  }

  /** How many entries were forgotten within their window, for `maxEntries`. */
  get forgotten(): number {
    return this.#overall.forgotten + this.#byUser.forgotten
  }

  /** How many items, and pairs of users and items, are counted now. */
  get size(): number {
    return this.#overall.size + this.#byUser.size
  }

  /** Counts items as shown. @throws ERR_VALUE */
  record(items: Iterable<Id>, options: ExposureOptions = {}): void {
    const { user, now } = exposure('record', options)
    const part = this.#partOf(now)
    for (const id of checkIterable('items', items, 'a list of ids')) {
      const item = toId(id, () => 'items')
      this.#overall.add({ key: keyOf(undefined, item), part, count: 1 }, false)
      if (user !== undefined) this.#byUser.add({ key: keyOf(user, item), part, count: 1 }, false)
    }
  }

  /** How often an item was shown within the window, to `user` if that is given, or else overall. @throws ERR_VALUE */
  shown(item: Id, options: ExposureOptions = {}): number {
    const { user, now } = exposure('shown', options)
    const shown = user === undefined ? this.#overall : this.#byUser
    const key = keyOf(
      user,
      toId(item, () => 'item'),
    )
    return shown.sum(key, this.#partOf(now))
  }

  /**
   * What this counter has counted itself since the last call, for {@link importDelta} of counters elsewhere, each of which takes it
   * once: over Redis or between threads, every second say. The first call gives all that is counted; what was imported is not told
   * again. Takes time for what is told.
   */
  exportDelta(): ExposureDelta {
    const changes = [...this.#overall.changes(), ...this.#byUser.changes()]
    const { window, parts } = this.options
    return {
      window,
      parts,
      keys: changes.map(({ key }) => key),
      at: Float64Array.from(changes, ({ part }) => part),
      counts: Float64Array.from(changes, ({ count }) => count),
    }
  }

  /**
   * Counts what {@link exportDelta} gave elsewhere, of a counter of the same `window` and `parts`.
   * @throws ERR_VALUE, ERR_DATA where it does not fit; nothing is counted then
   */
  importDelta(delta: ExposureDelta): void {
    for (const { isOfUser, ...entry } of checkDelta(delta, this.options))
      (isOfUser ? this.#byUser : this.#overall).add(entry, true)
  }

  #partOf(now: number): number {
    return Math.floor((now / this.options.window) * this.options.parts)
  }
}

guardReceivers(ExposureCounter)

/** Of ids that differ, also in their type, keys that differ. */
const keyOf = (user: Id | undefined, item: Id) => JSON.stringify([user ?? null, item])

/** @throws ERR_MODEL_FILE for options of no counter */
function counterOf(dir: string, options: object): ExposureCounter {
  try {
    return new ExposureCounter(options)
  } catch (cause) {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${(cause as Error).message}`, { cause })
  }
}

/** The entries of a delta. @throws ERR_VALUE, ERR_DATA */
function checkDelta(
  delta: ExposureDelta,
  { window, parts }: Required<ExposureCounterOptions>,
): (ShownInPart & { isOfUser: boolean })[] {
  if (typeof delta !== 'object' || delta === null)
    throw new KindredError('ERR_VALUE', `delta: expected what exportDelta gave but received ${show(delta)}.`)
  const fail = (cause: string): never => {
    throw new KindredError('ERR_DATA', `delta: ${cause}. Give what exportDelta gave, of a counter of the same options.`)
  }
  if (delta.window !== window || delta.parts !== parts)
    fail(`expected a window of ${window} in ${parts} parts but received ${show(delta.window)} in ${show(delta.parts)}`)
  const { keys, at, counts } = delta
  if (!Array.isArray(keys) || at?.length !== keys.length || counts?.length !== keys.length)
    fail('expected as many keys as numbers')
  return keys.map((key, n) => {
    const [part, count] = [at[n]!, counts[n]!]
    const isCount = Number.isSafeInteger(part) && Number.isSafeInteger(count) && count > 0
    const pair = isCount && typeof key === 'string' ? pairOf(key) : undefined
    if (pair === undefined) return fail(`entry ${n} is no key with a part and a count`)
    return { key, part, count, isOfUser: pair[0] !== null }
  })
}

const isId = (value: unknown) => typeof value === 'string' || Number.isSafeInteger(value)

/** What a key stands for; undefined for what is none. */
function pairOf(key: string): [user: Id | null, item: Id] | undefined {
  try {
    const pair = JSON.parse(key)
    const isPair = Array.isArray(pair) && pair.length === 2 && (pair[0] === null || isId(pair[0])) && isId(pair[1])
    return isPair && JSON.stringify(pair) === key ? (pair as [Id | null, Id]) : undefined
  } catch {
    return undefined
  }
}

function exposure(where: string, options: ExposureOptions): { user: Id | undefined; now: number } {
  const own = checkOptions(`ExposureCounter.${where}`, options, ['user', 'now'])
  return {
    user: own.user === undefined ? undefined : toId(own.user, () => 'user'),
    now: checkNumber('now', own.now ?? Date.now()),
  }
}
