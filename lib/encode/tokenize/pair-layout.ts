import type { TokenizerJson } from './tokenizer-settings.js'

/** Special tokens of a kind, in their order, and their types. */
interface Specials {
  readonly ids: readonly number[]
  readonly types: readonly number[]
}

/** How two texts are read together: special tokens around and between them, and the type of each token. */
export interface PairLayout {
  readonly before: Specials
  readonly between: Specials
  readonly after: Specials
  /** Types of the tokens of the first and of the second text. */
  readonly types: readonly [number, number]
}

/** The special tokens around a text that is read alone. */
export interface SingleLayout {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

type Special = readonly [token: string, id: number]

interface TemplateItem {
  SpecialToken?: { id: string; type_id: number }
  Sequence?: { id: 'A' | 'B'; type_id: number }
}

interface Processor {
  type?: unknown
  processors?: readonly Processor[]
  cls?: Special
  sep?: Special
  single?: readonly TemplateItem[]
  pair?: readonly TemplateItem[]
  special_tokens?: Readonly<Record<string, { ids: readonly number[] }>>
}

const specials = (type: number, ...tokens: readonly (Special | undefined)[]): Specials => ({
  ids: tokens.map((token) => token![1]),
  types: tokens.map(() => type),
})

/** @returns undefined for one whose texts are not first and second, once each */
function templateLayout({ pair = [], special_tokens = {} }: Processor): PairLayout | undefined {
  const parts: { ids: number[]; types: number[] }[] = [{ ids: [], types: [] }]
  const types: number[] = []
  for (const { SpecialToken: special, Sequence: text } of pair) {
    if (text) {
      if (text.id !== 'AB'[types.length]) return undefined
      types.push(text.type_id)
      parts.push({ ids: [], types: [] })
    } else
      for (const id of special_tokens[special!.id]!.ids) {
        parts.at(-1)!.ids.push(id)
        parts.at(-1)!.types.push(special!.type_id)
      }
  }
  const [before, between, after] = parts
  return after && { before: before!, between: between!, after, types: types as [number, number] }
}

/** The one processor that puts tokens around texts; undefined for none. @throws where there are several */
function processorOf(processor: Processor): Processor | undefined {
  const list = processor.type === 'Sequence' ? (processor.processors ?? []) : [processor]
  // One of bytes changes offsets alone.
  const [found, ...others] = list.filter(({ type }) => type !== undefined && type !== 'ByteLevel')
  if (others.length > 0) throw new Error('several processors')
  return found
}

function layoutOf(processor: Processor): PairLayout | undefined {
  const found = processorOf(processor)
  const { cls, sep } = found ?? {}
  switch (found?.type) {
    case undefined:
      return { before: specials(0), between: specials(0), after: specials(0), types: [0, 1] }
    case 'BertProcessing':
      return { before: specials(0, cls), between: specials(0, sep), after: specials(1, sep), types: [0, 1] }
    case 'RobertaProcessing':
      return { before: specials(0, cls), between: specials(0, sep, sep), after: specials(0, sep), types: [0, 0] }
    case 'TemplateProcessing':
      return templateLayout(found!)
    default:
      return undefined
  }
}

/**
 * What the post-processor of a tokenizer.json puts around two texts, as the reference implementation does it.
 * @returns undefined for one that is malformed, or cannot be laid out as a first text and a second one
 */
export function pairLayout({ post_processor }: TokenizerJson): PairLayout | undefined {
  try {
    const layout = layoutOf((post_processor ?? {}) as Processor)
    if (layout === undefined) return undefined
    const { before, between, after, types } = layout
    const numbers = [...[before, between, after].flatMap(({ ids, types }) => [...ids, ...types]), ...types]
    return numbers.every((number) => Number.isInteger(number) && number >= 0) ? layout : undefined
  } catch {
    return undefined
  }
}

function singleOf(found: Processor | undefined): SingleLayout | undefined {
  const { cls, sep, single = [], special_tokens = {} } = found ?? {}
  switch (found?.type) {
    case undefined:
      return { before: [], after: [] }
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [cls![1]], after: [sep![1]] }
    case 'TemplateProcessing': {
      const at = single.findIndex((item) => item.Sequence !== undefined)
      if (at < 0 || single.some((item, i) => item.Sequence !== undefined && (i !== at || item.Sequence.id !== 'A')))
        return undefined
      const idsOf = (items: readonly TemplateItem[]) =>
        items.flatMap(({ SpecialToken }) => special_tokens[SpecialToken!.id]!.ids)
      return { before: idsOf(single.slice(0, at)), after: idsOf(single.slice(at + 1)) }
    }
    default:
      return undefined
  }
}

/**
 * What the post-processor of a tokenizer.json puts around one text, as the reference implementation does it.
 * @returns undefined for one that is malformed or not known here
 */
export function singleLayout({ post_processor }: TokenizerJson): SingleLayout | undefined {
  try {
    const layout = singleOf(processorOf((post_processor ?? {}) as Processor))
    const ids = layout && [...layout.before, ...layout.after]
    return ids?.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31) ? layout : undefined
  } catch {
    return undefined
  }
}
