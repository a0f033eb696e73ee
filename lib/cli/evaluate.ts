import { type Command, Option } from 'commander'
import { Features } from '../data/features.js'
import type { Id } from '../data/id-map.js'
import { checkFileTarget, writeAtomically, writeFlushed } from '../data/storage/atomic-write.js'
import { compare } from '../evaluate/compare.js'
import { evaluate } from '../evaluate/evaluate.js'
import { evaluateFoldIn } from '../evaluate/evaluate-fold-in.js'
import type { EvaluateOptions } from '../evaluate/evaluate-options.js'
import { evaluateSampled } from '../evaluate/evaluate-sampled.js'
import { GAINS, type Gain } from '../evaluate/measures/gains.js'
import type { DiversityBy } from '../evaluate/measures/item-vectors.js'
import type { MetricName } from '../evaluate/per-user-metrics.js'
import type { Recommender } from '../models/base/recommender.js'
import { loadModel } from '../models/load-model.js'
import { type JudgedOn, judgedOn } from './judged-on.js'
import { names, natural, naturals, number, usageError } from './options.js'
import { documentOf, printComparison } from './print-comparison.js'
import { addTableOptions, refuseTableOptions, TABLE_FILES } from './table-options.js'
import { createTerminal } from './terminal.js'
import type { TestLogOptions } from './test-log.js'

interface CliEvaluateOptions extends TestLogOptions {
  model: string[]
  baseline?: string
  k: number[]
  candidates: 'all' | 'held-out'
  exclude?: 'seen' | 'none'
  unrankable?: 'miss' | 'ignore'
  negatives?: string[]
  gain?: Gain
  diversity?: string
  perUser?: string
  metrics?: string[]
  permutations?: number
  confidence?: number
  resamples?: number
  seed?: number
  json?: boolean
}

/** kindred evaluate: trained models on the interactions held out of their training, or on those of a file. */
export function defineEvaluate(command: Command): void {
  addTableOptions(command)
    .requiredOption('--model <folders...>', 'a trained model, or several to compare on the same users')
    .option('--test <files...>', `evaluate on this log instead of what --split held out: ${TABLE_FILES}`)
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
    .option(
      '--negatives <files...>',
      'of one model: rank the pairs of this file among its negatives, (user,item) n1 n2 ...',
    )
    .addOption(new Option('--gain <how>', 'what a hit counts in NDCG, by its weight (default: binary)').choices(GAINS))
    .option('--diversity <what>', 'adds diversity@k, by co-occurrence or the item vectors in this folder')
    .option('--per-user <file>', 'of one model: write the figures of each user to this .jsonl file')
    .option('--metrics <list>', 'of several models: what to test, e.g. ndcg@10,recall@20 (default: all)', names)
    .option('--permutations <n>', 'of several models: tosses of each randomisation test (default: 10000)', natural)
    .option('--confidence <x>', 'level of the intervals, 0 to 1 (default: 0.95)', number)
    .option('--resamples <n>', 'bootstrap resamples (default: 1000)', natural)
    .option('--seed <n>', 'seed of the bootstrap intervals (default: 0)', natural)
    .action(run)
}

