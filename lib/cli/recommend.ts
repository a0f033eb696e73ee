import type { Command } from 'commander'
import { type IdMap, parseIdLike } from '../data/id-map.js'
import { rowOf } from '../models/base/list-filters.js'
import type { RecommendOptions } from '../models/base/recommend-options.js'
import type { Recommender } from '../models/base/recommender.js'
import { loadModel } from '../models/load-model.js'
import { addListOptions, idList, type ListFlags, listOptionsOf, listParts, usageError } from './options.js'
import { createTerminal, type Terminal } from './terminal.js'
import { addTitleOptions, checkTitleOptions, printList, type TitleOptions, withTitles } from './titles.js'
import { writeLists } from './write-lists.js'
import { outputFormat } from './write-table.js'

interface CliRecommendOptions extends TitleOptions, ListFlags {
  model: string
  user?: string
  history?: string
  all?: boolean
  out?: string
  exclude: string
  json?: boolean
}

/** kindred recommend: the list of a user, of a history given as item ids, or of every user into a file. */
export function defineRecommend(command: Command): void {
  command
    .requiredOption('--model <folder>', 'a trained model')
    .option('--user <id>', 'a user of the training log')
    .option('--history <ids>', 'instead of --user: the items of a new user, e.g. 318,2959')
    .option('--all', 'instead of --user: every user of the training log, into the file --out')
    .option('--out <file>', 'with --all: .jsonl, .csv or .parquet; a row has user, rank (from 1), item, score')
    .option(
      '--exclude <ids>',
      "'seen': what the user has seen; items, e.g. 318,2959: these too; 'none': leave out nothing",
      'seen',
    )
  addTitleOptions(addListOptions(command)).action(async (options: CliRecommendOptions) => {
    checkUsage(options)
    const terminal = createTerminal(options.json ?? false)
    const { signal } = terminal
    const model = await loadModel(options.model, { signal })
    const listOptions: RecommendOptions = {
      ...listOptionsOf(options, model.items),
      exclude: excludeOf(options, model.items),
      signal,
    }
    if (options.all) return recommendAll(model, options.out!, listOptions, terminal)
    const list =
      options.user === undefined
        ? await model.recommendFor(
            (options.history === '' ? [] : idList('history', options.history!, model.items)).map((item) => ({ item })),
            listOptions,
          )
        : await model.recommend(parseIdLike(options.user, model.users), listOptions)
    const titled = await withTitles(list, options, signal)
    terminal.print(titled, () => printList(titled))
  })
}

/**
 * What --exclude leaves out: items come on top of what the user has seen, which may be named among them.
 * @throws ERR_UNKNOWN_ID for an item that the model does not know, unless --unknown is ignore
 */
function excludeOf({ exclude, unknown }: CliRecommendOptions, items: IdMap): RecommendOptions['exclude'] {
  if (exclude === 'none') return 'none'
  const ids = listParts('exclude', exclude)
    .filter((part) => part !== 'seen')
    .map((part) => parseIdLike(part, items))
  if (unknown !== 'ignore')
    for (const id of ids)
      rowOf(items, id, 'item', ' --exclude takes items of the model; --unknown ignore skips others.')
  return { seen: true, items: ids }
}

function checkUsage(options: CliRecommendOptions): void {
  const given = [options.user, options.history, options.all].filter((one) => one !== undefined)
  if (given.length !== 1) throw usageError('expected either --user, --history or --all.')
  checkTitleOptions(options)
  if (options.all && options.out === undefined) throw usageError('--all: expected --out, the file to write to.')
  if (options.out !== undefined && !options.all) throw usageError('--out: of --all; one list goes to standard output.')
  if (options.all && options.titles !== undefined)
    throw usageError('--titles: of one list; the file of --all holds ids.')
  if (options.out !== undefined) outputFormat('out', options.out)
  if (options.exclude !== 'none' && listParts('exclude', options.exclude).includes('none'))
    throw usageError("--exclude: 'none' stands alone; without it the items come on top of what the user has seen.")
}

async function recommendAll(
  model: Recommender,
  out: string,
  options: RecommendOptions,
  terminal: Terminal,
): Promise<void> {
  const started = performance.now()
  const bar = terminal.progress('recommending')
  const rows = await writeLists(model, out, options, (progress) => bar.update(progress)).finally(() => bar.stop())
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
  const users = model.users.size
  terminal.print({ users, rows, seconds, out }, () =>
    console.log(`${users} users, ${rows} rows in ${seconds.toFixed(1)} s, in ${out}`),
  )
}
