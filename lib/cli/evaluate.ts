import { type Command, Option } from 'commander'
import type { Interactions } from '../data/log/interactions.js'
import type { Interval } from '../evaluate/bootstrap.js'
import { type Comparison, compare } from '../evaluate/compare.js'
import { evaluate } from '../evaluate/evaluate.js'
import type { Recommender } from '../models/base/recommender.js'
import { loadModel } from '../models/load-model.js'
import { KindredError } from '../native/errors.js'
import { loadHeldOut, sameHeldOut } from './held-out.js'
import { addCommand, natural, naturals, number, usageError } from './options.js'
import { createTerminal } from './terminal.js'
import { readTestLog, type TestLogOptions } from './test-log.js'

interface CliEvaluateOptions extends TestLogOptions {
  model: string[]
  baseline?: string
  k: number[]
  candidates: 'all' | 'held-out'
  exclude?: 'seen' | 'none'
  unrankable?: 'miss' | 'ignore'
  confidence?: number
  resamples?: number
  seed?: number
  json?: boolean
}

/** kindred evaluate: trained models on the interactions held out of their training, or on those of a file. */
export function addEvaluate(program: Command): void {
  addCommand(program, 'evaluate', 'Evaluate a model, or several side by side, by full ranking.')
    .requiredOption('--model <folders...>', 'a trained model, or several to compare on the same users')
    .option('--test <file>', 'evaluate on this log (CSV, TSV, JSONL, Parquet) instead of what --split held out')
    .option('--user <column>', 'with --test: the column of the user id')
    .option('--item <column>', 'with --test: the column of the item id')
    .option('--weight <column>', 'with --test: the column of the weight')
    .option(
      '--baseline <folder>',
      'with several models: the one that the others are compared with (default: the first)',
    )
    .option('--k <list>', 'lengths of the lists', naturals, [10, 20])
    .addOption(
      new Option('--candidates <which>', 'rank all items, or the held-out ones only (for --split cold-items)')
        .choices(['all', 'held-out'])
        .default('all'),
    )
    .addOption(
      new Option('--exclude <what>', "leave out each user's items of the training (default: seen)").choices([
        'seen',
        'none',
      ]),
    )
    .addOption(
      new Option(
        '--unrankable <policy>',
        'of one model: held-out items that cannot be listed are missed, or left out (default: miss)',
      ).choices(['miss', 'ignore']),
    )
    .option('--confidence <x>', 'level of the intervals, 0 to 1 (default: 0.95)', number)
    .option('--resamples <n>', 'bootstrap resamples (default: 1000)', natural)
    .option('--seed <n>', 'seed of the bootstrap intervals (default: 0)', natural)
    .action(run)
}

async function run(options: CliEvaluateOptions): Promise<void> {
  const folders = checkUsage(options)
  const terminal = createTerminal(options.json ?? false)
  const { signal } = terminal
  const models: Record<string, Recommender> = {}
  for (const folder of folders) models[folder] = await loadModel(folder, { signal })
  const all = Object.values(models)
  const { split, test } =
    options.test === undefined
      ? await heldOutOf(folders, signal)
      : { split: { test: options.test }, test: await readTestLog(options, all, signal) }
  const bar = terminal.progress('ranking')
  const settings = {
    k: options.k,
    candidates:
      options.candidates === 'held-out'
        ? [...test.items].filter((item) => all.every((model) => model.items.has(item)))
        : undefined,
    exclude: options.exclude,
    confidence: options.confidence,
    resamples: options.resamples,
    seed: options.seed,
    signal,
    onProgress: (progress: { done: number; total: number }) => bar.update(progress),
  }
  try {
    if (folders.length === 1) {
      const evaluation = await evaluate(all[0]!, test, { ...settings, unrankable: options.unrankable })
      bar.stop()
      terminal.print({ split, report: evaluation.report, metrics: evaluation }, () => {
        console.log('evaluated on:', split)
        console.log('evaluated:', evaluation.report)
        console.table(evaluation)
      })
      return
    }
    const comparison = await compare(models, test, { ...settings, baseline: options.baseline })
    bar.stop()
    terminal.print(documentOf(split, comparison), () => printComparison(split, comparison))
  } finally {
    bar.stop()
  }
}

/** The folders, each once. */
function checkUsage(options: CliEvaluateOptions): string[] {
  const { model, baseline, unrankable } = options
  const folders = [...new Set(model)]
  if (folders.length < model.length) throw usageError('--model: a folder is named twice.')
  if (baseline !== undefined && folders.length === 1)
    throw usageError('--baseline: of several models, but --model names one.')
  if (baseline !== undefined && !folders.includes(baseline))
    throw usageError(`--baseline: expected one of the folders of --model, ${folders.join(', ')}.`)
  if (unrankable !== undefined && folders.length > 1)
    throw usageError('--unrankable: of one model; models are compared on the same held-out items.')
  if (options.test === undefined) {
    for (const name of ['user', 'item', 'weight'] as const)
      if (options[name] !== undefined) throw usageError(`--${name}: of --test, the file that the column is in.`)
  } else if (options.user === undefined || options.item === undefined)
    throw usageError('--test: expected --user and --item, the columns of the ids.')
  return folders
}

/** What all the models held out. @throws ERR_DATA where it is not the same */
async function heldOutOf(folders: readonly string[], signal: AbortSignal) {
  const [first, ...others] = folders
  const heldOut = await loadHeldOut(first!, { signal })
  for (const folder of others)
    if (!sameHeldOut(heldOut, await loadHeldOut(folder, { signal })))
      throw new KindredError(
        'ERR_DATA',
        `${folder}: other interactions were held out than those of ${first}. Train both with the same --split on the same log, or name a log with --test.`,
      )
  return heldOut as { split: Record<string, unknown>; test: Interactions }
}

function documentOf(split: object, { baseline, models, ...rest }: Comparison) {
  const own = Object.entries(models).map(([name, metrics]) => [name, { report: metrics.report, metrics }])
  return { split, baseline, models: Object.fromEntries(own), ...rest }
}

const figure = (value: number) => Number(value.toPrecision(4))

/** One row a metric, one column a model; then what differs, with intervals. */
function printComparison(split: object, { baseline, models, differences }: Comparison): void {
  console.log('evaluated on:', split)
  const figures = Object.entries(models).map(
    ([name, own]) => [name, own as unknown as Readonly<Record<string, Interval>>] as const,
  )
  const metrics = Object.keys(models[baseline]!)
  const side = metrics.map((metric) => [
    metric,
    Object.fromEntries(figures.map(([name, own]) => [name, figure(own[metric]!.value)])),
  ])
  console.table(Object.fromEntries(side))
  for (const [name, own] of Object.entries(differences)) {
    console.log(`${name} less ${baseline}:`)
    const rows = Object.entries(own).map(([metric, { low, high, ...others }]) => {
      const rounded = Object.entries({ ...others, low, high }).map(([key, value]) => [
        key,
        typeof value === 'number' ? figure(value) : value,
      ])
      return [metric, { ...Object.fromEntries(rounded), significant: low > 0 || high < 0 }]
    })
    console.table(Object.fromEntries(rows))
  }
}
