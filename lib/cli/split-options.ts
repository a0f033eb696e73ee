import { type Command, Option } from 'commander'
import { checkSplit, type SplitOptions } from '../data/log/split/split-options.js'
import { KindredError } from '../native/errors.js'
import { dashed, natural, number, usageError } from './options.js'

/** What `train` holds out, as the command line gives it. */
export interface SplitFlags {
  split: SplitOptions['by'] | 'none'
  fraction?: number
  splitSeed?: number
  splitMin?: number
  leave?: number
  choose?: 'last' | 'random'
}

type Flag = Exclude<keyof SplitFlags, 'split'>

/** The flags of each split, by the option that they stand for. */
const FLAGS: Readonly<Record<SplitFlags['split'], Partial<Record<Flag, string>>>> = {
  'leave-last-out': { splitMin: 'minInteractions' },
  'leave-k-out': { leave: 'k', choose: 'choose', splitSeed: 'seed', splitMin: 'minInteractions' },
  'time-per-user': { fraction: 'fraction' },
  time: { fraction: 'fraction' },
  random: { fraction: 'fraction', splitSeed: 'seed' },
  'cold-items': { fraction: 'fraction', splitSeed: 'seed', splitMin: 'minInteractions' },
  users: { fraction: 'fraction', splitSeed: 'seed', splitMin: 'minInteractions' },
  none: {},
}

/** The splits that have a flag. */
function splitsWith(flag: Flag): string {
  return Object.entries(FLAGS)
    .flatMap(([split, flags]) => (flag in flags ? [split] : []))
    .join(', ')
}

/** Adds --split and what belongs to it to a command. */
export function addSplitOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--split <how>', 'what to hold out for kindred evaluate').choices(Object.keys(FLAGS)).default('none'),
    )
    .option('--fraction <x>', `share held out by ${splitsWith('fraction')} (default: 0.2)`, number)
    .option('--leave <n>', `rows of each user held out by ${splitsWith('leave')} (default: 1)`, natural)
    .addOption(
      new Option('--choose <which>', `which rows ${splitsWith('choose')} holds out (default: last)`).choices([
        'last',
        'random',
      ]),
    )
    .option('--split-seed <n>', `seed of ${splitsWith('splitSeed')} (default: 0)`, natural)
    .option(
      '--split-min <n>',
      `hold out of users, or of items, with so many rows only, by ${splitsWith('splitMin')}`,
      natural,
    )
}

/**
 * The split that the flags ask for; a usage error for those of others.
 * @throws ERR_VALUE naming the flag whose value is illegal
 */
export function splitOf(given: SplitFlags): SplitOptions | undefined {
  const own = FLAGS[given.split]
  const flags = ['fraction', 'leave', 'choose', 'splitSeed', 'splitMin'] as const
  for (const flag of flags)
    if (given[flag] !== undefined && !(flag in own))
      throw usageError(`--${dashed(flag)}: of --split ${splitsWith(flag)}, but --split is ${given.split}.`)
  if (given.split === 'none') return undefined
  const options = flags.flatMap((flag) => (given[flag] === undefined ? [] : [[own[flag]!, given[flag]] as const]))
  const split = { by: given.split, ...Object.fromEntries(options) } as SplitOptions
  try {
    checkSplit(split)
  } catch (cause) {
    throw namingFlag(cause as KindredError, own)
  }
  return split
}

/** The error of an option of the split, which its message begins with, as one of the flag that stands for it. */
function namingFlag(cause: KindredError, own: Partial<Record<Flag, string>>): KindredError {
  const [option] = cause.message.split(':', 1)
  const found = Object.entries(own).find(([, name]) => name === option)
  if (found === undefined) return cause
  const message = `--${dashed(found[0])}${cause.message.slice(option!.length)}`
  return new KindredError(cause.code, message, { cause })
}
