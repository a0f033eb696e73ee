import { type Command, Option } from 'commander'
import { KindredError } from '../../native/errors.js'
import type { DistillationOptions } from '../../text/compress/distill-options.js'
import { dashed, number, usageError } from '../options.js'
import type { Task } from './tasks.js'

/** What a model learns from a teacher, as flags say it. */
export interface TeacherFlags {
  teacher?: string
  softWeight?: number
  hardWeight?: number
  stateWeight?: number
  distillTemperature?: number
  states?: DistillationOptions['states']
}

/** Adds the flags of a teacher to a command. */
export function addTeacherFlags(command: Command): Command {
  return command
    .option('--teacher <folder>', 'of all but mlm: a tuned model of the same task that --encoder learns from')
    .option('--soft-weight <x>', 'of --teacher: weight of the distance from what it says (default: 1)', number)
    .option(
      '--hard-weight <x>',
      'of --teacher, all but encode: weight of the loss of the labels (default: 0.5)',
      number,
    )
    .option(
      '--state-weight <x>',
      'of --teacher: weight of the distance from its states, which must be as long (default: 0)',
      number,
    )
    .option(
      '--distill-temperature <x>',
      'of --teacher, all but encode: what logits are divided by before the softmax (default: 2)',
      number,
    )
    .addOption(
      new Option('--states <name>', 'of --state-weight: how states differ (default: squared)').choices([
        'squared',
        'cosine',
      ]),
    )
}

const OF_TEACHER = ['softWeight', 'hardWeight', 'stateWeight', 'distillTemperature', 'states'] as const

/**
 * The options of a distillation. Without flags the states of the teacher do not count: most students have others.
 * @throws a usage error for flags that do not go together
 */
export function distillationOf(flags: TeacherFlags, task: Task): DistillationOptions | undefined {
  const { teacher, softWeight, hardWeight, stateWeight, distillTemperature, states } = flags
  const given = OF_TEACHER.find((name) => flags[name] !== undefined)
  if (teacher === undefined) {
    if (given !== undefined) throw usageError(`--${dashed(given)}: of --teacher, the folder of a model to learn from.`)
    return undefined
  }
  if (task === 'mlm') throw usageError('--teacher: of --task classify, tag, rank and encode, but --task is mlm.')
  if (task === 'encode' && (hardWeight !== undefined || distillTemperature !== undefined))
    throw usageError(
      `--${hardWeight !== undefined ? 'hard-weight' : 'distill-temperature'}: not of --task encode, which learns the vectors of its teacher.`,
    )
  if (states !== undefined && !stateWeight) throw usageError('--states: of --state-weight above 0.')
  return {
    ...(softWeight !== undefined && { softWeight }),
    ...(hardWeight !== undefined && { hardWeight }),
    ...(distillTemperature !== undefined && { temperature: distillTemperature }),
    ...(states !== undefined && { states }),
    stateWeight: stateWeight ?? 0,
  }
}

/** Runs what a teacher teaches, and frees it. */
export async function withTeacher<Model extends { dispose(): void }, T>(
  load: () => Promise<Model>,
  work: (teacher: Model) => Promise<T>,
): Promise<T> {
  const teacher = await load()
  try {
    return await work(teacher)
  } finally {
    teacher.dispose()
  }
}

/** @throws ERR_VALUE for a teacher whose labels are others, or in another order */
export function checkTeacherLabels(folder: string, teacher: readonly string[], student: readonly string[]): void {
  if (JSON.stringify(teacher) !== JSON.stringify(student))
    throw new KindredError(
      'ERR_VALUE',
      `--teacher: ${folder} has the labels ${teacher.join(', ')}, and the model to tune ${student.join(', ')}. Give its own with --labels.`,
    )
}
