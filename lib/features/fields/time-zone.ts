import { KindredError, show } from '../../native/errors.js'

const DAY = 86_400_000
const QUARTER = 900_000
/** What a Date holds. */
const MAX_TIME = 8.64e15
/** Days that are remembered at most. */
const MAX_DAYS = 1 << 16

/** Whether a time is one that a Date holds. */
export function isTime(ms: number): boolean {
  return Math.abs(ms) <= MAX_TIME
}

/** The clocks of a time zone. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat | undefined
  /** The offset on each day since 1970 UTC; undefined on days on which it changes. */
  readonly #days = new Map<number, number | undefined>()
  readonly #quarters = new Map<number, number>()

  /** @param name of the IANA data base, such as 'Europe/Berlin'. @throws ERR_VALUE if there is no such zone */
  constructor(readonly name: string) {
    if (typeof name !== 'string')
      throw new KindredError(
        'ERR_VALUE',
        `timeZone: expected a name such as 'Europe/Berlin' but received ${show(name)}.`,
      )
    if (name === 'UTC') return
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        era: 'short',
      })
    } catch (cause) {
      throw new KindredError(
        'ERR_VALUE',
        `timeZone: expected a name of the IANA data base, such as 'Europe/Berlin' or 'UTC', but received ${show(name)}.`,
        { cause },
      )
    }
  }

  /** Milliseconds that the clocks are ahead of UTC at a time {@link isTime}. */
  offsetAt(ms: number): number {
    if (this.#format === undefined) return 0
    const day = Math.floor(ms / DAY)
    let offset = this.#days.get(day)
    if (offset === undefined && !this.#days.has(day)) {
      const [begin, end] = [this.#ask(day * DAY), this.#ask((day + 1) * DAY)]
      offset = begin === end ? begin : undefined
      if (this.#days.size >= MAX_DAYS) this.#days.clear()
      this.#days.set(day, offset)
    }
    return offset ?? this.#ofQuarter(Math.floor(ms / QUARTER))
  }

  #ofQuarter(quarter: number): number {
    let offset = this.#quarters.get(quarter)
    if (offset === undefined) {
      offset = this.#ask(quarter * QUARTER)
      if (this.#quarters.size >= MAX_DAYS) this.#quarters.clear()
      this.#quarters.set(quarter, offset)
    }
    return offset
  }

  #ask(time: number): number {
    const ms = Math.min(Math.max(time, -MAX_TIME), MAX_TIME)
    const parts: Record<string, string> = {}
    for (const { type, value } of this.#format!.formatToParts(ms)) parts[type] = value
    const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
    const local = new Date(0)
    local.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day))
    local.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second))
    return local.getTime() - Math.floor(ms / 1000) * 1000
  }
}
