import type { ProfiledType } from './column-types.js'

/** A count, as it is written. */
export const countText = (value: number) => value.toLocaleString('en-US')

/** So many rows. */
export const rowsText = (rows: number) => `${countText(rows)} ${rows === 1 ? 'row' : 'rows'}`

/** A share of rows, as it is written. */
export function percentText(share: number): string {
  const value = 100 * share
  if (value > 0 && value < 0.1) return 'under 0.1 %'
  if (value < 100 && value > 99.9) return 'over 99.9 %'
  return `${Number(value.toFixed(value < 10 || value > 99 ? 1 : 0))} %`
}

/** A number to six significant digits, an integer to all of them: it may be a year or an id. */
function numberText(value: number): string {
  return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(6)))
}

const DAY = 86_400_000

/** A time as a date, to the second where it is no midnight. */
function timeText(value: number): string {
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return String(value)
  const [day, time] = date.toISOString().split(/T|\.\d+Z/) as [string, string]
  return value % DAY === 0 ? day : `${day} ${time}`
}

/** A number of a column as it is written. */
export function valueFormat(type: ProfiledType): (value: number) => string {
  return type === 'timestamp' ? timeText : numberText
}

/** A difference of two values of a column: of timestamps, in the unit that suits it. */
export function spreadText(value: number, type: ProfiledType): string {
  if (type !== 'timestamp') return numberText(value)
  const [unit, size] = (
    [
      ['days', DAY],
      ['hours', 3_600_000],
      ['minutes', 60_000],
    ] as const
  ).find(([, one]) => value >= 2 * one) ?? ['seconds', 1000]
  return `${Number((value / size).toPrecision(3))} ${unit}`
}

/** A text of one line: control characters become spaces, and what is beyond `most` characters is cut. */
export function lineText(text: string, most: number): string {
  const line = text.slice(0, most + 1).replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, ' ')
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}
