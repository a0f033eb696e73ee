import { type Id, toId } from '../../data/id-map.js'
import { checkInteger, checkIterable, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'

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

/** Parts of the window in which an item was shown, and how often; newest last. */
interface Shown {
  parts: number[]
  counts: number[]
}

/**
 * How often items were shown lately, overall and to each user, in memory of a bounded size. What was shown counts for `window`, to a
 * part of the window exactly.
 */
export class ExposureCounter {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<ExposureCounterOptions>>
  readonly #overall = new Map<string, Shown>()
  readonly #byUser = new Map<string, Shown>()
  #forgotten = 0

  /** @throws ERR_VALUE */
  constructor(options: ExposureCounterOptions = {}) {
    const own = checkOptions('ExposureCounter', options, ['window', 'parts', 'maxEntries'])
    this.options = Object.freeze({
      window: checkNumber('window', own.window ?? 86_400_000, { min: Number.MIN_VALUE }),
      parts: checkInteger('parts', own.parts ?? 24, { min: 1, max: 1000 }),
      maxEntries: checkInteger('maxEntries', own.maxEntries ?? 1_000_000, { min: 1, max: 2 ** 24 }),
    })
  }

  /** How many entries were forgotten within their window, for `maxEntries`. */
  get forgotten(): number {
    return this.#forgotten
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
      this.#add(this.#overall, keyOf(undefined, item), part)
      if (user !== undefined) this.#add(this.#byUser, keyOf(user, item), part)
    }
  }

  /** How often an item was shown within the window, to `user` if that is given, or else overall. @throws ERR_VALUE */
  shown(item: Id, options: ExposureOptions = {}): number {
    const { user, now } = exposure('shown', options)
    const own = (user === undefined ? this.#overall : this.#byUser).get(
      keyOf(
        user,
        toId(item, () => 'item'),
      ),
    )
    if (own === undefined) return 0
    const [part, oldest] = [this.#partOf(now), this.#partOf(now) - this.options.parts]
    return own.counts.reduce(
      (sum, count, n) => (own.parts[n]! > oldest && own.parts[n]! <= part ? sum + count : sum),
      0,
    )
  }

  #partOf(now: number): number {
    return Math.floor((now / this.options.window) * this.options.parts)
  }

  #add(entries: Map<string, Shown>, key: string, part: number): void {
    const own = entries.get(key) ?? { parts: [], counts: [] }
    const newest = Math.max(part, own.parts.at(-1) ?? part)
    while (own.parts.length > 0 && own.parts[0]! <= newest - this.options.parts) {
      own.parts.shift()
      own.counts.shift()
    }
    const at = own.parts.indexOf(part)
    if (at >= 0) own.counts[at]!++
    else if (part > newest - this.options.parts) {
      // Clocks may go back a little: parts stay in order.
      let place = own.parts.length
      while (place > 0 && own.parts[place - 1]! > part) place--
      own.parts.splice(place, 0, part)
      own.counts.splice(place, 0, 1)
    }
    // The order of a Map is that in which keys came: that of what was shown last.
    entries.delete(key)
    entries.set(key, own)
    this.#forget(entries, part)
  }

  #forget(entries: Map<string, Shown>, part: number): void {
    for (const [key, own] of entries) {
      const isOver = own.parts.length === 0 || own.parts.at(-1)! <= part - this.options.parts
      if (!isOver && entries.size <= this.options.maxEntries) return
      if (!isOver) this.#forgotten++
      entries.delete(key)
    }
  }
}

guardReceivers(ExposureCounter)

/** Of ids that differ, also in their type, keys that differ. */
const keyOf = (user: Id | undefined, item: Id) => JSON.stringify([user ?? null, item])

function exposure(where: string, options: ExposureOptions): { user: Id | undefined; now: number } {
  const own = checkOptions(`ExposureCounter.${where}`, options, ['user', 'now'])
  return {
    user: own.user === undefined ? undefined : toId(own.user, () => 'user'),
    now: checkNumber('now', own.now ?? Date.now()),
  }
}
