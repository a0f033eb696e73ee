import { type FileHandle, open } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import type { Id, IdMap } from '../data/id-map.js'
import { checkFileTarget, withTemporaryFiles, writeAtomically } from '../data/storage/atomic-write.js'
import { convertJsonl, type TableFormat } from '../data/tables/duckdb/convert-jsonl.js'
import type { RecommendOptions } from '../models/base/recommend-options.js'
import type { Recommender } from '../models/base/recommender.js'
import type { Progress } from '../native/call-options.js'
import { KindredError } from '../native/errors.js'
import { usageError } from './options.js'

/** Users whose lists are made and written at a time. */
const USERS_AT_ONCE = 1024

const FORMATS: Readonly<Record<string, TableFormat | 'jsonl'>> = {
  '.jsonl': 'jsonl',
  '.csv': 'csv',
  '.parquet': 'parquet',
}

/** What the file is, by its extension; a usage error for another. */
export function checkListsFile(path: string): TableFormat | 'jsonl' {
  const format = FORMATS[extname(path).toLowerCase()]
  if (format === undefined)
    throw usageError(`--out: expected a file ending in ${Object.keys(FORMATS).join(', ')} but received ${path}.`)
  return format
}

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
  const format = checkListsFile(path)
  if (format === 'csv') checkIds(model)
  await checkFileTarget(path)
  let rows = 0
  const writeRows = async (file: string) => {
    rows = await writeJsonl(model, file, options, onProgress)
  }
  if (format === 'jsonl') await writeAtomically(path, writeRows)
  else
    await writeAtomically(path, (temporary) =>
      withTemporaryFiles(dirname(path), async (newPath) => {
        const source = newPath()
        await writeRows(source)
        const columns = { user: idType(model.users), rank: 'INTEGER', item: idType(model.items), score: 'FLOAT' }
        await convertJsonl(source, temporary, { columns, format, name: path, signal: options.signal })
      }),
    )
  return rows
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

async function writeJsonl(
  model: Recommender,
  path: string,
  options: RecommendOptions,
  onProgress: (progress: Progress) => void,
): Promise<number> {
  const users = [...model.users]
  const file = await open(path, 'wx')
  let rows = 0
  try {
    for (let begin = 0; begin < users.length; begin += USERS_AT_ONCE) {
      const some = users.slice(begin, begin + USERS_AT_ONCE)
      rows += await writeBlock(file, some, await model.recommendMany(some, options))
      onProgress({ done: begin + some.length, total: users.length })
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return rows
}

async function writeBlock(
  file: FileHandle,
  users: readonly Id[],
  lists: readonly (readonly { item: Id; score: number }[])[],
): Promise<number> {
  const lines = lists.flatMap((list, i) =>
    list.map(({ item, score }, n) => `${JSON.stringify({ user: users[i], rank: n + 1, item, score })}\n`),
  )
  await file.writeFile(lines.join(''))
  return lines.length
}
