// MovieLens-1M below KINDRED_REAL, where it is: data/ml-1m as interactions.parquet and items.jsonl.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Catalogue, Interactions } from 'kindred'

/** Ratings from 4, in the order in which they were given, and titles by film; undefined without the data. */
export async function realFilms() {
  const { KINDRED_REAL: real } = process.env
  const folder = join(real ?? '', 'data', 'ml-1m')
  if (!real || !existsSync(folder)) return undefined
  const names = { user: 'user_id', item: 'item_id', weight: 'rating', time: 'position' }
  const all = await Interactions.read(join(folder, 'interactions.parquet'), names)
  const rows = [...all].filter(({ weight }) => weight >= 4)
  const films = await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text: '{title}' })
  const titles = new Map(Array.from(films.ids, (id, n) => [id, films.texts[n]]))
  return { rows, titleOf: (film) => titles.get(film) ?? String(film) }
}
