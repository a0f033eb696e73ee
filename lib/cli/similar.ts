import type { Command } from 'commander'
import { parseIdLike } from '../data/id-map.js'
import { loadModel } from '../models/load-model.js'
import { addListOptions, type ListFlags, listOptionsOf } from './options.js'
import { createTerminal } from './terminal.js'
import { addTitleOptions, checkTitleOptions, printList, type TitleOptions, withTitles } from './titles.js'

interface CliSimilarOptions extends TitleOptions, ListFlags {
  model: string
  item: string
  json?: boolean
}

/** kindred similar: the items most similar to one. */
export function defineSimilar(command: Command): void {
  command.requiredOption('--model <folder>', 'a trained model').requiredOption('--item <id>', 'an item of the model')
  addTitleOptions(addListOptions(command)).action(async (options: CliSimilarOptions) => {
    checkTitleOptions(options)
    const terminal = createTerminal(options.json ?? false)
    const { signal } = terminal
    const model = await loadModel(options.model, { signal })
    const list = await model.similarItems(parseIdLike(options.item, model.items), {
      ...listOptionsOf(options, model.items),
      signal,
    })
    const titled = await withTitles(list, options, signal)
    terminal.print(titled, () => printList(titled))
  })
}
