import type { Command } from 'commander'
import { Catalogue } from '../data/catalogue.js'
import type { TableFileOptions } from '../data/tables/table-file-options.js'
import type { Recommendation } from '../models/base/recommend-options.js'
import { KindredError } from '../native/errors.js'
import { usageError } from './options.js'
import { addTableOptions, refuseTableOptions, TABLE_FILES, tableOptionsOf } from './table-options.js'

export interface TitleOptions extends TableFileOptions {
  titles?: string[]
  id?: string
  title?: string
}

/** Fields of the catalogue where nothing else is said. */
const FIELDS = { id: 'item_id', title: 'title' }

/** Adds the options that say where titles are. */
export function addTitleOptions(command: Command): Command {
  return addTableOptions(command)
    .option('--titles <files...>', `a catalogue to read titles from: ${TABLE_FILES}`)
    .option('--id <field>', `with --titles: the field of the item id (default: "${FIELDS.id}")`)
    .option('--title <field>', `with --titles: the field of the title (default: "${FIELDS.title}")`)
}

/** A usage error for fields without a catalogue. */
export function checkTitleOptions(options: TitleOptions): void {
  for (const name of ['id', 'title'] as const)
    if (options[name] !== undefined && options.titles === undefined)
      throw usageError(`--${name}: of --titles, the catalogue that the field is in.`)
  if (options.titles === undefined) refuseTableOptions(options, 'of --titles, the catalogue.')
}

/** Recommendations with the titles of a catalogue file beside them, if one is given. */
export async function withTitles(
  list: readonly Recommendation[],
  { titles, id = FIELDS.id, title = FIELDS.title, ...flags }: TitleOptions,
  signal: AbortSignal,
): Promise<(Recommendation & { title?: string })[]> {
  if (titles === undefined) return [...list]
  const catalogue = await Catalogue.read(titles, { id, text: `{${title}}`, ...tableOptionsOf(flags), signal })
  if (list.length > 0 && !list.some(({ item }) => catalogue.ids.has(item)))
    throw new KindredError(
      'ERR_DATA',
      `${titles.join(', ')}: holds none of the recommended items. Is --id the right field, and of the same type as in training?`,
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
