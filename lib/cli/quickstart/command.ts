import type { Command } from 'commander'
import { createTerminal } from '../terminal.js'
import { printReport } from './print-report.js'
import { runQuickstart } from './run-quickstart.js'

const DEFAULT = {
  title: 'The Keeper of the Ice Light',
  text: 'A whaler’s orphaned daughter tends a lighthouse at the edge of the pack ice. When a ship bound for the pole founders on the reef, she takes a sledge, two dogs and the lamp itself across the frozen sea to bring its crew home before the winter dark.',
}

/** kindred quickstart: the whole pipeline on the classics that come with the package. */
export function defineQuickstart(command: Command): void {
  command
    .option('--title <title>', 'the title of a new book', DEFAULT.title)
    .option('--text <text>', 'its description', DEFAULT.text)
    .action(async ({ title, text, json }: { title: string; text: string; json?: boolean }) => {
      const terminal = createTerminal(json ?? false)
      const report = await runQuickstart({ title, text }, terminal.signal, (step) => {
        if (!json) terminal.note(`... ${step}`)
      })
      terminal.print(report, () => printReport(report))
    })
}
