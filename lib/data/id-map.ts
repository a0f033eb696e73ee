import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { type Resumable, runAtOnce } from './resumable.js'

/** A user's or item's own id: a string, or an integer within 2^53. `42` and `'42'` are two ids. */
export type Id = string | number

// What a JavaScript Map holds.
const MAX_IDS = 2 ** 24

/** Ids that a map takes in well under a millisecond or two. */
const IDS_PER_YIELD = 1 << 12

const CANONICAL_INTEGER = /^(?:0|-?[1-9][0-9]*)$/

/** Whether `text` is an integer as a computer writes it: no leading zero, no plus, no "-0". */
export function isCanonicalInteger(text: string): boolean {
  return CANONICAL_INTEGER.test(text)
}

/** The id that a canonical integer stands for: a number within 2^53, beyond that its decimal digits as a string. */
export function idFromInteger(digits: string): Id {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : digits
}

/**
 * `value` as an id. A bigint becomes a number within 2^53 and its decimal digits beyond; -0 becomes 0.
 * @param where gives the value's name for the error message
 * @throws ERR_VALUE for anything that is no string and no integer within 2^53
 */
export function toId(value: unknown, where: () => string): Id {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0
  if (typeof value === 'bigint') return idFromInteger(value.toString())
  const advice = Number.isInteger(value) ? ' Give integers beyond 2^53 as a bigint or a string.' : ''
  throw new KindredError(
    'ERR_VALUE',
    `${where()}: expected an id, a string or an integer within 2^53, but received ${show(value)}.${advice}`,
  )
}

/** Ids <-> dense indices 0, 1, 2, ... in order of first appearance. Iterating gives the ids in that order. */
export class IdMap implements Iterable<Id> {
  // Shared with maps that began as this one: each knows the first #size ids alone.
  #ids: Id[] = []
  #indices = new Map<Id, number>()
  #size = 0
  #integers = 0

  /** Number of ids. */
  get size(): number {
    return this.#size
  }

  /** How many of the ids are integers; the others are strings. */
  get integers(): number {
    return this.#integers
  }

  /** Whether the map knows `id`. */
  has(id: Id): boolean {
    return this.indexOf(id) >= 0
  }

  /** The dense index of `id`, or -1 if the map does not know it. */
  indexOf(id: Id): number {
    const index = this.#indices.get(id)
    return index !== undefined && index < this.#size ? index : -1
  }

  /** The id at a dense index. @throws ERR_VALUE if there is no such index */
  idAt(index: number): Id {
    const id = index < this.#size ? this.#ids[index] : undefined
    if (id === undefined)
      throw new KindredError(
        'ERR_VALUE',
        `index: expected an integer from 0 to ${this.size - 1} but received ${show(index)}.`,
      )
    return id
  }

  /** The ids in the order of their indices. */
  [Symbol.iterator](): IterableIterator<Id> {
    return this.#ids.slice(0, this.#size).values()
  }

  /**
   * @internal A map that begins as this one, and to which ids can be added that this one does not know. The ids are not copied,
   * unless others were added to such a map before; then it may take long for large maps ({@link isShared}).
   */
  fork(): IdMap {
    const other = new IdMap()
    other.#ids = this.#ids
    other.#indices = this.#indices
    other.#size = this.#size
    other.#integers = this.#integers
    return other
  }

  /** @internal Whether ids were added to a map that began as this one. */
  get isShared(): boolean {
    return this.#ids.length > this.#size
  }

  /**
   * @internal The index of `id`, which is appended if it is new. The id must have come through {@link toId}.
   * @throws ERR_TOO_LARGE beyond 2^24 ids
   */
  add(id: Id): number {
    const known = this.indexOf(id)
    if (known >= 0) return known
    const index = this.#size
    if (index === MAX_IDS)
      throw new KindredError('ERR_TOO_LARGE', `ids: more than ${MAX_IDS} distinct ids. Divide the log, by users say.`)
    if (this.isShared) {
      this.#ids = this.#ids.slice(0, index)
      this.#indices = new Map(this.#ids.map((own, i) => [own, i]))
    }
    this.#indices.set(id, index)
    this.#ids.push(id)
    this.#size++
    if (typeof id === 'number') this.#integers++
    return index
  }

  /**
   * A map of distinct ids in the order given.
   * @param what names the ids in error messages
   * @throws ERR_VALUE for a value that is no id, ERR_DUPLICATE for an id that comes twice
   */
  static from(ids: Iterable<unknown>, what = 'ids'): IdMap {
    return runAtOnce(IdMap.collecting(ids, what))
  }

  /** @internal The same in steps. */
  static *collecting(ids: Iterable<unknown>, what: string): Resumable<IdMap> {
    const map = new IdMap()
    let position = 0
    const where = () => `${what}[${position}]`
    for (const value of ids) {
      const id = toId(value, where)
      if (map.add(id) !== position)
        throw new KindredError('ERR_DUPLICATE', `${what}: ${show(id)} comes twice (second time at ${position}).`)
      position++
      if (position % IDS_PER_YIELD === 0) yield
    }
    return map
  }
}

guardReceivers(IdMap)

/**
 * An id typed on a command line, read as the type that `map` holds: the integer if the map knows it, else the string if
 * the map knows that; an id that the map does not know is an integer where the map holds only integers.
 */
export function parseIdLike(text: string, map: IdMap): Id {
  if (!isCanonicalInteger(text)) return text
  const id = idFromInteger(text)
  if (map.has(id)) return id
  if (map.has(text)) return text
  return map.size > 0 && map.integers === map.size ? id : text
}
