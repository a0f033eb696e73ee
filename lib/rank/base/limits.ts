import type { Id } from '../../data/id-map.js'
import type { ListRules } from '../../native/addon.js'
import { KindredError, show } from '../../native/errors.js'
import { type RankedItem, withReason } from './ranked-list.js'

/** How many items of each group a list may hold. */
export interface GroupLimits {
  /** What reasons and errors call it. */
  readonly name: string
  /** The groups of an item. */
  groupsOf(item: Id): readonly string[]
  /** How many of a group may be listed, a natural number. */
  limitOf(group: string): number
}

/** What rules ask of a list. */
export interface RuleEffects {
  /** Why an item must not be listed; undefined if it may be. */
  readonly refuses?: (item: Id) => string | undefined
  /** Items that must be listed. */
  readonly must?: readonly Id[]
  readonly limits?: GroupLimits
}

/** Groups of a candidate, and how many more of each are admitted. */
interface Places {
  must: Uint8Array
  /** [candidates] numbers of groups */
  groups: readonly (readonly number[])[]
  left: Int32Array
  names: readonly string[]
}

const NO_GROUPS: readonly number[] = []

/** What all rules of a request together ask of a list. */
export class Limits {
  readonly #effects: readonly RuleEffects[]
  readonly #must: ReadonlySet<Id>
  readonly #groups = new Map<Id, readonly number[]>()
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []
  readonly #most: number[] = []

  readonly #refuses: boolean
  readonly #limits: boolean

  constructor(effects: readonly RuleEffects[]) {
    this.#effects = effects
    this.#must = new Set(effects.flatMap(({ must = [] }) => must))
    this.#refuses = effects.some(({ refuses }) => refuses !== undefined)
    this.#limits = effects.some(({ limits }) => limits !== undefined)
  }

