import { join } from 'node:path'
import { readObject, refuse } from '../../encode/folder-json.js'
import { POOLING_CONFIG } from '../../text/base/text-pooling.js'
import { outputsOf } from '../../text/problems/problem-of.js'
import { usageError } from '../options.js'
import type { Task } from './tasks.js'

/**
 * What a folder of a text model predicts: what its config.json says, or what is asked for.
 * @throws ERR_ENCODER for a folder that says nothing of it; a usage error for a task that its head is not for
 */
export async function taskOf(folder: string, asked: Task | undefined): Promise<Task> {
  const json = await readObject(join(folder, 'config.json'))
  const expected = 'expected a text model as kindred tune writes it, but'
  if (json === undefined) return refuse(folder, `${expected} there is no config.json`)
  const architecture = (json.architectures as unknown[] | undefined)?.[0]
  const tasks = tasksOf(String(architecture), json)
  if (asked === undefined)
    return (
      tasks[0] ?? refuse(folder, `${expected} its config.json names ${architecture ?? 'no architecture'}; see --task`)
    )
  if (tasks.length > 0 && !tasks.includes(asked) && asked !== 'encode')
    throw usageError(
      `--task: ${folder} is a model of the task ${tasks.join(' or ')}, and of encode, but not of ${asked}.`,
    )
  return asked
}

/** The tasks that a head is for, the likeliest first; none where it is not known. */
function tasksOf(architecture: string, json: Readonly<Record<string, unknown>>): Task[] {
  if (architecture.endsWith('ForTokenClassification')) return ['tag']
  if (architecture.endsWith('ForMaskedLM')) return ['mlm']
  if (architecture.endsWith('ForSequenceClassification')) {
    // A CrossEncoder pools the first state alone.
    if (outputsOf(json) !== 1 || json[POOLING_CONFIG] !== undefined) return ['classify']
    // A score of a pair and a number of a text have the same head: 'problem_type' tells them apart.
    return json.problem_type === 'regression' ? ['classify', 'rank'] : ['rank', 'classify']
  }
  return architecture.endsWith('Model') ? ['encode'] : []
}
