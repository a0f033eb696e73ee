import type { IdMap } from '../data/id-map.js'
import type { RecommendOptions } from '../models/base/recommend-options.js'
import type { Recommender } from '../models/base/recommender.js'
import type { Progress } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { outputFormat, writeTable } from './write-table.js'

/** Users whose lists are made and written at a time. */
const USERS_AT_ONCE = 1024

/**
 * Writes the lists of all users, block by block, into a file that is there whole or not at all: rows of user, rank (from
 * 1), item and score, users in the order of the model. In CSV and Parquet ids are BIGINT where all are integers, else
 * text.
 * @returns how many rows
 * @throws what `recommendMany` throws; ERR_DATA for an id that the format cannot hold; ERR_IO, ERR_ABORTED
 */
export async function writeLists(
  model: Recommender,
  path: string,
  options: RecommendOptions,
  onProgress: (progress: Progress) => void,
): Promise<number> {
  const format = outputFormat('out', path)
  if (format === 'csv') checkIds(model)
  const columns = () => ({ user: idType(model.users), rank: 'INTEGER', item: idType(model.items), score: 'FLOAT' })
  return writeTable({ path, format, columns, rows: listsOf(model, options, onProgress), signal: options.signal })
}

/** @throws ERR_DATA for the empty string, which most readers of CSV take for a missing value */
function checkIds({ users, items }: Recommender): void {
  for (const [what, ids] of Object.entries({ user: users, item: items }))
    if (ids.has(''))
      throw new KindredError(
        'ERR_DATA',
        `--out: the empty string is the id of a ${what}, and in CSV it would be read as a missing value. Write to a .jsonl or .parquet file.`,
      )
}

const idType = ({ integers, size }: IdMap) => (integers === size ? 'BIGINT' : 'VARCHAR')

/** The rows of all lists, those of some users at a time. */
async function* listsOf(model: Recommender, options: RecommendOptions, onProgress: (progress: Progress) => void) {
  const users = [...model.users]
  for (let begin = 0; begin < users.length; begin += USERS_AT_ONCE) {
    const some = users.slice(begin, begin + USERS_AT_ONCE)
    const lists = await model.recommendMany(some, options)
    yield lists.flatMap((list, i) => list.map(({ item, score }, n) => ({ user: some[i], rank: n + 1, item, score })))
    onProgress({ done: begin + some.length, total: users.length })
  }
}
