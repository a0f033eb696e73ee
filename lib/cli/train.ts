import { type Command, Option } from 'commander'
import { Features } from '../data/features.js'
import { Interactions } from '../data/log/interactions.js'
import { checkTarget } from '../data/storage/saved-folder.js'
import { throwIfAborted } from '../native/errors.js'
import { ALGORITHMS, type Algorithm, modelOf, type Tuning, takenBy } from './algorithms.js'
import { removeHeldOut, saveHeldOut } from './held-out.js'
import { addCommand, natural, number, usageError } from './options.js'
import { createTerminal } from './terminal.js'

interface TrainOptions extends Tuning {
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

/** kindred train: a log, and item vectors if there are any, to a model. */
export function addTrain(program: Command): void {
  addCommand(program, 'train', 'Learn from a log of who chose what.')
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
    .addOption(new Option('--algorithm <name>', 'the model').choices(ALGORITHMS).default('als'))
    .option('--factors <n>', `${takenBy('factors')}: length of the vectors (default: 64)`, natural)
    .option(
      '--regularization <x>',
      `${takenBy('regularization')}: L2 penalty (default: 10; ease: 500; bpr: 0.01; matrix-factorization: 0.05)`,
      number,
    )
    .option(
      '--learning-rate <x>',
      `${takenBy('learningRate')}: step (default: 0.05; matrix-factorization: 0.01)`,
      number,
    )
    .option(
      '--alpha <x>',
      `${takenBy('alpha')}: confidence of a weight w is 1 + alpha w (als, default: 5), exponent of the steps (others, default: 1)`,
      number,
    )
    .option('--l1-ratio <x>', `${takenBy('l1Ratio')}: share of the L1 penalty (default: 0.01)`, number)
    .option('--beta <x>', `${takenBy('beta')}: how much popularity divides by (default: 0.5)`, number)
    .option(
      '--iterations <n>',
      `${takenBy('iterations')}: sweeps (default: 15; bpr: 100; matrix-factorization: 30)`,
      natural,
    )
    .option('--seed <n>', `${takenBy('seed')}: start of the factors (default: 0)`, natural)
    .option('--neighbors <n>', `${takenBy('neighbors')}: neighbours of each item or user (default: 100)`, natural)
    .addOption(
      new Option('--similarity <name>', `${takenBy('similarity')}: what alike means (default: cosine)`).choices([
        'cosine',
        'jaccard',
      ]),
    )
    .addOption(
      new Option(
        '--weighting <name>',
        `${takenBy('weighting')}: how interactions count in the cosine (default: none)`,
      ).choices(['none', 'tfidf', 'bm25']),
    )
    .option('--shrinkage <x>', `${takenBy('shrinkage')}: added to the denominator (default: 0)`, number)
    .addOption(
      new Option('--split <how>', 'what to hold out for kindred evaluate')
        .choices(['leave-last-out', 'time', 'random', 'cold-items', 'none'])
        .default('none'),
    )
    .option('--fraction <x>', 'share held out by time, random and cold-items (default: 0.2)', number)
    .option('--split-seed <n>', 'seed of random and cold-items (default: 0)', natural)
    .requiredOption('--out <folder>', 'where the model goes')
    .action(train)
}

async function train(options: TrainOptions): Promise<void> {
  const terminal = createTerminal(options.json ?? false)
  const { signal } = terminal
  const started = performance.now()
  const model = modelOf(options.algorithm, options)
  if (options.algorithm === 'content' && options.items === undefined)
    throw usageError('--algorithm content: expected --items, the folder that kindred embed wrote.')
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
  const split = splitOf(options)
  const halves = split && log.split(split)
  const bar = terminal.progress(`training ${options.algorithm}`)
  try {
    await model.fit(halves?.train ?? log, {
      itemFeatures,
      signal,
      onProgress: (progress) => bar.update(progress),
    })
  } finally {
    bar.stop()
  }
  throwIfAborted(signal)
  // Held-out interactions name their model, so that none are taken for another model's if this is cut short.
  await model.save(options.out)
  if (halves) await saveHeldOut(options.out, { split: { ...split }, test: halves.test })
  else await removeHeldOut(options.out)

  const seconds = (performance.now() - started) / 1000
  const result = {
    algorithm: options.algorithm,
    users: model.users.size,
    items: model.items.size,
    trainedOn: (halves?.train ?? log).size,
    heldOut: halves?.test.size ?? 0,
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
  if (split === 'none') return undefined
  if (split === 'leave-last-out') return { by: split } as const
  if (split === 'time') return { by: split, fraction } as const
  return { by: split, fraction, seed } as const
}
