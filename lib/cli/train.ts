import { type Command, Option } from 'commander'
import { Features } from '../data/features.js'
import { Interactions } from '../data/log/interactions.js'
import { checkTarget } from '../data/storage/saved-folder.js'
import type { FileFormat, TableFileOptions } from '../data/tables/table-file-options.js'
import type { Algorithm } from '../models/registry.js'
import { throwIfAborted } from '../native/errors.js'
import { removeHeldOut, saveHeldOut } from './held-out.js'
import { addModelOptions, createModel, type ModelOptions } from './model-options.js'
import { natural, number, usageError } from './options.js'
import { addSplitOptions, type SplitFlags, splitOf } from './split-options.js'
import { addTableOptions, refuseTableOptions, TABLE_FILES, tableOptionsOf } from './table-options.js'
import { createTerminal } from './terminal.js'

interface TrainOptions extends ModelOptions, SplitFlags, Omit<TableFileOptions, 'format'> {
  interactions: string[]
  format?: FileFormat | 'user-items'
  user?: string
  item?: string
  firstField?: 'user' | 'count' | 'item'
  transform?: 'log' | 'binary' | 'rank'
  scale?: number
  weight?: string
  time?: string
  duplicates: 'last' | 'sum' | 'max' | 'error'
  minUser?: number
  minItem?: number
  items?: string
  algorithm: Algorithm
  out: string
  json?: boolean
}

/** kindred train: from a log, and item vectors if there are any, to a model. */
export function defineTrain(command: Command): void {
  addTableOptions(command, ['user-items'])
    .requiredOption('--interactions <files...>', `the log as ${TABLE_FILES}`)
    .option('--user <column>', 'the column of the user id')
    .option('--item <column>', 'the column of the item id')
    .option('--weight <column>', 'the column of the weight (default: 1 for each row)')
    .option('--time <column>', 'the column of the time, a number or a timestamp')
    .addOption(
      new Option('--duplicates <policy>', 'a pair that comes twice')
        .choices(['last', 'sum', 'max', 'error'])
        .default('last'),
    )
    .option('--min-user <n>', 'keep users with at least n interactions (k-core, with --min-item)', natural)
    .option('--min-item <n>', 'keep items with at least n interactions', natural)
    .addOption(
      new Option('--first-field <what>', 'of --format user-items: what a line begins with (default: user)').choices([
        'user',
        'count',
        'item',
      ]),
    )
    .addOption(new Option('--transform <how>', 'make other weights of the weights').choices(['log', 'binary', 'rank']))
    .option('--scale <x>', 'of --transform log: the weight that becomes ln 2 (default: 1)', number)
    .option('--items <folder>', 'item vectors, as kindred embed writes them')
  addSplitOptions(addModelOptions(command))
    .requiredOption('--out <folder>', 'the folder to write the model to')
    .action(train)
}

async function train(options: TrainOptions): Promise<void> {
  const split = splitOf(options)
  checkLogFlags(options)
  const terminal = createTerminal(options.json ?? false)
  const { signal } = terminal
  const started = performance.now()
  const model = createModel(options.algorithm, options)
  if (options.algorithm === 'ContentBased' && options.items === undefined)
    throw usageError('--algorithm ContentBased: expected --items, the folder that kindred embed wrote.')
  if (options.items !== undefined && !model.capabilities.itemFeatures)
    throw usageError(`--items: ${options.algorithm} learns from interactions alone and takes no item vectors.`)
  await checkTarget(options.out, { kind: 'model' })
  const read = await readLog(options, signal)
  const { transform: weight, scale } = options
  const log = weight === undefined ? read : read.transform({ weight, scale })
  const itemFeatures = options.items === undefined ? undefined : await Features.load(options.items, { signal })
  const parts = split && (await log.splitAsync({ ...split, signal }))
  const bar = terminal.progress(`training ${options.algorithm}`)
  try {
    await model.fit(parts?.train ?? log, {
      itemFeatures,
      signal,
      onProgress: (progress) => bar.update(progress),
    })
  } finally {
    bar.stop()
  }
  throwIfAborted(signal)
  // Held-out interactions name their model, so that those of an older model are refused if this is interrupted.
  await model.save(options.out, { signal })
  if (parts) await saveHeldOut(options.out, { split: { ...split }, test: parts.test })
  else await removeHeldOut(options.out)

  const seconds = (performance.now() - started) / 1000
  const result = {
    algorithm: options.algorithm,
    users: model.users.size,
    items: model.items.size,
    trainedOn: (parts?.train ?? log).size,
    heldOut: parts?.test.size ?? 0,
    log: log.report,
    seconds: Number(seconds.toFixed(2)),
    out: options.out,
  }
  terminal.print(result, () => {
    console.log(`${result.algorithm}: ${result.users} users, ${result.items} items, ${result.trainedOn} interactions`)
    console.log(`held out: ${result.heldOut}; ${seconds.toFixed(1)} s; model in ${options.out}`)
    console.log('log:', log.report)
  })
}

function checkLogFlags(options: TrainOptions): void {
  const { format, firstField, transform, scale, ...columns } = options
  const isLines = format === 'user-items'
  for (const name of ['user', 'item'] as const)
    if (columns[name] === undefined && !isLines) throw usageError(`expected --${name}, the column of the ${name} id.`)
  for (const name of ['user', 'item', 'weight', 'time'] as const)
    if (columns[name] !== undefined && isLines)
      throw usageError(`--${name}: of tables with columns; a file of --format user-items has none.`)
  if (isLines)
    refuseTableOptions(options, 'of tables; a file of --format user-items is none.', [
      'format',
      'delimiter',
      'encoding',
    ])
  if (firstField !== undefined && !isLines) throw usageError('--first-field: of --format user-items.')
  if (scale !== undefined && transform !== 'log') throw usageError('--scale: of --transform log.')
}

function readLog(options: TrainOptions, signal: AbortSignal): Promise<Interactions> {
  const { duplicates, minUser: minUserInteractions, minItem: minItemInteractions, firstField } = options
  const cleaning = { duplicates, minUserInteractions, minItemInteractions, signal }
  const { format, delimiter, encoding, interactions } = options
  if (format === 'user-items')
    return Interactions.read(interactions, { ...cleaning, format, delimiter, encoding, firstField })
  const { weight, time } = options
  return Interactions.read(interactions, {
    ...cleaning,
    ...tableOptionsOf(options),
    user: options.user!,
    item: options.item!,
    weight,
    time,
  })
}
