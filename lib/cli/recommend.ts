import type { Command } from 'commander'
import { type Id, parseIdLike } from '../data/id-map.js'
import type { RecommendOptions } from '../models/base/recommend-options.js'
import { loadModel } from '../models/load-model.js'
import { addCommand, idList, natural, usageError } from './options.js'
import { createTerminal } from './terminal.js'
import { printList, type TitleOptions, withTitles } from './titles.js'

interface CliRecommendOptions extends TitleOptions {
  model: string
  user?: string
  history?: string
  k: number
  exclude: string
  candidates?: string
  json?: boolean
}

/** kindred recommend: the list of a user, or of a history given as item ids. */
export function addRecommend(program: Command): void {
  addCommand(program, 'recommend', 'Print the best items for a user.')
    .requiredOption('--model <folder>', 'a trained model')
    .option('--user <id>', 'a user of the training log')
    .option('--history <ids>', 'instead of --user: the items of a new user, e.g. 318,2959')
    .option('--k <n>', 'how many', natural, 10)
    .option('--exclude <ids>', "'seen', 'none', or items to leave out, e.g. 318,2959", 'seen')
    .option('--candidates <ids>', 'rank these items only')
    .option('--titles <file>', 'a catalogue to read titles from')
    .option('--id <field>', "the catalogue's field of the item id", 'item_id')
    .option('--title <field>', "the catalogue's field of the title", 'title')
    .action(async (options: CliRecommendOptions) => {
      const terminal = createTerminal(options.json ?? false)
      if ((options.user === undefined) === (options.history === undefined))
        throw usageError('expected either --user or --history.')
      const model = await loadModel(options.model)
      const ids = (text: string): Id[] => idList(text, model.items)
      const exclude: RecommendOptions['exclude'] =
        options.exclude === 'seen' || options.exclude === 'none' ? options.exclude : ids(options.exclude)
      const candidates = options.candidates === undefined ? undefined : ids(options.candidates)
      const listOptions = { k: options.k, exclude, candidates, signal: terminal.signal }
      const list =
        options.user === undefined
          ? await model.recommendFor(
              ids(options.history!).map((item) => ({ item })),
              listOptions,
            )
          : await model.recommend(parseIdLike(options.user, model.users), listOptions)
      const titled = await withTitles(list, options, terminal.signal)
      terminal.print(titled, () => printList(titled))
    })
}
