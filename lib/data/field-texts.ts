import { isDate } from 'node:util/types'
import { KindredError, show } from '../native/errors.js'

/**
 * A field's value as text: lists are joined with ", ", numbers and booleans written as JavaScript does, dates as ISO
 * 8601; null for what has none: null, undefined, numbers that are not finite, blank text, the empty list; undefined for
 * what cannot have one, such as an object.
 */
function fieldText(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value.trim() === '' ? null : value
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (isDate(value)) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (!Array.isArray(value)) return undefined
  const texts = value.map(fieldText)
  if (texts.includes(undefined)) return undefined
  return texts.filter((text) => text !== null).join(', ') || null
}

/** The texts of one field, item after item. */
export class FieldTexts {
  readonly name: string
  /** [items], null where an item has none */
  readonly texts: (string | null)[] = []
  /** Of how many items the value is nothing that has a text. */
  unusable = 0
  #firstUnusable: string | undefined
  #anyText = false

  constructor(name: string) {
    this.name = name
  }

  /** The text of the last item, empty if it has none. */
  get last(): string {
    return this.texts.at(-1) ?? ''
  }

  /** @param where names the value for an error message */
  add(value: unknown, where: () => string): void {
    const text = fieldText(value)
    this.texts.push(text ?? null)
    this.#anyText ||= typeof text === 'string'
    if (text !== undefined) return
    this.unusable++
    this.#firstUnusable ??= `${where()}: expected text, a number or a list of them but found ${show(value)}`
  }

  /** How many items have no text. */
  get missing(): number {
    return this.texts.filter((text) => text === null).length
  }

  /** @throws ERR_DATA if there are values, but no texts */
  check(): void {
    if (this.#firstUnusable === undefined || this.#anyText) return
    throw new KindredError(
      'ERR_DATA',
      `${this.#firstUnusable}, and no item has text there. In a file, name a field of an object by its path, as ${show(`${this.name}.name`)}.`,
    )
  }
}
