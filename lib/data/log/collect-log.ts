import { checkOneOf, checkOptions, ownOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { runAtOnce, runYielding } from '../resumable.js'
import type { TablePath } from '../tables/files/list-files.js'
import { readRows } from '../tables/read-interactions.js'
import { readUserItems } from '../tables/read-user-items.js'
import { FILE_FORMATS } from '../tables/table-file-options.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import { cleanInteractions } from './clean-interactions.js'
import { InteractionCollector, type InteractionInput } from './interaction-collector.js'
import type { InteractionColumns } from './interaction-columns.js'
import {
  CLEANING_OPTIONS,
  type CleaningOptions,
  checkCleaning,
  READ_OPTIONS,
  READ_USER_ITEMS_OPTIONS,
  type ReadInteractionsOptions,
  type ReadUserItemsOptions,
} from './interaction-options.js'
import type { InteractionsReport } from './interactions-report.js'

/** Rows of a log, cleaned, and what became of those that were read. */
export interface CollectedLog {
  readonly rows: InteractionColumns
  readonly report: InteractionsReport
}

/** @throws see Interactions.read */
export async function readLog(
  path: TablePath,
  options: ReadInteractionsOptions | ReadUserItemsOptions,
): Promise<CollectedLog> {
  options = ownOptions('Interactions.read', options, [...READ_OPTIONS, ...READ_USER_ITEMS_OPTIONS])
  const isLines = options.format === 'user-items'
  options = checkOptions('Interactions.read', options, isLines ? READ_USER_ITEMS_OPTIONS : READ_OPTIONS)
  if (options.format !== undefined) checkOneOf('format', options.format, [...FILE_FORMATS, 'user-items'])
  const cleaning = checkCleaning(options)
  const { rows, report } = isLines
    ? await readUserItems(path, options as ReadUserItemsOptions)
    : await readRows(path, options as ReadInteractionsOptions)
  return { rows: await runYielding(cleanInteractions(rows, cleaning, report), options.signal), report }
}

/** @throws see Interactions.from */
export function collectLog(rows: Iterable<InteractionInput>, options: CleaningOptions): CollectedLog {
  options = checkOptions('Interactions.from', options, CLEANING_OPTIONS)
  const cleaning = checkCleaning(options)
  if (typeof (rows as Iterable<unknown> | undefined)?.[Symbol.iterator] !== 'function')
    throw new KindredError('ERR_VALUE', `Interactions.from: expected an iterable of rows but received ${show(rows)}.`)
  const collector = new InteractionCollector()
  for (const row of rows) collector.push(row)
  const { report } = collector
  return { rows: runAtOnce(cleanInteractions(runAtOnce(collector.finish()), cleaning, report)), report }
}

/** The same of an async iterable, while the event loop runs. */
export async function collectLogAsync(
  rows: AsyncIterable<InteractionInput>,
  options: CleaningOptions & AbortOptions,
): Promise<CollectedLog> {
  options = checkOptions('Interactions.from', options, [...CLEANING_OPTIONS, 'signal'])
  const cleaning = checkCleaning(options)
  const collector = new InteractionCollector()
  const yielder = new LoopYielder(options.signal)
  for await (const row of rows) {
    collector.push(row)
    if (yielder.due) await yielder.yieldToLoop()
  }
  const { report } = collector
  const collected = await runYielding(collector.finish(), options.signal)
  return { rows: await runYielding(cleanInteractions(collected, cleaning, report), options.signal), report }
}
