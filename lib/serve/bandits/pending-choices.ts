import type { Id } from '../../data/id-map.js'

/** Choices that wait for their reward, and what became of the others. */
export interface PendingReport {
  /** Choices that wait. */
  waiting: number
  /** Choices that were rewarded by their id. */
  rewarded: number
  /** Choices whose time ran out. */
  expired: number
  /** Choices that gave way to newer ones, where more waited than `maxPending`. */
  evicted: number
  /** Rewards of ids that did not wait: rewarded before, expired, evicted, or of an arm removed since. */
  unmatched: number
}

/** A choice that waits. */
export interface PendingChoice {
  readonly arm: Id
  /** [dims], of the chosen arm. */
  readonly context: Float64Array
  /** When it was made, in milliseconds. */
  readonly time: number
}

/** Choices by their ids, the oldest first: bounded in number and in age. */
export class PendingChoices {
  readonly #choices = new Map<number, PendingChoice>()
  readonly #limit: number
  readonly #ttl: number
  #rewarded = 0
  #expired = 0
  #evicted = 0
  #unmatched = 0

  constructor(limit: number, ttl: number) {
    this.#limit = limit
    this.#ttl = ttl
  }

  /** Adds a choice; the oldest give way where there are too many. */
  add(id: number, choice: PendingChoice): void {
    if (this.#limit === 0) return
    this.#choices.set(id, choice)
    if (this.#choices.size <= this.#limit) return
    for (const oldest of this.#choices.keys()) {
      this.#choices.delete(oldest)
      break
    }
    this.#evicted++
  }

  /** The choice of an id; undefined where it does not wait. */
  get(id: number): PendingChoice | undefined {
    return this.#choices.get(id)
  }

  /** Ends the wait of a choice whose reward came, and counts whether it was of use. */
  end(id: number, isRewarded: boolean): void {
    this.#choices.delete(id)
    if (isRewarded) this.#rewarded++
    else this.#unmatched++
  }

  /** Takes out the choices that have waited for too long, the oldest first, at most `most` of them. */
  expire(now: number, most: number): PendingChoice[] {
    const gone: PendingChoice[] = []
    for (const [id, choice] of this.#choices) {
      if (gone.length === most || now - choice.time < this.#ttl) break
      this.#choices.delete(id)
      gone.push(choice)
    }
    this.#expired += gone.length
    return gone
  }

  report(): PendingReport {
    return {
      waiting: this.#choices.size,
      rewarded: this.#rewarded,
      expired: this.#expired,
      evicted: this.#evicted,
      unmatched: this.#unmatched,
    }
  }
}
