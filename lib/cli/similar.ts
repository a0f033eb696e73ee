import type { Command } from 'commander'
import { parseIdLike } from '../data/id-map.js'
import { loadModel } from '../models/load-model.js'
import { addCommand, natural } from './options.js'
import { createTerminal } from './terminal.js'
import { printList, type TitleOptions, withTitles } from './titles.js'

interface CliSimilarOptions extends TitleOptions {
  model: string
  item: string
  k: number
  json?: boolean
}

/** kindred similar: the items most similar to one. */
export function addSimilar(program: Command): void {
  addCommand(program, 'similar', 'Print the items most similar to one.')
    .requiredOption('--model <folder>', 'a trained model')
    .requiredOption('--item <id>', 'an item of the model')
    .option('--k <n>', 'how many', natural, 10)
    .option('--titles <file>', 'a catalogue to read titles from')
    .option('--id <field>', "the catalogue's field of the item id", 'item_id')
    .option('--title <field>', "the catalogue's field of the title", 'title')
    .action(async (options: CliSimilarOptions) => {
      const terminal = createTerminal(options.json ?? false)
      const model = await loadModel(options.model)
      const { k } = options
      const list = await model.similarItems(parseIdLike(options.item, model.items), { k, signal: terminal.signal })
      const titled = await withTitles(list, options, terminal.signal)
      terminal.print(titled, () => printList(titled))
    })
}
