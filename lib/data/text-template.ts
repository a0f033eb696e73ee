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
