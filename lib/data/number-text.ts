/** What stands before the decimals of a number written as text. */
export type DecimalMark = '.' | ','

const NUMBERS = {
  '.': /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i,
  ',': /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i,
}
const NAN = /^[+-]?nan$/i
const INFINITE = /^[+-]?inf(?:inity)?$/i

/**
 * The decimal number that `text` is, between spaces; NaN and infinities as words too. undefined for anything else:
 * `1_000`, `0x10`, and marks of thousands (`1,000` where the decimal mark is a point).
 */
export function numberFromText(text: string, decimal: DecimalMark): number | undefined {
  const trimmed = text.trim()
  if (NUMBERS[decimal].test(trimmed)) return Number(trimmed.replace(',', '.'))
  if (NAN.test(trimmed)) return Number.NaN
  return INFINITE.test(trimmed) ? (trimmed.startsWith('-') ? -Infinity : Infinity) : undefined
}