  /** The list without what must not be in it, and with what must. @throws ERR_RULES for an item that must be listed and must not */
  admitted(list: readonly RankedItem[]): RankedItem[] {
    if (!this.#refuses && this.#must.size === 0) return [...list]
    const listed = new Set<Id>()
    const kept = list.filter(({ item }) => {
      listed.add(item)
      return this.#must.has(item) || this.#refusal(item) === undefined
    })
    const least = list.reduce((score, entry) => Math.min(score, entry.score), list.length > 0 ? Infinity : 0)
    for (const item of this.#must) {
      const refusal = this.#refusal(item)
      if (refusal !== undefined)
        throw new KindredError(
          'ERR_RULES',
          `Item ${show(item)} must be listed and must not: ${refusal}. Take it out of one of the rules.`,
        )
      if (!listed.has(item)) kept.push({ item, score: least, reasons: [] })
    }
    return kept
  }

  /** What lists of `length` of these candidates are to keep; null for nothing. @throws ERR_RULES for what cannot be kept */
  rulesOf(list: readonly RankedItem[], length: number): ListRules | null {
    if (!this.#limits && this.#must.size === 0) return null
    const { must, groups, left } = this.#places(list, length)
    if (left.length === 0 && !must.includes(1)) return null
    const offsets = new Int32Array(list.length + 1)
    for (const [row, own] of groups.entries()) offsets[row + 1] = offsets[row]! + own.length
    return { must, offsets, groups: Int32Array.from(groups.flat()), limits: left }
  }

  /** A list of `length` of these candidates that is still to be filled. @throws ERR_RULES for what cannot be kept */
  open(list: readonly RankedItem[], length: number): OpenList {
    return new OpenList(this.#places(list, length), length)
  }

  /** The first items of the list, at most `length`, under the rules. @throws ERR_RULES for what cannot be kept */
  chosen(list: readonly RankedItem[], length: number): RankedItem[] {
    const places = this.#places(list, length)
    const open = new OpenList(places, length)
    const out: RankedItem[] = []
    const passed: number[] = []
    for (let row = 0; row < list.length && open.places > 0; row++) {
      if (!open.takes(row)) {
        passed.push(row)
        continue
      }
      const entry = list[row]!
      const isLate = this.#must.has(entry.item) && row >= length
      out.push(
        this.#must.has(entry.item) ? withReason(entry, `must be listed${isLate ? `: was at ${row + 1}` : ''}`) : entry,
      )
      open.take(row)
    }
    this.#tellWhoPassed(list, places, passed, open, out)
    return out
  }

  /** @throws ERR_RULES */
  #places(list: readonly RankedItem[], length: number): Places {
    const must = new Uint8Array(list.length)
    if (this.#must.size > 0) for (const [row, { item }] of list.entries()) must[row] = this.#must.has(item) ? 1 : 0
    const groups = list.map(({ item }) => (this.#limits ? this.#groupsOf(item) : NO_GROUPS))
    const left = Int32Array.from(this.#most)
    let musts = 0
    for (let row = 0; row < list.length; row++) {
      if (must[row] === 0) continue
      musts++
      for (const group of groups[row]!) left[group]!--
    }
    if (musts > length)
      throw new KindredError(
        'ERR_RULES',
        `${musts} items must be listed but a list of k = ${length} has no place for them. Ask for a longer list or for fewer items.`,
      )
    const over = left.findIndex((count) => count < 0)
    if (over >= 0)
      throw new KindredError(
        'ERR_RULES',
        `Items that must be listed exceed a cap: ${this.#names[over]} may be listed ${this.#most[over]} times but ${this.#most[over]! - left[over]!} of it must be. Raise the cap or ask for fewer items.`,
      )
    return { must, groups, left, names: this.#names }
  }

  #refusal(item: Id): string | undefined {
    for (const { refuses } of this.#effects) {
      const why = refuses?.(item)
      if (why !== undefined) return why
    }
    return undefined
  }

  /** The numbers of an item's groups, of all limits. */
  #groupsOf(item: Id): readonly number[] {
    const known = this.#groups.get(item)
    if (known !== undefined) return known
    const own: number[] = []
    for (const [n, { limits }] of this.#effects.entries()) {
      if (limits === undefined) continue
      for (const group of limits.groupsOf(item)) {
        const key = `${n}:${group}`
        let number = this.#numbers.get(key)
        if (number === undefined) {
          const limit = limits.limitOf(group)
          if (limit === Infinity) continue
          number = this.#most.length
          this.#numbers.set(key, number)
          this.#names.push(`${limits.name} ${show(group)}`)
          this.#most.push(limit)
        }
        own.push(number)
      }
    }
    this.#groups.set(item, own)
    return own
  }

  /** The items that took the places of others say so. */
  #tellWhoPassed(
    list: readonly RankedItem[],
    { groups, names }: Places,
    passed: readonly number[],
    open: OpenList,
    out: RankedItem[],
  ): void {
    if (passed.length === 0) return
    const before = new Set(list.slice(0, passed[0]!).map(({ item }) => item))
    const full = [...new Set(passed.flatMap((row) => groups[row]!.filter((group) => open.isFull(group))))]
    const told = full.slice(0, 3).map((group) => names[group]!)
    const why = full.length === 0 ? 'for items that must be listed' : `by the cap of ${told.join(', ')}`
    for (const [place, entry] of out.entries())
      if (!before.has(entry.item) && !this.#must.has(entry.item))
        out[place] = withReason(entry, `moved up: others were held back ${why}`)
  }
}

/** Which candidates a list still takes: what native/cpu/rank/open_list.h is to the native lists. */
export class OpenList {
  /** How many are still to be taken. */
  places: number
  readonly #places: Places
  readonly #left: Int32Array
  readonly #isTaken: Uint8Array
  #musts: number

  constructor(places: Places, length: number) {
    this.#places = places
    this.#left = places.left.slice()
    this.#isTaken = new Uint8Array(places.must.length)
    this.#musts = places.must.reduce((sum, flag) => sum + flag, 0)
    this.places = Math.min(length, places.must.length)
  }

  /** Whether a candidate can be taken next. */
  takes(row: number): boolean {
    if (this.places === 0 || this.#isTaken[row] === 1) return false
    if (this.#places.must[row] === 1) return true
    if (this.#musts === this.places) return false
    return this.#places.groups[row]!.every((group) => this.#left[group]! > 0)
  }

  /** Whether a group is full. */
  isFull(group: number): boolean {
    return this.#left[group] === 0
  }

  take(row: number): void {
    this.places--
    this.#isTaken[row] = 1
    if (this.#places.must[row] === 1) this.#musts--
    else for (const group of this.#places.groups[row]!) this.#left[group]!--
  }
}
