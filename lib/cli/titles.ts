import { Catalogue } from '../data/catalogue.js'
import type { Recommendation } from '../models/base/recommend-options.js'
import { KindredError } from '../native/errors.js'

export interface TitleOptions {
  titles?: string
  id: string
  title: string
}

/** Recommendations with the titles of a catalogue file beside them, if one is given. */
export async function withTitles(
  list: readonly Recommendation[],
  { titles, id, title }: TitleOptions,
  signal: AbortSignal,
): Promise<(Recommendation & { title?: string })[]> {
  if (titles === undefined) return [...list]
  const catalogue = await Catalogue.read(titles, { id, text: `{${title}}`, signal })
  if (list.length > 0 && !list.some(({ item }) => catalogue.ids.has(item)))
    throw new KindredError(
      'ERR_DATA',
      `${titles}: holds none of the recommended items. Is --id the right field, and of the same type as in training?`,
    )
  return list.map((entry) => ({
    ...entry,
    title: catalogue.ids.has(entry.item) ? catalogue.text(entry.item) : undefined,
  }))
}

export function printList(list: readonly (Recommendation & { title?: string })[]): void {
  for (const [i, { item, score, title }] of list.entries())
    console.log(`${String(i + 1).padStart(3)}  ${score.toFixed(4).padStart(8)}  ${item}${title ? `  ${title}` : ''}`)
}
