import { isTime, type TimeZone } from './time-zone.js'

const DAY = 86_400_000

/** A part of a time that comes round again: the time of day, the day of the week, of the month, of the year, the month. */
export type CyclicPart = 'hour' | 'weekday' | 'dayOfMonth' | 'dayOfYear' | 'month'

export const CYCLIC_PARTS = ['hour', 'weekday', 'dayOfMonth', 'dayOfYear', 'month'] as const

/** Days since 1970 as year, month from 0, day from 0 and day of the year (Hinnant 2014, civil_from_days). */
function civil(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365)
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const month = mp < 10 ? mp + 2 : mp - 10
  return { year: yoe + era * 400 + (month <= 1 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) }
}

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

/** How much of its cycle a part has gone through, from 0 to below 1. */
function phaseOf(part: CyclicPart, local: number, days: number): number {
  if (part === 'hour') return (local - days * DAY) / DAY
  if (part === 'weekday') return ((((days + 3) % 7) + 7) % 7) / 7
  const { year, month, day } = civil(days)
  const leap = isLeap(year) ? 1 : 0
  if (part === 'month') return month / 12
  if (part === 'dayOfMonth') return day / (LENGTHS[month]! + (month === 1 ? leap : 0))
  return (BEFORE[month]! + (month > 1 ? leap : 0) + day) / (365 + leap)
}

/**
 * Puts sine and cosine of each part at `at`, in the order of `parts`: times that follow each other are near each other, also
 * over midnight. The time of day goes by milliseconds, the others by whole days or months; the week begins on Monday.
 * @returns false for no time, whose numbers stay as they are
 */
export function putCyclicParts(
  ms: number,
  zone: TimeZone,
  parts: readonly CyclicPart[],
  out: Float32Array,
  at: number,
): boolean {
  if (!isTime(ms)) return false
  const local = ms + zone.offsetAt(ms)
  const days = Math.floor(local / DAY)
  for (let p = 0; p < parts.length; p++) {
    const angle = 2 * Math.PI * phaseOf(parts[p]!, local, days)
    out[at + 2 * p] = Math.sin(angle)
    out[at + 2 * p + 1] = Math.cos(angle)
  }
  return true
}
