import { KindredError } from '../../native/errors.js'

/**
 * Where the parts of the number line begin that times of a log fall into: times since 1970 of the years 1985 to 2128 in one
 * unit, and what is between them. Part 0 is below all.
 */
const EDGES = [19000101, 21001232, 5e8, 5e9, 5e11, 5e12, 5e14, 5e15, 5e17, 5e18]
const UNITS: Record<number, string> = {
  1: 'dates as numbers (yyyymmdd)',
  3: 'seconds',
  5: 'milliseconds',
  7: 'microseconds',
  9: 'nanoseconds',
}
const DATES = EDGES.length + 1

/** Looks at the times of a log, which are compared: they must be of one unit. Dates are milliseconds. */
export class TimeUnits {
  /** What the rows that follow are of, such as " of b.csv", for the error message. */
  file = ''
  /** The first time seen in each part, and its row. */
  readonly #first: ({ time: number; row: number; file: string } | undefined)[] = new Array(DATES + 1).fill(undefined)
  /** Bounds of the part of the last number. */
  #low = Number.NaN
  #high = Number.NaN

  /** @param isDate whether `time` was written as a date */
  see(time: number, isDate: boolean, row: number): void {
    if (isDate) {
      this.#first[DATES] ??= { time, row, file: this.file }
      return
    }
    if (time >= this.#low && time < this.#high) return
    let part = 0
    while (part < EDGES.length && time >= EDGES[part]!) part++
    this.#low = EDGES[part - 1] ?? -Infinity
    this.#high = EDGES[part] ?? Infinity
    this.#first[part] ??= { time, row, file: this.file }
  }

  /** Two parts that hold times of different units; undefined if all may be of one. */
  #conflict(): [number, number] | undefined {
    if (this.#first[DATES] !== undefined)
      for (const part of [1, 3, 7, 9]) if (this.#first[part] !== undefined) return [part, DATES]
    // Numbers between two units may be a count, or dates of 1970: then all are.
    let before: number | undefined
    for (let part = 3; part <= 9; part++) {
      if (this.#first[part] === undefined) continue
      if (UNITS[part] !== undefined && before !== undefined) return [before, part]
      before = UNITS[part] === undefined ? undefined : part
    }
    return undefined
  }

  /** @param where begins the message. @throws ERR_DATA if the times are of two units */
  check(where: string): void {
    const conflict = this.#conflict()
    if (conflict === undefined) return
    const [one, other] = conflict.map((part) => {
      const { time, row, file } = this.#first[part]!
      return part === DATES ? `dates (row ${row}${file})` : `${UNITS[part]} (${time} in row ${row}${file})`
    })
    throw new KindredError(
      'ERR_DATA',
      `${where}: mixes ${one} with ${other}, which cannot be compared. Write all times in one unit, or all as dates.`,
    )
  }
}
