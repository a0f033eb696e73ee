import { type Command, Option } from 'commander'
import type { AdapterOptions } from '../../nn/adapters/index.js'
import { PRECISIONS } from '../../nn/graph/graph.js'
import { OPTIMIZERS } from '../../nn/train/network-options.js'
import { SCHEDULES } from '../../nn/train/schedule.js'
import type { TrainingOptions } from '../../text/base/training-options.js'
import { names, natural, number, usageError } from '../options.js'

/** Flags that stand for an option of the same name. */
const NAMES = [
  'epochs',
  'batchSize',
  'accumulation',
  'optimizer',
  'learningRate',
  'schedule',
  'warmup',
  'weightDecay',
  'layerDecay',
  'maxNorm',
  'averaging',
  'maxTokens',
  'patience',
  'checkpoint',
  'checkpointEvery',
  'precision',
  'seed',
] as const

/** Flags that stand for {@link TrainingOptions}. */
export interface TrainingFlags extends Pick<TrainingOptions, (typeof NAMES)[number]> {
  freeze?: string[]
  adapter?: AdapterOptions['kind']
  rank?: number
  adversarial?: 'fgm' | 'pgd'
  /** What each epoch is judged by. */
  validation?: string[]
}

/** Adds the flags of a training to a command. */
export function addTrainingFlags(command: Command): Command {
  return command
    .option('--epochs <n>', 'times that every text is seen (default: 3)', natural)
    .option('--batch-size <n>', 'texts of a batch (default: 16)', natural)
    .option('--accumulation <n>', 'batches of a step (default: 1)', natural)
    .addOption(new Option('--optimizer <name>', 'how far a step goes (default: adamw)').choices(OPTIMIZERS))
    .option('--learning-rate <x>', 'step of the optimizer at its greatest (default: 2e-5)', number)
    .addOption(new Option('--schedule <name>', 'how the learning rate falls (default: linear)').choices(SCHEDULES))
    .option('--warmup <x>', 'share of the steps over which the learning rate rises first (default: 0)', number)
    .option('--weight-decay <x>', 'decay of the weights of products and embeddings (default: 0.01)', number)
    .option('--layer-decay <x>', 'factor of the learning rate from each layer to the one below (default: 1)', number)
    .option('--max-norm <x>', 'greatest norm of all gradients together (default: 1)', number)
    .option(
      '--averaging <x>',
      'decay of averages of the weights, which the model has in the end (default: none)',
      number,
    )
    .option('--max-tokens <n>', 'longest text in tokens; longer ones are cut (default: what the model takes)', natural)
    .option('--patience <n>', 'epochs without a better --validation after which training ends (default: none)', natural)
    .option('--freeze <list>', 'weights that stay as they are, by what their names begin with, e.g. embeddings.', names)
    .addOption(
      new Option('--adapter <name>', 'train few weights in place of all').choices(['lora', 'adalora', 'bottleneck']),
    )
    .option('--rank <n>', 'of --adapter lora and adalora, and the size of a bottleneck (default: 8; 64)', natural)
    .addOption(new Option('--adversarial <name>', 'train on changed embedded words too').choices(['fgm', 'pgd']))
    .option('--checkpoint <folder>', 'keep the training there after each epoch; the same command goes on from it')
    .option('--checkpoint-every <n>', 'steps after which the checkpoint is written too (default: none)', natural)
    .addOption(
      new Option('--precision <name>', 'of products; bf16 takes a processor that has it (default: f32)').choices(
        PRECISIONS,
      ),
    )
    .option('--seed <n>', 'draws a new head, the order of texts and the dropout (default: 0)', natural)
}

/** A usage error for a beginning that no weight has. @param weights names of all weights */
export function checkFreeze(freeze: readonly string[] | undefined, weights: readonly string[]): void {
  const unknown = freeze?.find((begin) => !weights.some((name) => name.startsWith(begin)))
  if (unknown === undefined) return
  const begins = new Set(weights.map((name) => /^(?:encoder\.layer\.\d+|[^.]+)\./.exec(name)?.[0] ?? name))
  throw usageError(`--freeze: no weight's name begins with "${unknown}". They begin with ${[...begins].join(', ')}.`)
}

/** The options that the flags stand for; those that were not given are absent. A usage error for some without others. */
export function trainingOptionsOf(flags: TrainingFlags): TrainingOptions {
  const {
    freeze,
    adapter: kind,
    rank,
    adversarial,
    checkpoint,
    checkpointEvery,
    validation,
    patience,
    schedule,
  } = flags
  if (rank !== undefined && kind === undefined) throw usageError('--rank: of --adapter.')
  if (checkpointEvery !== undefined && checkpoint === undefined)
    throw usageError('--checkpoint-every: of --checkpoint.')
  if (patience !== undefined && validation === undefined) throw usageError('--patience: of --validation.')
  if (schedule === 'plateau' && validation === undefined) throw usageError('--schedule plateau: of --validation.')
  const adapter: AdapterOptions | undefined =
    kind === undefined ? undefined : kind === 'bottleneck' ? { kind, size: rank } : { kind, rank }
  return {
    ...Object.fromEntries(NAMES.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]])),
    ...(freeze && { frozen: (name) => freeze.some((begin) => name.startsWith(begin)) }),
    ...(adapter && { adapter }),
    ...(adversarial && { adversarial: { kind: adversarial } }),
  }
}
