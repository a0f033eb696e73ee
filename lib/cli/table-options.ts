import { type Command, Option } from 'commander'
import { FILE_FORMATS, TABLE_FILE_OPTIONS, type TableFileOptions } from '../data/tables/table-file-options.js'
import { names, natural, usageError } from './options.js'

/** How a table's files are described in the help of the option that names them. */
export const TABLE_FILES = 'CSV, TSV, JSONL or Parquet (.gz, .zst too); files, folders of part files or quoted globs'

/** `\t` as it is written on a command line is a tab. */
const delimiter = (text: string) => text.replaceAll('\\t', '\t')

/**
 * Adds the flags of {@link TableFileOptions} to a command.
 * @param further formats besides those of tables
 */
export function addTableOptions(command: Command, further: readonly string[] = []): Command {
  return command
    .addOption(
      new Option('--format <name>', 'what the files are (default: by their extension)').choices([
        ...FILE_FORMATS,
        ...further,
      ]),
    )
    .option('--delimiter <text>', 'of CSV: between the fields, e.g. ";", "::" or "\\t" (default: ",")', delimiter)
    .option('--columns <list>', 'of CSV without a header: the names of the columns, e.g. user,item,rating', names)
    .option('--quote <character>', 'of CSV: round fields that hold delimiters; "" for none (default: \'"\')')
    .option('--escape <character>', 'of CSV: before a quote that belongs to a field (default: the quote)')
    .option('--comment <character>', 'of CSV: begins a comment, to the end of the line')
    .option('--skip <n>', 'of CSV: lines before the header, or before the rows', natural)
    .option('--encoding <name>', 'of text files, e.g. latin1 or utf-16le (default: utf-8)')
}

/** The flags that {@link addTableOptions} adds; `format` may be one of the further ones. */
type GivenFlags = Omit<TableFileOptions, 'format'> & { format?: string }

/** The options of a table's files that the flags stand for; those that were not given are absent. */
export function tableOptionsOf(flags: GivenFlags): TableFileOptions {
  const given = TABLE_FILE_OPTIONS.filter((name) => flags[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, flags[name]]))
}

/** A usage error for such a flag that was given, but for those of `taken`. */
export function refuseTableOptions(flags: GivenFlags, reason: string, taken: readonly string[] = []): void {
  const given = TABLE_FILE_OPTIONS.find((name) => flags[name] !== undefined && !taken.includes(name))
  if (given !== undefined) throw usageError(`--${given}: ${reason}`)
}
