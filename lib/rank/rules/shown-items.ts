/** Parts of the window in which something was shown, and how often; newest last. */
interface Shown {
  parts: number[]
  counts: number[]
  /** How much of each count other counters know. */
  known: number[]
}

/** How often something was shown in a part of the window. */
export interface ShownInPart {
  readonly key: string
  readonly part: number
  readonly count: number
}

/** How often things were shown, by key, in the latest parts of time; those shown longest ago are forgotten first. */
export class ShownItems {
  readonly #entries = new Map<string, Shown>()
  readonly #parts: number
  readonly #most: number
  /** Keys whose counts others do not know; undefined before {@link changes} was asked for. */
  #changed: Set<string> | undefined
  /** How many were forgotten within their window. */
  forgotten = 0

  /**
   * @param parts of the window
   * @param most entries at most
   */
  constructor(parts: number, most: number) {
    this.#parts = parts
    this.#most = most
  }

  get size(): number {
    return this.#entries.size
  }

  /** How often it was shown in the window that ends with `part`. */
  sum(key: string, part: number): number {
    const own = this.#entries.get(key)
    if (own === undefined) return 0
    const oldest = part - this.#parts
    return own.counts.reduce(
      (sum, count, n) => (own.parts[n]! > oldest && own.parts[n]! <= part ? sum + count : sum),
      0,
    )
  }

  /** @param isKnown whether others know it already */
  add({ key, part, count }: ShownInPart, isKnown: boolean): void {
    const own = this.#entries.get(key) ?? { parts: [], counts: [], known: [] }
    const newest = Math.max(part, own.parts.at(-1) ?? part)
    while (own.parts.length > 0 && own.parts[0]! <= newest - this.#parts) {
      own.parts.shift()
      own.counts.shift()
      own.known.shift()
    }
    let at = own.parts.indexOf(part)
    if (at < 0 && part > newest - this.#parts) {
      // Clocks may go back a little: parts stay in order.
      at = own.parts.length
      while (at > 0 && own.parts[at - 1]! > part) at--
      own.parts.splice(at, 0, part)
      own.counts.splice(at, 0, 0)
      own.known.splice(at, 0, 0)
    }
    if (at >= 0) {
      own.counts[at]! += count
      if (isKnown) own.known[at]! += count
      else this.#changed?.add(key)
    }
    // The order of a Map is that in which keys came: that of what was shown last.
    this.#entries.delete(key)
    this.#entries.set(key, own)
    this.#forget(part)
  }

  /** What others do not know, which they do from now on. */
  changes(): ShownInPart[] {
    const out: ShownInPart[] = []
    for (const key of this.#changed ?? this.#entries.keys()) {
      const own = this.#entries.get(key)!
      for (const [n, part] of own.parts.entries()) {
        const count = own.counts[n]! - own.known[n]!
        if (count > 0) out.push({ key, part, count })
      }
      own.known = [...own.counts]
    }
    this.#changed = new Set()
    return out
  }

  /** The keys, those shown last at the end. */
  keys(): string[] {
    return [...this.#entries.keys()]
  }

  /** What is counted under a key. */
  *of(key: string): Generator<ShownInPart> {
    const own = this.#entries.get(key)
    for (const [n, part] of (own?.parts ?? []).entries()) yield { key, part, count: own!.counts[n]! }
  }

  #forget(part: number): void {
    for (const [key, own] of this.#entries) {
      const isOver = own.parts.length === 0 || own.parts.at(-1)! <= part - this.#parts
      if (!isOver && this.#entries.size <= this.#most) return
      if (!isOver) this.forgotten++
      this.#entries.delete(key)
      this.#changed?.delete(key)
    }
  }
}
