import { type Command, Option } from 'commander'
import { evaluate } from '../evaluate/evaluate.js'
import { loadModel } from '../models/load-model.js'
import { loadHeldOut } from './held-out.js'
import { addCommand, natural, naturals } from './options.js'
import { createTerminal } from './terminal.js'

interface CliEvaluateOptions {
  model: string
  k: number[]
  candidates: 'all' | 'held-out'
  seed?: number
  json?: boolean
}

/** kindred evaluate: a trained model on the interactions held out of its training. */
export function addEvaluate(program: Command): void {
  addCommand(program, 'evaluate', 'Evaluate a model on the held-out interactions, by full ranking.')
    .requiredOption('--model <folder>', 'a model trained with --split')
    .option('--k <list>', 'lengths of the lists', naturals, [10, 20])
    .addOption(
      new Option('--candidates <which>', 'rank all items, or the held-out ones only (for --split cold-items)')
        .choices(['all', 'held-out'])
        .default('all'),
    )
    .option('--seed <n>', 'seed of the bootstrap intervals (default: 0)', natural)
    .action(async (options: CliEvaluateOptions) => {
      const terminal = createTerminal(options.json ?? false)
      const { split, test } = await loadHeldOut(options.model)
      const model = await loadModel(options.model)
      const bar = terminal.progress('ranking')
      const evaluation = await evaluate(model, test, {
        k: options.k,
        candidates:
          options.candidates === 'held-out' ? [...test.items].filter((item) => model.items.has(item)) : undefined,
        seed: options.seed,
        signal: terminal.signal,
        onProgress: (progress) => bar.update(progress),
      }).finally(() => bar.stop())
      terminal.print({ split, report: evaluation.report, metrics: evaluation }, () => {
        console.log('held out:', split)
        console.log('evaluated:', evaluation.report)
        console.table(evaluation)
      })
    })
}
