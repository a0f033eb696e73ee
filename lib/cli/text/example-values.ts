import { numberFromText } from '../../data/number-text.js'
import { KindredError, show } from '../../native/errors.js'

/** A value as text: null where there is none. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

const partsOf = (value: unknown, separator: string | RegExp) =>
  Array.isArray(value) ? value.map((part) => textOf(part) ?? '') : (textOf(value) ?? '').split(separator)

/** The words of a list, or of a text with spaces between them. */
export function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? partsOf(value, '') : partsOf(value, /\s+/).filter((word) => word !== '')
}

/** The labels of a text: a list, or a text with `separator` between them; none where there is nothing. */
export function labelSet(value: unknown, separator: string): string[] {
  const parts = partsOf(value, separator).map((part) => part.trim())
  return [...new Set(parts.filter((part) => part !== ''))]
}

/** A number. @param where it stands @throws ERR_DATA for what is none */
export function numberOf(value: unknown, where: () => string): number {
  const number = typeof value === 'number' ? value : numberFromText(textOf(value) ?? '', '.')
  if (number !== undefined && Number.isFinite(number)) return number
  throw new KindredError('ERR_DATA', `${where()}: expected a number but found ${show(value)}.`)
}
