import { type Command, Option } from 'commander'
import { Features } from '../data/features.js'
import { Interactions } from '../data/log/interactions.js'
import { checkTarget } from '../data/storage/saved-folder.js'
import type { Algorithm } from '../models/registry.js'
import { throwIfAborted } from '../native/errors.js'
import { removeHeldOut, saveHeldOut } from './held-out.js'
import { addModelOptions, createModel, type ModelOptions } from './model-options.js'
import { addCommand, natural, number, usageError } from './options.js'
import { createTerminal } from './terminal.js'

interface TrainOptions extends ModelOptions {
  interactions: string
  user: string
  item: string
  weight?: string
  time?: string
  duplicates: 'last' | 'sum' | 'max' | 'error'
  minUser?: number
  minItem?: number
  items?: string
  algorithm: Algorithm
  split: 'leave-last-out' | 'time' | 'random' | 'cold-items' | 'none'
  fraction?: number
  splitSeed?: number
  out: string
  json?: boolean
}

/** kindred train: from a log, and item vectors if there are any, to a model. */
export function addTrain(program: Command): void {
  const command = addCommand(program, 'train', 'Train a model on a log of interactions.')
    .requiredOption('--interactions <file>', 'the log as CSV, TSV, JSONL or Parquet (.gz, .zst too)')
    .requiredOption('--user <column>', 'the column of the user id')
    .requiredOption('--item <column>', 'the column of the item id')
    .option('--weight <column>', 'the column of the weight (default: 1 for each row)')
    .option('--time <column>', 'the column of the time, a number or a timestamp')
    .addOption(
      new Option('--duplicates <policy>', 'a pair that comes twice')
        .choices(['last', 'sum', 'max', 'error'])
        .default('last'),
    )
    .option('--min-user <n>', 'keep users with at least n interactions (k-core, with --min-item)', natural)
    .option('--min-item <n>', 'keep items with at least n interactions', natural)
    .option('--items <folder>', 'item vectors, as kindred embed writes them')
  addModelOptions(command)
    .addOption(
      new Option('--split <how>', 'what to hold out for kindred evaluate')
        .choices(['leave-last-out', 'time', 'random', 'cold-items', 'none'])
        .default('none'),
    )
    .option('--fraction <x>', 'share held out by time, random and cold-items (default: 0.2)', number)
    .option('--split-seed <n>', 'seed of random and cold-items (default: 0)', natural)
    .requiredOption('--out <folder>', 'the folder to write the model to')
    .action(train)
}

async function train(options: TrainOptions): Promise<void> {
  const split = splitOf(options)
  const terminal = createTerminal(options.json ?? false)
  const { signal } = terminal
  const started = performance.now()
  const model = createModel(options.algorithm, options)
  if (options.algorithm === 'ContentBased' && options.items === undefined)
    throw usageError('--algorithm ContentBased: expected --items, the folder that kindred embed wrote.')
  if (options.items !== undefined && !model.capabilities.itemFeatures)
    throw usageError(`--items: ${options.algorithm} learns from interactions alone and takes no item vectors.`)
  await checkTarget(options.out, { kind: 'model' })
  const { user, item, weight, time, duplicates } = options
  const log = await Interactions.read(options.interactions, {
    user,
    item,
    weight,
    time,
    duplicates,
    minUserInteractions: options.minUser,
    minItemInteractions: options.minItem,
    signal,
  })
  const itemFeatures = options.items === undefined ? undefined : await Features.load(options.items, { signal })
  const parts = split && log.split(split)
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

function splitOf({ split, fraction, splitSeed: seed }: TrainOptions) {
  const takesFraction = split === 'time' || split === 'random' || split === 'cold-items'
  if (fraction !== undefined && !takesFraction)
    throw usageError(`--fraction: of --split time, random and cold-items, but --split is ${split}.`)
  if (seed !== undefined && split !== 'random' && split !== 'cold-items')
    throw usageError(`--split-seed: of --split random and cold-items, but --split is ${split}.`)
  if (split === 'none') return undefined
  if (split === 'leave-last-out') return { by: split } as const
  if (split === 'time') return { by: split, fraction } as const
  return { by: split, fraction, seed } as const
}