async function run(options: CliEvaluateOptions): Promise<void> {
  const folders = checkUsage(options)
  const terminal = createTerminal(options.json ?? false)
  const { signal } = terminal
  if (options.perUser !== undefined) await checkFileTarget(options.perUser)
  const models: Record<string, Recommender> = {}
  for (const folder of folders) models[folder] = await loadModel(folder, { signal })
  const all = Object.values(models)
  const judged = await judgedOn(options, folders, all, signal)
  const { split, test } = judged
  const bar = terminal.progress('ranking')
  const settings = {
    k: options.k,
    candidates:
      options.candidates === 'held-out'
        ? [...test.items].filter((item) => all.every((model) => model.items.has(item)))
        : undefined,
    exclude: options.exclude,
    gain: options.gain,
    diversity: await diversityOf(options.diversity, signal),
    confidence: options.confidence,
    resamples: options.resamples,
    seed: options.seed,
    signal,
    onProgress: (progress: { done: number; total: number }) => bar.update(progress),
  }
  try {
    if (folders.length > 1) {
      const { baseline = folders[0], permutations } = options
      const metrics = options.metrics as MetricName[] | undefined
      const comparison = await compare(models, test, { ...settings, baseline, permutations, metrics })
      bar.stop()
      return terminal.print(documentOf(split, folders, comparison), () => printComparison(split, folders, comparison))
    }
    const { unrankable } = options
    const perUser = options.perUser !== undefined
    const evaluation = await evaluateOne(all[0]!, judged, { ...settings, unrankable, perUser })
    if (evaluation.perUser) await writePerUser(options.perUser!, evaluation.perUser)
    bar.stop()
    terminal.print({ split, report: evaluation.report, metrics: evaluation }, () => {
      console.log('evaluated on:', split)
      console.log('evaluated:', evaluation.report)
      console.table(evaluation)
    })
  } finally {
    bar.stop()
  }
}

/** By the protocol that belongs to what the model is judged on. */
function evaluateOne(model: Recommender, { test, history, negatives }: JudgedOn, options: EvaluateOptions) {
  if (history !== undefined) return evaluateFoldIn(model, history, test, options)
  if (negatives === undefined) return evaluate(model, test, options)
  const { exclude: _, candidates: __, diversity: ___, ...sampled } = options
  return evaluateSampled(model, test, { ...sampled, negatives })
}

async function diversityOf(what: string | undefined, signal: AbortSignal): Promise<DiversityBy | undefined> {
  return what === undefined || what === 'co-occurrence' ? what : Features.load(what, { signal })
}

/** One line a user, null where a metric leaves the user out. */
async function writePerUser(
  path: string,
  { users, metrics }: { users: readonly Id[]; metrics: Readonly<Record<string, Float64Array>> },
): Promise<void> {
  const columns = Object.entries(metrics)
  const lines = users.map((user, i) =>
    JSON.stringify({ user, ...Object.fromEntries(columns.map(([name, values]) => [name, values[i]])) }),
  )
  await writeAtomically(path, (temporary) => writeFlushed(temporary, `${lines.join('\n')}\n`))
}

/** The folders, each once. */
function checkUsage(options: CliEvaluateOptions): string[] {
  const { model, baseline, unrankable, negatives } = options
  const folders = [...new Set(model)]
  if (folders.length < model.length) throw usageError('--model: a folder is named twice.')
  if (baseline !== undefined && folders.length === 1)
    throw usageError('--baseline: of several models, but --model names one.')
  if (baseline !== undefined && !folders.includes(baseline))
    throw usageError(`--baseline: expected one of the folders of --model, ${folders.join(', ')}.`)
  if (unrankable !== undefined && folders.length > 1)
    throw usageError('--unrankable: of one model; models are compared on the same held-out items.')
  for (const name of ['metrics', 'permutations'] as const)
    if (options[name] !== undefined && folders.length === 1)
      throw usageError(`--${name}: of several models, but --model names one.`)
  if (options.perUser !== undefined && folders.length > 1) throw usageError('--per-user: of one model.')
  if (negatives !== undefined) {
    if (folders.length > 1) throw usageError('--negatives: of one model.')
    for (const name of ['test', 'exclude', 'diversity'] as const)
      if (options[name] !== undefined)
        throw usageError(`--${name}: not together with --negatives, a file of pairs with what they are ranked among.`)
    if (options.candidates === 'held-out')
      throw usageError('--candidates: not together with --negatives, a file of pairs with what they are ranked among.')
  }
  if (options.test === undefined) {
    for (const name of ['user', 'item', 'weight'] as const)
      if (options[name] !== undefined) throw usageError(`--${name}: of --test, the file that the column is in.`)
    refuseTableOptions(options, 'of --test, the log.', negatives === undefined ? [] : ['encoding'])
  } else if (options.user === undefined || options.item === undefined)
    throw usageError('--test: expected --user and --item, the columns of the ids.')
  return folders
}
