import { join } from 'node:path'
import { readObject, refuse } from '../../encode/folder-json.js'
import { outputsOf } from '../../text/problems/problem-of.js'
import type { Task } from './tasks.js'

/** What a folder of a text model predicts, by its config.json. @throws ERR_ENCODER for one that says nothing of it */
export async function savedTask(folder: string): Promise<Task> {
  const json = (await readObject(join(folder, 'config.json'))) ?? {}
  const architecture = String((json.architectures as unknown[] | undefined)?.[0])
  if (architecture.endsWith('ForTokenClassification')) return 'tag'
  if (architecture.endsWith('ForMaskedLM')) return 'mlm'
  // A score of a pair and a number of a text have the same head: 'problem_type' tells them apart.
  if (architecture.endsWith('ForSequenceClassification'))
    return outputsOf(json) === 1 && json.problem_type !== 'regression' ? 'rank' : 'classify'
  if (architecture.endsWith('Model')) return 'encode'
  return refuse(folder, `expected a text model as kindred tune writes it, but its config.json names ${architecture}`)
}

/** What makes a vector of a text's states, as sentence-transformers' folders say; 'mean' where they say nothing. */
export async function savedPooling(folder: string): Promise<'mean' | 'cls'> {
  const json = await readObject(join(folder, '1_Pooling', 'config.json'))
  return json?.pooling_mode_cls_token === true ? 'cls' : 'mean'
}
