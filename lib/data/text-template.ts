import { isDate } from 'node:util/types'
import { KindredError, show } from '../native/errors.js'

/** A text with placeholders, such as "{title}. {plot}". */
export interface Template {
  /** The fields named, each once, in order of first appearance. */
  readonly fields: readonly string[]
  /** The text with every placeholder filled. */
  render(fill: (field: string) => string): string
}

/**
 * Parses a template: `{name}` stands for a field, `{{` and `}}` for braces; everything else is literal.
 * @throws ERR_VALUE for a brace without its partner, a placeholder without a name, or a template without a placeholder
 */
export function parseTemplate(text: unknown): Template {
  const fail = (cause: string): never => {
    throw new KindredError(
      'ERR_VALUE',
      `text: expected a template such as "{title}. {plot}" but received ${show(text)}: ${cause}.`,
    )
  }
  if (typeof text !== 'string') return fail('it is no string')
  const parts: { literal: string; field?: string }[] = []
  let literal = ''
  let end = 0
  for (const match of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    literal += text.slice(end, match.index)
    end = match.index + match[0].length
    const field = match[1]
    if (match[0].length === 1) fail(`the brace at ${match.index} has no partner (write it twice to mean itself)`)
    if (field === '') fail(`the placeholder at ${match.index} names no field`)
    if (field === undefined) {
      literal += match[0][0]
      continue
    }
    parts.push({ literal, field })
    literal = ''
  }
  parts.push({ literal: literal + text.slice(end) })
  const fields = [...new Set(parts.flatMap(({ field }) => field ?? []))]
  if (fields.length === 0) fail('it names no field, so every text would be the same')
  return {
    fields,
    render: (fill) => parts.map((part) => part.literal + (part.field === undefined ? '' : fill(part.field))).join(''),
  }
}

/**
 * A field's value as text: lists are joined with ", ", numbers and booleans written as JavaScript does, dates as ISO
 * 8601; null for what has none: null, undefined, NaN, the empty text or list.
 * @param where names the value in the error message
 * @throws ERR_DATA for an object, which has no one text
 */
export function fieldText(value: unknown, where: () => string): string | null {
  if (value === null || value === undefined || Number.isNaN(value)) return null
  if (typeof value === 'string') return value === '' ? null : value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (isDate(value)) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (Array.isArray(value)) {
    const texts = value.map((element) => fieldText(element, where)).filter((text) => text !== null)
    return texts.length > 0 ? texts.join(', ') : null
  }
  throw new KindredError('ERR_DATA', `${where()}: expected text, a number or a list of them but found ${show(value)}.`)
}
