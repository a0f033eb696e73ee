import type { Command } from 'commander'
import { addCommand } from '../options.js'
import { createTerminal } from '../terminal.js'
import { printStudy } from './print.js'
import { study } from './study.js'

const DEFAULT = {
  title: 'The Keeper of the Ice Light',
  text: 'A whaler’s orphaned daughter tends a lighthouse at the edge of the pack ice. When a ship bound for the pole founders on the reef, she takes a sledge, two dogs and the lamp itself across the frozen sea to bring its crew home before the winter dark.',
}

/** kindred quickstart: the whole of it on the classics that come with the package. */
export function addQuickstart(program: Command): void {
  addCommand(program, 'quickstart', 'See it work: books, simulated readers, recommendations. Needs nothing else.')
    .option('--title <title>', 'a new book of yours', DEFAULT.title)
    .option('--text <text>', 'what it is about', DEFAULT.text)
    .action(async ({ title, text, json }: { title: string; text: string; json?: boolean }) => {
      const terminal = createTerminal(json ?? false)
      const result = await study({ title, text }, terminal.signal, (step) => {
        if (!json) terminal.note(`... ${step}`)
      })
      terminal.print(result, () => printStudy(result))
    })
}
