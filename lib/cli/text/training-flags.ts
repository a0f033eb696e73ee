import { type Command, Option } from 'commander'
import { SCHEDULES } from '../../nn/train/schedule.js'
import type { TrainingOptions } from '../../text/base/training-options.js'
import { names, natural, number } from '../options.js'

/** Flags that stand for {@link TrainingOptions}. */
export interface TrainingFlags
  extends Pick<
    TrainingOptions,
    | 'epochs'
    | 'batchSize'
    | 'learningRate'
    | 'schedule'
    | 'warmup'
    | 'weightDecay'
    | 'maxNorm'
    | 'maxTokens'
    | 'patience'
    | 'seed'
  > {
  freeze?: string[]
}

const NAMES = [
  'epochs',
  'batchSize',
  'learningRate',
  'schedule',
  'warmup',
  'weightDecay',
  'maxNorm',
  'maxTokens',
  'patience',
  'seed',
] as const

/** Adds the flags of a training to a command. */
export function addTrainingFlags(command: Command): Command {
  return command
    .option('--epochs <n>', 'times that every text is seen (default: 3)', natural)
    .option('--batch-size <n>', 'texts of a step (default: 16)', natural)
    .option('--learning-rate <x>', 'step of AdamW at its greatest (default: 2e-5)', number)
    .addOption(new Option('--schedule <name>', 'how the learning rate falls (default: linear)').choices(SCHEDULES))
    .option('--warmup <x>', 'share of the steps over which the learning rate rises first (default: 0)', number)
    .option('--weight-decay <x>', 'decay of the weights of products and embeddings (default: 0.01)', number)
    .option('--max-norm <x>', 'greatest norm of all gradients together (default: 1)', number)
    .option('--max-tokens <n>', 'longest text in tokens; longer ones are cut (default: what the model takes)', natural)
    .option('--patience <n>', 'epochs without a better validation after which training ends (default: none)', natural)
    .option(
      '--freeze <names>',
      'weights that stay as they are, by what their names begin with, e.g. embeddings.',
      names,
    )
    .option('--seed <n>', 'draws a new head, the order of texts and the dropout (default: 0)', natural)
}

/** The options that the flags stand for; those that were not given are absent. */
export function trainingOptionsOf(flags: TrainingFlags): TrainingOptions {
  const { freeze } = flags
  return {
    ...Object.fromEntries(NAMES.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]])),
    ...(freeze && { frozen: (name) => freeze.some((begin) => name.startsWith(begin)) }),
  }
}
