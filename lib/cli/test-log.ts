import { type Id, type IdMap, parseIdLike } from '../data/id-map.js'
import { Interactions } from '../data/log/interactions.js'
import type { TableFileOptions } from '../data/tables/table-file-options.js'
import type { Recommender } from '../models/base/recommender.js'
import { KindredError } from '../native/errors.js'
import { tableOptionsOf } from './table-options.js'

/** Where a log to evaluate on is, and which columns it has. */
export interface TestLogOptions extends TableFileOptions {
  test?: string[]
  user?: string
  item?: string
  weight?: string
}

/**
 * The log of --test with the ids of the models: a column of integers in one file may be one of strings in the file that
 * they were trained on, where another row held "007".
 * @throws ERR_DATA if it is empty, or no model knows any of its users
 */
export async function readTestLog(
  { test, user, item, weight, ...flags }: TestLogOptions,
  models: readonly Recommender[],
  signal: AbortSignal,
): Promise<Interactions> {
  const columns = { user: user!, item: item!, weight }
  const read = await Interactions.read(test!, { ...columns, ...tableOptionsOf(flags), signal })
  const name = test!.join(', ')
  if (read.size === 0) throw new KindredError('ERR_DATA', `${name}: no interactions to evaluate on.`)
  const users = idsLike(
    read.users,
    models.map((model) => model.users),
  )
  const items = idsLike(
    read.items,
    models.map((model) => model.items),
  )
  if (!users.some((id) => models.some((model) => model.users.has(id))))
    throw new KindredError(
      'ERR_DATA',
      `${name}: no model knows any of its ${users.length} users. Is --user the right column?`,
    )
  async function* rows() {
    for (let row = 0; row < read.size; row++)
      yield { user: users[read.userRows[row]!]!, item: items[read.itemRows[row]!]!, weight: read.weights[row]! }
  }
  return Interactions.from(rows(), { signal })
}

/** Each id as the first map that knows it holds it. */
function idsLike(ids: IdMap, maps: readonly IdMap[]): Id[] {
  return Array.from(ids, (id) => {
    const text = String(id)
    const likely = maps.map((map) => (map.has(id) ? id : parseIdLike(text, map)))
    return likely.find((one, n) => maps[n]!.has(one)) ?? id
  })
}
