import type { Command } from 'commander'
import { checkFileTarget } from '../data/storage/atomic-write.js'
import type { TableFileOptions } from '../data/tables/table-file-options.js'
import { profileTable } from '../features/profile/profile-table.js'
import { names, natural, usageError } from './options.js'
import { addTableOptions, TABLE_FILES, tableOptionsOf } from './table-options.js'
import { createTerminal } from './terminal.js'

interface ProfileOptions extends TableFileOptions {
  table: string[]
  against?: string[]
  html?: string
  select?: string[]
  frequent?: number
  correlations?: number
  bins?: number
  categories?: number
  json?: boolean
}

/** kindred profile: what is in a table, and how it has changed. */
export function defineProfile(command: Command): void {
  addTableOptions(command)
    .requiredOption('--table <files...>', `the table: ${TABLE_FILES}`)
    .option('--against <files...>', 'the table to compare it with, the reference, read alike')
    .option('--html <file>', 'write the profile as a page, with plots')
    .option('--select <list>', 'look at these columns alone, e.g. rating,time', names)
    .option('--frequent <n>', 'how many of the most frequent values to list (default: 10)', natural)
    .option('--correlations <n>', 'how many columns to correlate, 0 for none (default: 30)', natural)
    .option('--bins <n>', 'with --against: bins of numbers (default: 10)', natural)
    .option('--categories <n>', 'with --against: values with a bin of their own (default: 50)', natural)
    .action(async (options: ProfileOptions) => {
      const { table, against, html, json = false, select, frequent, correlations, bins, categories } = options
      for (const name of ['bins', 'categories'] as const)
        if (options[name] !== undefined && against === undefined) throw usageError(`--${name}: of --against`)
      if (html !== undefined && !/\.html?$/i.test(html))
        throw usageError(`--html: expected a file ending in .html but received ${html}.`)
      const terminal = createTerminal(json)
      if (html !== undefined) await checkFileTarget(html)
      const bar = terminal.progress('columns')
      try {
        const profile = await profileTable(table, {
          ...tableOptionsOf(options),
          ...{ against, select, frequent, correlations, bins, categories },
          signal: terminal.signal,
          onProgress: (progress) => bar.update(progress),
        })
        if (html !== undefined) await profile.save(html)
        bar.stop()
        terminal.print(profile, () => console.log(String(profile)))
      } finally {
        bar.stop()
      }
    })
}
