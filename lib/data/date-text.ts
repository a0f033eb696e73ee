const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?`
const ZONE = String.raw`(?<zone>z|utc|gmt|[+-]\d\d(?::?\d\d)?)?`

const FORMS = [
  // ISO 8601, extended: 2024-03-05, 2024-03-05T14:30:15.5+01:00, +012024-03-05; also 2024/3/5 14:30.
  String.raw`(?<year>[+-]\d{6}|\d{4})([-/])(?<month>\d\d?)\2(?<day>\d\d?)(?:(?:t| +)${TIME} *${ZONE})?`,
  // ISO 8601, basic: 20240305T143015Z.
  String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)t(?<hour>\d\d)(?<minute>\d\d)(?:(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?${ZONE}`,
  // RFC 2822: Tue, 05 Mar 2024 14:30:15 +0100 (CET).
  String.raw`(?:[a-z]{3}, *)?(?<day>\d\d?) +(?<month>[a-z]{3}) +(?<year>\d{4}) +${TIME} *(?<zone>ut|utc|gmt|z|[ecmp][sd]t|[+-]\d{4})?(?: *\([^()]*\))?`,
].map((form) => new RegExp(`^${form}$`, 'i'))

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Hours from UTC to standard time, by the first letter of RFC 2822's names. */
const AMERICAN = { e: -5, c: -6, m: -7, p: -8 }

/** Minutes east of UTC; NaN for none that there is. */
function offsetOf(zone: string): number {
  const american = AMERICAN[zone[0] as keyof typeof AMERICAN]
  if (american !== undefined) return 60 * (american + (zone[1] === 'd' ? 1 : 0))
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  if (sign === undefined) return 0
  if (Number(hours) > 23 || Number(minutes) > 59) return Number.NaN
  return (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes))
}

/** Milliseconds since 1970 UTC of a day of the Gregorian calendar; NaN if there is no such day. */
function dayOf(year: number, month: number, day: number): number {
  const date = new Date(0).setUTCFullYear(year, month - 1, day)
  const back = new Date(date)
  return back.getUTCMonth() === month - 1 && back.getUTCDate() === day ? date : Number.NaN
}

/**
 * The date that `text` is (ISO 8601, RFC 2822), between spaces, as milliseconds since 1970, to a microsecond; NaN for
 * anything else. UTC where no zone is written.
 */
export function dateFromText(text: string): number {
  const trimmed = text.trim().toLowerCase()
  const form = FORMS.find((one) => one.test(trimmed))
  if (form === undefined) return Number.NaN
  const {
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    zone = 'z',
  } = form.exec(trimmed)!.groups!
  const date = dayOf(Number(year), MONTHS.indexOf(month!) + 1 || Number(month), Number(day))
  const microseconds = Number(fraction.slice(0, 6).padEnd(6, '0'))
  const isMidnight = hour === '24' && Number(minute) + Number(second) + microseconds === 0
  if ((Number(hour) > 23 && !isMidnight) || Number(minute) > 59 || Number(second) > 59) return Number.NaN
  const seconds = 3600 * Number(hour) + 60 * (Number(minute) - offsetOf(zone)) + Number(second)
  const whole = date + 1000 * seconds + Math.floor(microseconds / 1000)
  const rest = microseconds % 1000
  // As SQL adds it: the milliseconds towards 0, and what is left of them.
  return whole < 0 && rest > 0 ? whole + 1 + (rest - 1000) / 1000 : whole + rest / 1000
}
