import { checkOptions, checkString, unknownName } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { RankedItem } from '../../rank/base/ranked-list.js'

/** An item of an answer with its text. */
export interface ComposedItem extends RankedItem {
  /** What is written about it; empty if there is nothing. */
  text: string
}

/** What an answer is composed of. */
export interface ComposeInput {
  /** What was asked; undefined of requests without a query. */
  readonly query: string | undefined
  /** The best items. */
  readonly items: readonly ComposedItem[]
  /** Fires when nobody waits any more. */
  readonly signal: AbortSignal | undefined
}

/**
 * Makes an answer of what was found: at once, as a promise, or in parts (a stream): a template, or a language model of one's own.
 */
export type Composer = (input: ComposeInput) => string | Promise<string> | AsyncIterable<string>

/** Options of {@link templateComposer}. */
export interface TemplateComposerOptions {
  /** A line for each item: text with {place}, {item}, {text}, {score} and {reasons}. Default '{place}. {text}'. */
  line?: string
  /** The answer where there is no item: text with {query}. Default 'Nothing was found.' */
  none?: string
}

/**
 * A composer that fills a text: {query} is what was asked, {items} the lines of the items. What is filled in is not
 * looked at for further braces. {{ is a brace.
 * @param template such as 'For "{query}" we found:\n{items}', which is the default
 * @throws ERR_VALUE for braces with another word
 */
export function templateComposer(
  template = 'For "{query}" we found:\n{items}',
  options: TemplateComposerOptions = {},
): Composer {
  const own = checkOptions('templateComposer', options, ['line', 'none'])
  const whole = filler('template', template, ['query', 'items'])
  const line = filler('line', own.line ?? '{place}. {text}', ['place', 'item', 'text', 'score', 'reasons'])
  const none = filler('none', own.none ?? 'Nothing was found.', ['query'])
  return ({ query = '', items }) => {
    if (items.length === 0) return none({ query })
    const lines = items.map(({ item, text, score, reasons }, n) =>
      line({
        place: String(n + 1),
        item: String(item),
        text: text === '' ? String(item) : text,
        score: String(score),
        reasons: reasons.join('; '),
      }),
    )
    return whole({ query, items: lines.join('\n') })
  }
}

/** What fills a text. @throws ERR_VALUE */
function filler(
  where: string,
  template: string,
  fields: readonly string[],
): (values: Readonly<Record<string, string>>) => string {
  const parts = checkString(where, template).split(/(\{\{|\}\}|\{[^{}]*\})/)
  for (const part of parts) {
    if (!/^\{[^{}]/.test(part)) continue
    const field = part.slice(1, -1)
    if (!fields.includes(field)) throw unknownName(where, 'field', field, fields)
  }
  return (values) =>
    parts
      .map((part) => {
        if (part === '{{' || part === '}}') return part[0]!
        return part.startsWith('{') && part.endsWith('}') && part.length > 2 ? values[part.slice(1, -1)]! : part
      })
      .join('')
}

/** The parts of an answer as they come. @throws ERR_VALUE for what is no text */
export async function* partsOf(answer: ReturnType<Composer>): AsyncGenerator<string, void, undefined> {
  const given = await (answer as Promise<string>)
  if (typeof given === 'string') {
    yield given
    return
  }
  const stream = given as unknown as AsyncIterable<unknown>
  if (typeof stream !== 'object' || stream === null || typeof stream[Symbol.asyncIterator] !== 'function')
    throw new KindredError('ERR_VALUE', `composer: expected a text or a stream of texts but received ${show(given)}.`)
  for await (const part of stream) yield checkString('composer: a part', part)
}
