/** Places values between 0 and 1 along an axis. */
export interface Axis {
  /** 0 at the beginning of the axis, 1 at its end. */
  at(value: unknown): number
  /** Where to write what. */
  ticks: readonly { at: number; label: string }[]
}

/** A number to four significant digits, anything else as text. */
export function shortNumber(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value)
}

/** A place on an axis and what is written there. */
export interface Tick {
  value: number
  label: string
}

/** About four round numbers within a range, with as many digits as tell them apart. */
export function roundNumbers(low: number, high: number): Tick[] {
  const step = 10 ** Math.floor(Math.log10((high - low) / 4))
  const wide = [1, 2, 5, 10].map((factor) => factor * step).find((size) => (high - low) / size <= 5)!
  const magnitude = Math.log10(Math.max(Math.abs(low), Math.abs(high)) / wide)
  const digits = Math.min(15, Math.max(4, Math.ceil(magnitude) + 1))
  const first = Math.ceil(low / wide)
  return Array.from({ length: Math.floor(high / wide) - first + 1 }, (_, n) => {
    const value = (first + n) * wide
    return { value, label: String(Number(value.toPrecision(digits))) }
  })
}

/** An axis of numbers; a range of one value gets a margin. @param share the margin at both ends, of the range */
export function numberAxis(values: readonly number[], share = 0.05): Axis {
  let [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = high > low ? share * (high - low) : 0.05 * Math.abs(high) || 1
  low -= margin
  high += margin
  const at = (value: unknown) => ((value as number) - low) / (high - low)
  return { at, ticks: roundNumbers(low, high).map(({ value, label }) => ({ at: at(value), label })) }
}
